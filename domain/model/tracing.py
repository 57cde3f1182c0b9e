"""What a tracer must offer; the default traces nothing. No query text and no person in a span."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Final, Protocol

Fact = str | int | float | bool


class Span(Protocol):
    """Some work that has begun."""

    def note(self, name: str, value: Fact) -> None:
        """One more fact about it, known only now."""


class Spans(Protocol):
    """Makes a span of a piece of work; spans begun inside belong to it."""

    def span(self, name: str, facts: Mapping[str, Fact]) -> AbstractContextManager[Span]:
        """Lasts as long as the block."""


class NoSpans:
    """Traces nothing, at no cost."""

    def span(self, name: str, facts: Mapping[str, Fact]) -> AbstractContextManager[Span]:  # noqa: ARG002 - nothing is kept
        """A span that nobody sees."""
        return UNSEEN


class _Unseen:
    def __enter__(self) -> Span:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def note(self, name: str, value: Fact) -> None:
        """Nobody sees it."""


UNSEEN: Final = _Unseen()
