"""The designs of the four databases as data: tables (TOML), columns and code values (CSV)."""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from domain.model.departments import Department

OWN_MARK: Final = "@"
ALREADY_THERE: Final = "="
ROWS: Final = ".rows."


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a departmental table; `source` is an indicator or, led by @, a key of our own.

    `type` is `=` where another part of the mapping declared the column already.
    """

    part: str
    name: str
    source: str
    type: str
    format: str
    codes: str

    @property
    def is_indicator(self) -> bool:
        """Whether the column holds an indicator of the catalogue."""
        return not self.source.startswith(OWN_MARK)


@dataclass(frozen=True, slots=True)
class CodeMap:
    """The values a department stores for standard codes, and what they mean read backwards."""

    stored: Mapping[str, str]
    canonical: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TableLayout:
    """One physical table: the parts of the mapping that live in it and its stored columns."""

    name: str
    parts: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def part(self) -> str:
        """The part whose rows fill the table."""
        return self.parts[0]


@dataclass(frozen=True, slots=True)
class Layout:
    """The design of one department's database."""

    department: Department
    skeleton: Mapping[str, Any]  # Any: parsed TOML
    columns: tuple[Column, ...]
    codes: Mapping[str, CodeMap]

    @property
    def tables(self) -> tuple[TableLayout, ...]:
        """Every physical table, in the order of the column file."""
        parts: dict[str, list[str]] = {}
        for column in self.columns:
            own = parts.setdefault(self.table_of(column.part), [])
            if column.part not in own:
                own.append(column.part)
        return tuple(
            TableLayout(
                name,
                tuple(own),
                tuple(c for c in self.columns if c.part in own and c.type != ALREADY_THERE),
            )
            for name, own in parts.items()
        )

    def section(self, part: str) -> Mapping[str, Any]:  # Any: parsed TOML
        """The section of the skeleton that says where a part lives."""
        head, *rest = part.split(".")
        section = self.skeleton[head]
        if rest:
            section = section["rows"][rest[1]] if rest[0] == "rows" else section["join"][rest[0]]
        return dict(section)

    def table_of(self, part: str) -> str:
        """The table a part lives in."""
        return str(self.section(part)["table"])

    def of_part(self, part: str) -> tuple[Column, ...]:
        """All columns of one part, those declared elsewhere included."""
        return tuple(c for c in self.columns if c.part == part)

    def find(self, source: str) -> Column | None:
        """The column of an indicator, None where the department does not hold it."""
        return next((c for c in self.columns if c.source == source), None)


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("demo").joinpath("layouts", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _codes(department: Department) -> dict[str, CodeMap]:
    stored: dict[str, dict[str, str]] = {}
    canonical: dict[str, dict[str, str]] = {}
    for row in _rows("codes.csv"):
        if row["department"] == department:
            name, value = row["map"], row["stored"]
            stored.setdefault(name, {})[row["standard"]] = value
            canonical.setdefault(name, {})[value] = row["canonical"] or row["standard"]
    return {name: CodeMap(values, canonical[name]) for name, values in stored.items()}


@cache
def layout(department: Department) -> Layout:
    """The design of one department's database, read once."""
    text = resources.files("demo").joinpath("layouts", f"{department}.toml").read_text("utf-8")
    columns = tuple(
        Column(r["part"], r["column"], r["indicator"], r["type"], r["format"], r["codes"])
        for r in _rows(f"{department}.csv")
    )
    return Layout(department, tomllib.loads(text), columns, _codes(department))
