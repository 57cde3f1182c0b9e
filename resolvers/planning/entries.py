"""The fields of a selection: an expression of each, and where it can be told, its JSON."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from orjson import dumps

from resolvers.planning.source import Source
from resolvers.planning.steps import Places
from resolvers.planning.usual import Telling
from resolvers.planning.written import Column, OwnId, WrittenRows

_QUOTE: Final = b'"'
Entry = tuple[str, Callable[[Places], str]]
"""A response key, and the expression of its value once it is known who answers."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value that is the same for everybody, and its expression."""

    expression: str
    value: object

    def __call__(self, _: Places) -> str:
        """The expression."""
        return self.expression


@dataclass(frozen=True, slots=True)
class PublicId:
    """The public id of a subject of this kind, which stands in `i`."""

    kind: str

    def __call__(self, _: Places) -> str:
        """The expression."""
        return "i"


@dataclass(frozen=True, slots=True)
class Nested:
    """An object of further fields."""

    source: Source
    entries: Sequence[Entry]

    def __call__(self, places: Places) -> str:
        """The expression."""
        return self.source.entries([(key, write(places)) for key, write in self.entries])


def is_written(entries: Sequence[Entry]) -> bool:
    """Whether columns of rows are all that is needed to show these fields."""
    return all(
        is_written(value.entries)
        if isinstance(value, Nested)
        else isinstance(value, Fixed | PublicId | Telling)
        for _, value in entries
    )


def written_rows(entries: Sequence[Entry], places: Places) -> WrittenRows:
    """Shows many subjects by these fields, which `is_written` holds of."""
    columns: list[Column] = []
    text = b""
    for value in _walk(entries):
        match value:
            case bytes():
                text += value
                continue
            case Telling():
                columns.append(value.column(places, text))
            case PublicId():
                columns.append(OwnId(text + _QUOTE, value.kind))
        text = _QUOTE if isinstance(value, PublicId) else b""
    return WrittenRows(tuple(columns), text)


def _walk(entries: Sequence[Entry]) -> Iterator[bytes | Telling | PublicId]:
    """Texts and values in the order in which they stand in the answer."""
    yield b"{"
    for number, (key, value) in enumerate(entries):
        yield (b"," if number else b"") + dumps(key) + b":"
        match value:
            case Nested():
                yield from _walk(value.entries)
            case Fixed():
                yield dumps(value.value)
            case Telling() | PublicId():
                yield value
            case _:
                raise TypeError(f"a field that is not written: {value}")
    yield b"}"
