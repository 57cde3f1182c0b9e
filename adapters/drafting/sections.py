"""Tables that look like pools, plans, leader lines, occupations or successions of units. Pure.

Nothing of them is sure: a number with an approved name may be that of a budget. They are proposed
as comments, for somebody who knows the tables.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from adapters.drafting.live import LiveColumn, LiveTable
from adapters.drafting.planning import is_sayable
from adapters.drafting.proposing import plain
from adapters.mapping.model import TableName
from adapters.mapping.operational import COLUMNS, REQUIRED
from domain.model.departments import Department

_TELLING: Final[Mapping[str, frozenset[str]]] = {
    "plan": frozenset({"no", "used", "valid_until"}),
    "occupation": frozenset({"from", "to"}),
}
"""Where the columns that must be there could stand in other tables too: one of these as well."""


class Section(NamedTuple):
    """A table that may be an operational entity, and its columns by word."""

    name: str
    table: TableName
    columns: Mapping[str, str]


class _Words(NamedTuple):
    names: frozenset[str]
    comments: tuple[str, ...]


def sections(
    tables: Sequence[LiveTable], own: frozenset[TableName], department: Department | None
) -> Iterator[Section]:
    """The likeliest table for each of them; those of persons and units themselves are left out.

    Establishment alone keeps them; with `department` None nobody has said whose schema it is.
    """
    if department not in {None, Department.ESTABLISHMENT}:
        return
    others = [each for each in tables if each.name not in own and is_sayable(each.name)]
    for name, known in COLUMNS.items():
        found = [Section(name, table.name, _columns(table, known)) for table in others]
        fitting = [section for section in found if _fits(section)]
        if fitting:
            yield max(fitting, key=lambda section: len(section.columns))


def _fits(section: Section) -> bool:
    words = section.columns.keys()
    telling = _TELLING.get(section.name)
    needed = REQUIRED & COLUMNS[section.name].keys()
    return needed <= words and (telling is None or not telling.isdisjoint(words))


def _columns(table: LiveTable, known: Mapping[str, object]) -> dict[str, str]:
    """One column a word, one word a column; a name counts before a comment."""
    found: dict[str, str] = {}
    for is_meant in (_named, _said):
        for column in table.columns:
            for word in known:
                is_free = word not in found and column.name not in found.values()
                if is_free and "." not in column.name and is_meant(column, _words()[word]):
                    found[word] = column.name
    return {word: found[word] for word in known if word in found}


def _named(column: LiveColumn, words: _Words) -> bool:
    return plain(column.name) in words.names


def _said(column: LiveColumn, words: _Words) -> bool:
    return any(each in column.comment for each in words.comments)


@cache
def _words() -> Mapping[str, _Words]:
    text = resources.files(__package__).joinpath("sections.csv").read_text(encoding="utf-8")
    return {
        row["word"]: _Words(frozenset(row["names"].split()), tuple(row["comments"].split()))
        for row in csv.DictReader(text.splitlines())
    }
