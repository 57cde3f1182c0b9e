"""Clients that do not read: where nothing moves they are cut off; asyncio waits for ever."""

from asyncio import AbstractEventLoop, TimerHandle, Transport


class Unread:
    """Watches the bytes that wait for one client; it may be slow, but not still."""

    def __init__(self, loop: AbstractEventLoop, transport: Transport, seconds: float) -> None:
        self._loop = loop
        self._transport = transport
        self._seconds = seconds
        self._timer: TimerHandle | None = None
        self._left = 0

    def watch(self) -> None:
        """From now on fewer bytes must wait after each so many seconds, until none do."""
        if self._timer is None:
            self._left = self._transport.get_write_buffer_size()
            self._timer = self._loop.call_later(self._seconds, self._look)

    def stop(self) -> None:
        """The client reads again, or is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        left = self._transport.get_write_buffer_size()
        if left >= self._left or not left:
            self._transport.abort()
        else:
            self.watch()
