"""How many connections stay open, by address and in all; each process counts its own."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from schema.serving.sockets.figures import StreamFigures
from schema.serving.sockets.limits import SocketLimits


class NoPlaceError(Exception):
    """Too many connections are open."""


class Places:
    """Places for connections; one is free again whatever becomes of its connection."""

    def __init__(self, limits: SocketLimits, figures: StreamFigures) -> None:
        self._limits = limits
        self._figures = figures
        self._by_address: Counter[str] = Counter()

    @contextmanager
    def taken(self, address: str, kind: str) -> Iterator[None]:
        """One place while the block lasts. Raises NoPlaceError."""
        if self._by_address[address] >= self._limits.max_per_client:
            self._figures.refused["client"] += 1
            raise NoPlaceError
        if self._by_address.total() >= self._limits.max_connections:
            self._figures.refused["process"] += 1
            raise NoPlaceError
        self._by_address[address] += 1
        self._figures.open[kind] += 1
        try:
            yield
        finally:
            self._figures.open[kind] -= 1
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]
