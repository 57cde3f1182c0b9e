"""What both ways of listening share: streams, callers, places, bounds, and a line at the end."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

import structlog

from schema.serving.sockets.callers import Watchman
from schema.serving.sockets.figures import StreamFigures
from schema.serving.sockets.limits import SocketLimits
from schema.serving.sockets.messages import CODES
from schema.serving.sockets.places import Places
from schema.serving.sockets.streams import Streams

FOREIGN: Final = "只接受本平台的页面 (only pages of this platform may connect)"
FULL: Final = "连接过多，请稍后再试 (too many connections; try again later)"
OTHER: Final = 1000
"""What codes of clients are counted as: they may say any."""
_log = structlog.get_logger("stream")


@dataclass(frozen=True, slots=True)
class Keeping:
    """The parts; `stopping` is set where the server stops."""

    streams: Streams
    watchman: Watchman
    places: Places
    limits: SocketLimits
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def figures(self) -> StreamFigures:
        """The counts of this process."""
        return self.streams.figures

    def note_end(self, trace: str, code: int, told: tuple[float, int]) -> None:
        """Counts the end of a connection and logs one line: no text and nobody's name."""
        began, subscribed = told
        known = code if code in CODES else OTHER
        self.figures.ended[known] += 1
        ms = round((time.perf_counter() - began) * 1000, 1)
        _log.info("stream", trace=trace, code=known, ms=ms, subscriptions=subscribed)
