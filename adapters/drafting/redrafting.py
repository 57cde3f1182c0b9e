"""A second draft over a file somebody has edited: it adds comments and marks, nothing else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tomlkit
from tomlkit.items import AbstractTable, Comment, Item, Null, Whitespace

from adapters.drafting.inventory import (
    HEADING,
    VANISHED,
    Seen,
    entry,
    every,
    seen_in,
    table_entry,
)
from adapters.drafting.live import LiveTable
from adapters.drafting.planning import Planner
from adapters.sql.misfit import Scope
from domain.model.departments import Department

_NEW = "# New since the last draft:"
Body = list[tuple[Any, Item]]  # Any: a key of tomlkit, or None


@dataclass(frozen=True, slots=True)
class Redrafted:
    """The new text, and how many columns came and went."""

    text: str
    added: int
    vanished: int


def redraft(
    text: str,
    tables: Sequence[LiveTable],
    missing: Iterable[Scope],
    department: Department | None,
) -> Redrafted:
    """The text with new columns listed and vanished ones marked.

    `missing` are the parts that do not fit the live schema, by their path in the file.
    """
    document = tomlkit.parse(text)
    live = every(tables)
    seen = _mark_entries(document.body, live.keys())
    _mark_parts(document, list(missing))
    added = [place for place in live if place not in seen]
    lines = [*_added(tables, added, seen, department)] if added else []
    marked = tomlkit.dumps(document).rstrip("\n")
    return Redrafted(
        "\n".join([marked, *lines]) + "\n", len(added), sum(place not in live for place in seen)
    )


def _items(body: Body) -> Iterator[Item]:
    for _, item in body:
        if not isinstance(item, Whitespace | Null):
            yield item
        if isinstance(item, AbstractTable):
            yield from _items(item.value.body)


def _mark_entries(body: Body, live: Iterable[Seen]) -> dict[Seen, Item]:
    """Marks the listed columns that are gone, and takes the mark from those that came back."""
    there, found = set(live), {}
    for item in _items(body):
        place = seen_in(item.trivia.comment) if isinstance(item, Comment) else None
        if place is None:
            _unmark(item)
            continue
        found[place] = item
        _unmark(item)
        if place not in there:
            _mark(item)
    return found


def _mark_parts(document: tomlkit.TOMLDocument, scopes: Sequence[Scope]) -> None:
    """Marks what a hand or the first draft has mapped and is not there any more."""
    for scope in scopes:
        item: Any = document  # Any: tables and values of tomlkit
        for part in scope:
            item = item.get(part) if isinstance(item, Mapping) else None
        if isinstance(item, Item):
            _mark(item)


def _mark(item: Item) -> None:
    comment = item.trivia.comment or "#"
    if VANISHED not in comment:
        item.trivia.comment_ws = item.trivia.comment_ws or " "
        item.trivia.comment = f"{comment} {VANISHED}"


def _unmark(item: Item) -> None:
    if VANISHED in item.trivia.comment:
        left = item.trivia.comment.replace(f" {VANISHED}", "").replace(VANISHED, "")
        item.trivia.comment = "" if left.strip() == "#" else left


def _added(
    tables: Sequence[LiveTable],
    added: Sequence[Seen],
    seen: Mapping[Seen, Item],
    department: Department | None,
) -> Iterator[str]:
    known, new, planner = {place.table for place in seen}, set(added), Planner(tables, department)
    yield _NEW if seen else HEADING
    for table in tables:
        if str(table.name) not in known:
            yield from table_entry(table)
            continue
        for column in table.columns:
            if Seen(str(table.name), column.name) in new:
                likely = planner.candidates_of(table.name, column.name)[:3]
                names = ", ".join(each.indicator.name for each in likely)
                yield entry(table, column) + (f" ({names}?)" if names else "")
