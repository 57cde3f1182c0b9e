"""Keeping sessions clean: those over are ended and their clients told, old ones are forgotten."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from auth.provider.core import Provider
from auth.provider.telling import BackChannel
from domain.model.errors import PlatformError

PAUSE: Final = 30.0
"""Seconds between two rounds."""
MOST: Final = 200
"""Sessions ended in one round by one worker."""
_log = structlog.get_logger("auth")


class Sweeper:
    """Every worker has one; of two that see the same session one ends it."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._back_channel = BackChannel(provider)

    async def sweep(self) -> int:
        """One round; how many sessions it ended. Raises PlatformError."""
        sessions, now = self._provider.sessions, self._provider.clock()
        over = await sessions.list_over(now, MOST)
        ended = [each for each in over if await sessions.end(each.sid, now)]
        await sessions.forget_ended(now)
        await asyncio.gather(*(self._back_channel.tell_clients(e.sid, e.sub) for e in ended))
        return len(ended)

    async def run(self, pause: float = PAUSE) -> None:
        """Round after round, until cancelled."""
        while True:
            await asyncio.sleep(pause)
            try:
                await self.sweep()
            except PlatformError as error:
                _log.warning("sessions_not_swept", reason=str(error))


@asynccontextmanager
async def swept(sweeper: Sweeper | None, pause: float = PAUSE) -> AsyncIterator[None]:
    """Sweeps while the application runs."""
    if sweeper is None:
        yield
        return
    task = asyncio.create_task(sweeper.run(pause))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
