"""Whole numbers a database can count with, made of whatever type a department stores them in."""

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.mapping.convert import guarded, int_reader
from adapters.mapping.model import ColumnRule
from adapters.sql.binds import is_text, plain_type
from adapters.sql.cells import constant
from adapters.sql.pieces import Element

_DIGITS: Final = "^[+-]?[0-9]{1,12}([.][0-9]{1,6})?$"
_NUMERIC: Final = sa.Numeric(20, 6)


def whole_number(
    element: Element | None, rule: ColumnRule | None, kind: TypeEngine[Any] | None, backend: str
) -> Element:
    """The number as the graph shows it; NULL where it is none, is not whole, or is not kept."""
    if rule is None or element is None:
        found = None if rule is None else constant(rule, guarded(int_reader(rule.divide)))
        number = sa.literal_column(str(found)) if isinstance(found, int) else sa.null()
        return sa.cast(number, sa.BigInteger)
    if isinstance(plain_type(kind), sa.Integer) and rule.divide is None and backend != "sqlite":
        return element
    number = _number(element, kind, backend)
    if rule.divide is not None:
        number = number / sa.literal_column(f"{rule.divide:f}", _NUMERIC)
    return sa.case((sa.cast(number, sa.BigInteger) == number, sa.cast(number, sa.BigInteger)))


def _number(element: Element, kind: TypeEngine[Any] | None, backend: str) -> Element:
    if backend == "sqlite":
        return _sqlite(element)
    if isinstance(plain_type(kind), sa.Numeric | sa.Integer):
        return sa.type_coerce(element, _NUMERIC)
    text = element if is_text(kind) or backend in _LENIENT else sa.cast(element, sa.String)
    return _OF_TEXT[backend](sa.func.trim(text))


def _sqlite(element: Element) -> Element:
    """A column of SQLite holds what was put in, whatever type it was given."""
    text = sa.func.trim(element)
    is_number = sa.func.typeof(element).in_(
        [sa.literal_column("'integer'"), sa.literal_column("'real'")]
    )
    has_other = text.op("GLOB")(sa.literal_column("'*[^-+.0-9]*'"))
    has_digit = text.op("GLOB")(sa.literal_column("'*[0-9]*'"))
    is_twice = text.op("GLOB")(sa.literal_column("'?*[-+]*'")) | text.op("GLOB")(
        sa.literal_column("'*.*.*'")
    )
    return sa.case(
        (is_number, sa.type_coerce(element, _NUMERIC)),
        (sa.and_(has_digit, sa.not_(has_other), sa.not_(is_twice)), sa.cast(text, sa.REAL)),
    )


def _matched(text: Element) -> Element:
    is_number = text.regexp_match(sa.literal_column(f"'{_DIGITS}'"))
    return sa.case((is_number, sa.cast(text, _NUMERIC)))


def _tried(text: Element) -> Element:
    return sa.try_cast(text, _NUMERIC)


_LENIENT: Final = frozenset({"mysql", "mariadb"})
_OF_TEXT: Final[dict[str, Callable[[Element], Element]]] = {
    "postgresql": _matched,
    "mysql": _matched,
    "mariadb": _matched,
    "oracle": _matched,
    "mssql": _tried,
}
