"""A small reader of mapped databases, on purpose not the adapters': it may prove both wrong."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, create_engine, select, text

from demo.writing.loading import loading_url
from domain.catalogue.indicators import ValueType, catalogue
from domain.model.departments import Department
from domain.model.keys import IndicatorName

Word = Any  # a column of a mapping: a name or a table of options
Stored = Any  # whatever a driver gives
Read = Callable[[Stored], object]
Cells = Mapping[str, Any]
EXTRAS = ("period", "effectiveOn")


@dataclass(slots=True)
class Record:
    """One person or unit as a department's mapping reads it; `raws` stands in the cells."""

    values: dict[str, object]
    raws: dict[str, object]
    rows: dict[str, list[dict[str, object]]] = field(default_factory=dict)


def _day(value: Stored, pattern: str | None) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.strptime(str(value), pattern or "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        return None


def _of_type(value: Stored, kind: ValueType) -> object:
    match kind:
        case ValueType.BOOLEAN:
            return {"1": True, "0": False, "Y": True, "N": False}[str(int(value))]
        case ValueType.DATE:
            return _day(value, None)
        case ValueType.INT:
            return int(value)
        case ValueType.DECIMAL:
            return Decimal(str(value))
    return str(value).strip()


def _read(word: Word, kind: ValueType, codes: Mapping[str, Mapping[str, str]]) -> Read:
    options = word if isinstance(word, dict) else {}

    def read(value: Stored) -> object:
        if value is None or not str(value).strip():
            return None
        known: dict[str, Read] = {
            "codes": lambda v: codes[options["codes"]].get(str(v).strip(), str(v).strip()),
            "true": lambda v: v in options["true"],
            "split": lambda v: str(v).split(options["split"]),
            "divide": lambda v: Decimal(v) / options["divide"],
            "date": lambda v: _month_or_day(v, options["date"], kind),
        }
        chosen = next((known[name] for name in known if name in options), None)
        return chosen(value) if chosen else _of_type(value, kind)

    return read


def _month_or_day(value: Stored, pattern: str, kind: ValueType) -> object:
    day = _day(value, pattern)
    return f"{day:%Y-%m}" if day and kind is ValueType.STRING else day


def _column(word: Word) -> str:
    return str(word["column"] if isinstance(word, dict) else word)


class Database:
    """One department's database behind its mapping."""

    def __init__(self, connection: Connection, mapping: Mapping[str, Any]) -> None:
        self.mapping = mapping
        self._connection = connection
        self._tables = MetaData()

    def table(self, name: str) -> Table:
        """The live table."""
        return Table(name, self._tables, autoload_with=self._connection)

    def cells(self, section: Mapping[str, Any]) -> Iterator[Cells]:
        """All rows of the section's table in the mapping's order."""
        table = self.table(section["table"])
        query = select(table).order_by(*(table.c[name] for name in section.get("order", ())))
        if "where" in section:
            query = query.where(text(section["where"]))
        for row in self._connection.execute(query).mappings():
            yield {column.name: row[column] for column in table.c}

    def entity(self, name: str) -> dict[str, Record]:
        """Every person or unit by its key as text."""
        section = self.mapping[name]
        key = section["key"]
        records: dict[str, Record] = {}
        joins = {
            alias: {str(r[key]).strip(): r for r in self.cells(own)}
            for alias, own in section.get("join", {}).items()
        }
        for cells in self.cells(section):
            local = str(cells[key]).strip()
            near = {f"{a}.{c}": v for a, own in joins.items() for c, v in own[local].items()}
            records[local] = self._record({**cells, **near}, section["indicators"])
        for category, own in section.get("rows", {}).items():
            for cells in self.cells(own):
                record = records.get(str(cells[key]).strip())
                if record:
                    record.rows.setdefault(category, []).append(self._row(cells, own))
        return records

    def _record(self, cells: Cells, words: Mapping[str, Any]) -> Record:
        raws = {name: cells[_column(word)] for name, word in words.items()}
        return Record({n: self._value(n, words[n], raw) for n, raw in raws.items()}, raws)

    def _row(self, cells: Cells, section: Mapping[str, Any]) -> dict[str, object]:
        record = self._record(cells, section["indicators"])
        for extra in EXTRAS:
            if extra in section:
                word = section[extra]
                read = _read(word, ValueType.DATE, {})(cells[_column(word)])
                record.values[extra] = read
        return record.values

    def _value(self, name: str, word: Word, raw: Stored) -> object:
        kind = catalogue().indicators[IndicatorName(name)].type
        return _read(word, kind, self.mapping.get("codes", {}))(raw)

    def operational(self, name: str) -> list[dict[str, Any]]:
        """All rows of an operational entity, by the words of the mapping."""
        section = self.mapping[name]
        return [
            {word: cells[_column(column)] for word, column in section["columns"].items()}
            for cells in self.cells(section)
        ]


@dataclass(frozen=True, slots=True)
class Book:
    """What one department holds, read whole."""

    mapping: Mapping[str, Any]
    persons: dict[str, Record]
    units: dict[str, Record]
    operational: Mapping[str, list[dict[str, Any]]]


def read_city(folder: Path) -> dict[Department, Book]:
    """All four books of the city in a folder."""
    city = tomllib.loads((folder / "city.toml").read_text("utf-8"))
    return {Department(s["department"]): _book(folder, s) for s in city["sources"]}


def _book(folder: Path, source: Mapping[str, Any]) -> Book:
    mapping = tomllib.loads((folder / source["mapping"]).read_text("utf-8"))
    engine = create_engine(loading_url(source["url"], folder))
    try:
        with engine.connect() as connection:
            database = Database(connection, mapping)
            names: Sequence[str] = ("pool", "plan", "leader_line", "occupation")
            return Book(
                mapping,
                database.entity("person"),
                database.entity("unit"),
                {name: database.operational(name) for name in names if name in mapping},
            )
    finally:
        engine.dispose()
