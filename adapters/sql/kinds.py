"""Live columns whose types do not fit what the mapping reads them as."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.mapping.model import ColumnRule, SourceMapping, TableName
from adapters.sql.binds import plain_type
from adapters.sql.misfit import Misfit, Misfits, Scope
from adapters.sql.shapes import Shapes, table_of
from domain.catalogue.indicators import ValueType, catalogue
from domain.model.keys import IndicatorName


class Family(StrEnum):
    """What values a column's type can hold, in the words of a finding."""

    TEXT = "a text"
    WHOLE = "a whole number"
    NUMBER = "a number"
    DAY = "a date"
    INSTANT = "a date with time"
    TIME = "a time of day"
    BOOLEAN = "a boolean"
    BYTES = "bytes"
    LIST = "a list"
    DOCUMENT = "a document"
    OTHER = "of another type"


Mapped = tuple[Scope, ColumnRule, TableName, ValueType]
"""One column rule with its place in the mapping, its table, and the type it is read as."""
_FAMILIES: Final[tuple[tuple[type[TypeEngine[Any]], Family], ...]] = (
    (sa.Boolean, Family.BOOLEAN),
    (sa.Integer, Family.WHOLE),
    (sa.Numeric, Family.NUMBER),
    (sa.String, Family.TEXT),
    (sa.DateTime, Family.INSTANT),
    (sa.Date, Family.DAY),
    (sa.Time, Family.TIME),
    (sa.LargeBinary, Family.BYTES),
    (sa.ARRAY, Family.LIST),
    (sa.JSON, Family.DOCUMENT),
)
_DATED: Final = frozenset({Family.DAY, Family.INSTANT})
_MANY: Final = frozenset({Family.LIST, Family.DOCUMENT})
_NEVER: Final[dict[ValueType, frozenset[Family]]] = {
    ValueType.DATE: _MANY | {Family.BOOLEAN, Family.TIME, Family.BYTES},
    ValueType.INT: _MANY | _DATED | {Family.TIME, Family.BOOLEAN},
    ValueType.DECIMAL: _MANY | _DATED | {Family.TIME, Family.BOOLEAN},
    ValueType.BOOLEAN: _MANY | _DATED | {Family.TIME},
    ValueType.CODE: _MANY | _DATED | {Family.TIME},
    ValueType.STRING: frozenset({Family.LIST}),
}
_NUMBERS: Final = frozenset({ValueType.INT, ValueType.DECIMAL})
_OPERATIONAL: Final[dict[str, ValueType]] = {
    "type": ValueType.CODE,
    "approved": ValueType.INT,
    "locked": ValueType.INT,
    "used": ValueType.INT,
    "returned": ValueType.INT,
    "filled": ValueType.INT,
    "valid_until": ValueType.DATE,
    "from": ValueType.DATE,
    "to": ValueType.DATE,
    "modes": ValueType.CODE,
    "rank": ValueType.CODE,
    "position": ValueType.CODE,
}


Families = Mapping[tuple[TableName, str], str]
"""The types of live columns, roughly: what tells whether the schema has changed."""


def families(shapes: Shapes) -> Families:
    """The family of every column."""
    return {
        (table, name): family(kind)
        for table, shape in shapes.items()
        for name, kind in shape.columns.items()
    }


def changed_types(mapping: SourceMapping, before: Families, now: Families) -> Misfits:
    """Mapped columns that are of another type than when the source was opened."""
    for scope, rule, table, _ in mapped_columns(mapping):
        place = table, rule.column or ""
        was, is_now = before.get(place), now.get(place)
        if was is not None and is_now is not None and was != is_now:
            message = f"table {table}, column {rule.column!r} was {was} and is {is_now} now"
            remedy = "run fourfold check; start the server anew once it is as it should be"
            yield Misfit(scope, rule.line, message, remedy)


def family(kind: TypeEngine[Any] | None) -> Family:
    """The family of a reflected type."""
    plain = plain_type(kind)
    return next((f for types, f in _FAMILIES if isinstance(plain, types)), Family.OTHER)


def mapped_columns(mapping: SourceMapping) -> Iterator[Mapped]:
    """Every column rule of a mapping."""
    for entity in mapping.entities.values():
        scope: Scope = (str(entity.kind),)
        for name, rule in entity.columns.items():
            yield (*scope, "indicators", name), rule, table_of(entity, rule), _type(name)
        for code, rows in entity.rows.items():
            if rows.extra is not None:
                yield (*scope, "rows", code), rows.extra, rows.table, ValueType.DATE
            for name, rule in rows.columns.items():
                yield (
                    (*scope, "rows", code, "indicators", name),
                    rule,
                    table_of(rows, rule),
                    _type(name),
                )
    for operational in mapping.operational.values():
        for word, rule in operational.columns.items():
            value = _OPERATIONAL.get(word, ValueType.STRING)
            yield (operational.name, "columns", word), rule, operational.table, value


def _type(name: IndicatorName) -> ValueType:
    indicator = catalogue().indicators[name]
    return ValueType.DATE if indicator.is_month else indicator.type


def wrong_types(mapping: SourceMapping, shapes: Shapes, backend: str) -> Misfits:
    """Columns whose type cannot give what they are mapped to; SQLite's types promise nothing."""
    if backend == "sqlite":
        return
    for scope, rule, table, value, found in _typed(mapping, shapes):
        name = f"table {table}, column {rule.column!r}"
        if rule.date is not None and found in _DATED:
            message = f"{name} is {found}, and a date pattern is mapped for it"
            yield Misfit(scope, rule.line, message, "leave out `date`: the column needs no pattern")
        elif found in _NEVER.get(value, frozenset()):
            message = f"{name} is {found}, and is read as {value}"
            yield Misfit(scope, rule.line, message, "map a column that holds it, or use sql")


def doubtful_types(mapping: SourceMapping, shapes: Shapes, backend: str) -> Misfits:
    """Columns that can give what they are mapped to, and need not."""
    for scope, rule, table, value, found in _typed(mapping, shapes):
        name = f"table {table}, column {rule.column!r}"
        if value in _NUMBERS and found is Family.TEXT:
            message = f"{name} is a text and is read as a number: what is none becomes null"
            yield Misfit(scope, rule.line, message, "make it a number, or clean the texts")
        elif value is ValueType.STRING and found is Family.BYTES:
            message = f"{name} holds bytes: they are read as UTF-8"
            yield Misfit(scope, rule.line, message, "make it a text, or convert it by sql")
        elif value is ValueType.STRING and found is Family.DOCUMENT:
            message = f"{name} holds documents: they are shown as they stand"
            yield Misfit(scope, rule.line, message, "take the value out of them by sql")
        elif backend == "sqlite" and rule.date is not None and found in _DATED:
            message = f"{name} is declared {found}, and a date pattern is mapped for it"
            yield Misfit(scope, rule.line, message, "leave out `date` where ISO dates are stored")


def _typed(
    mapping: SourceMapping, shapes: Shapes
) -> Iterator[tuple[Scope, ColumnRule, TableName, ValueType, Family]]:
    for scope, rule, table, value in mapped_columns(mapping):
        kind = shapes[table].columns.get(rule.column or "") if table in shapes else None
        if kind is not None:
            yield scope, rule, table, value, family(kind)
