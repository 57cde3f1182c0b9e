"""The server's patience: a request that does not come in time, an answer nobody takes, is cut."""

from asyncio import TimerHandle, Transport
from functools import partial
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from commands.unread import Unread
from commands.whole import WholeAnswers
from schema.serving.replies import WHOLE
from schema.serving.running import STOPPING

MAX_HEADER_BYTES: Final = 65_536
_LATE: Final = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's own protocol with an end to waiting; it has none for headers and bodies."""

    header_seconds: float = 10.0
    # The graph answers a late body itself after 10 s; this is for every other route.
    body_seconds: float = 15.0
    write_seconds: float = 30.0

    _is_reading_headers: bool = True
    _timer: TimerHandle | None = None
    _header_bytes: int = 0
    _awaited: float = 0.0
    """How long may be waited for what comes next of a request; 0 where it is here whole."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn
        """A connection that says nothing is one whose headers are late."""
        super().connection_made(transport)
        self._unread = Unread(self.loop, transport, self.write_seconds)
        self._answers = WholeAnswers()
        self._is_reading_headers = True
        self._awaited = self.header_seconds
        self._wait(self.header_seconds)

    def data_received(self, data: bytes) -> None:
        """Counts the bytes of headers, which the parser takes without end.

        A clock runs for what is not here yet: most requests come whole and need none.
        """
        if self._is_reading_headers:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._is_reading_headers and self._header_bytes > MAX_HEADER_BYTES:
            self._cut(_LARGE)
        if self._awaited and self._timer is None:
            self._wait(self._awaited)

    def on_message_begin(self) -> None:
        """The first byte of a request: its headers are awaited."""
        super().on_message_begin()
        self._is_reading_headers, self._awaited = True, self.header_seconds

    def on_headers_complete(self) -> None:
        """The body is awaited, for a time of its own."""
        self._is_reading_headers, self._header_bytes = False, 0
        self._stop()
        self._awaited = self.body_seconds
        super().on_headers_complete()
        # The task that answers has not begun yet.
        self.scope[WHOLE] = partial(self._answers.sent, self.cycle)  # type: ignore[typeddict-unknown-key] # ours

    def on_message_complete(self) -> None:
        """The request is here whole; the answer may take its time."""
        self._stop()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop()
        self._unread.stop()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Another protocol goes on, with times of its own."""
        self._stop()
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        """The client does not take its answer as fast as it is made."""
        super().pause_writing()
        self._unread.watch()

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        self._unread.stop()

    def timeout_keep_alive_handler(self) -> None:
        """The connection closes once the client has taken everything, or does not."""
        super().timeout_keep_alive_handler()
        self._unread.watch()

    def shutdown(self) -> None:
        """Answers are finished; those that have no end are told to come to one."""
        super().shutdown()
        if stopping := self.app_state.get(STOPPING):
            stopping.set()

    def _wait(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._cut, _LATE)

    def _stop(self) -> None:
        self._awaited = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cut(self, farewell: bytes) -> None:
        self._stop()
        if self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn begins with None
        if cycle is None or cycle.response_complete:
            self.transport.write(farewell)
        self.transport.close()
