"""Tells which statements wait for which: what is sent before anything is answered is one wave."""

import asyncio
from typing import Final

_QUIET: Final = 60
"""Turns of the event loop without a new statement, after which nothing more is on its way."""


class Waves:
    """Holds back every answer until all that can be asked has been asked."""

    def __init__(self) -> None:
        self.count = 0
        self._waiting: list[asyncio.Future[int]] = []
        self._settling: asyncio.Task[None] | None = None

    async def joined(self) -> int:
        """The number of the wave a statement belongs to, once the wave is complete."""
        turn: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if self._settling is None:
            self._settling = asyncio.create_task(self._settle())
        return await turn

    async def _settle(self) -> None:
        quiet, seen = 0, 0
        while quiet < _QUIET:
            quiet = quiet + 1 if len(self._waiting) == seen else 0
            seen = len(self._waiting)
            await asyncio.sleep(0)
        self.count += 1
        waiting, self._waiting, self._settling = self._waiting, [], None
        for turn in waiting:
            if not turn.done():
                turn.set_result(self.count)
