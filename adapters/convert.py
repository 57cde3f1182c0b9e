"""Stored values to canonical values: one converter per column rule, made once and used for every row."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from adapters.mapping.model import ColumnRule
from domain.catalogue import handles
from domain.catalogue.indicators import Indicator, ValueType
from domain.identity.id_numbers import normalise_id_number
from domain.model.records import UnknownCode, Value


class Fault:
    """Stands for a stored value that cannot be read; the graph shows null, `records.raw` the stored text."""


FAULT: Final = Fault()
Convert = Callable[[object], Value | Fault]

_TRUE: Final = frozenset({"1", "true", "t", "y", "yes", "是"})
_FALSE: Final = frozenset({"0", "false", "f", "n", "no", "否"})
_ZERO_DATE: Final = re.compile(r"^[0\s./:-]+$")
_REPLACEMENT: Final = "\ufffd"
_CENT: Final = Decimal("0.01")
_INT_LIMIT: Final = 2**31


def stored_text(stored: object) -> str | None:
    """The stored value as a department's clerk would read it; wrong bytes become U+FFFD, CHAR padding goes."""
    match stored:
        case None:
            return None
        case str():
            return stored.rstrip(" ")
        case bytes() | bytearray() | memoryview():
            return bytes(stored).decode("utf-8", "replace").rstrip(" ")
        case bool():
            return "true" if stored else "false"
        case Decimal():
            return format(stored, "f")
        case datetime():
            return stored.isoformat(sep=" ")
        case date():
            return stored.isoformat()
        case float() if stored.is_integer():
            return str(int(stored))
        case _:
            return str(stored)


def key_text(stored: object) -> str | None:
    """A key column's value as local key text; None for NULL and empty."""
    match stored:
        case Decimal():
            text: str | None = format(stored.normalize(), "f")
        case _:
            text = stored_text(stored)
    return text or None


def converter(rule: ColumnRule, indicator: Indicator) -> Convert:
    """The converter of one column to the type of its indicator."""
    return guarded(_typed(rule, indicator), rule.split)


def guarded(convert: Callable[[str], Value | Fault], split: str | None = None) -> Convert:
    """Handles what all types share: NULL, blanks, wrong bytes and several values in one text."""

    def run(stored: object) -> Value | Fault:
        if isinstance(stored, list | tuple):
            return _several([stored_text(part) or "" for part in stored], convert)
        text = (stored_text(stored) or "").strip()
        if not text:
            return None
        if _REPLACEMENT in text:
            return FAULT
        return _several(text.split(split), convert) if split else convert(text)

    return run


def _several(parts: list[str], convert: Callable[[str], Value | Fault]) -> Value | Fault:
    values = [convert(part.strip()) for part in parts if part.strip()]
    texts = tuple(
        str(value) for value in values if not isinstance(value, Fault) and value is not None
    )
    return FAULT if len(texts) != len(values) else (texts or None)


def _typed(rule: ColumnRule, indicator: Indicator) -> Callable[[str], Value | Fault]:
    if indicator.name == handles.ID_NUMBER:
        return lambda text: normalise_id_number(text).text
    if indicator.is_month:
        return month_reader(rule.date)
    match indicator.type:
        case ValueType.CODE:
            return code_reader(rule.codes)
        case ValueType.DATE:
            return date_reader(rule.date)
        case ValueType.BOOLEAN:
            return boolean_reader(rule)
        case ValueType.INT:
            return int_reader(rule.divide)
        case ValueType.DECIMAL:
            return decimal_reader(rule.divide, money=indicator.is_money)
        case _:
            return str


def code_reader(codes: Mapping[str, str] | None) -> Callable[[str], Value]:
    """Stored text to standard code; what the map does not name stays as it is, marked unknown."""
    if codes is None:
        return str
    known = dict(codes)

    def read(text: str) -> Value:
        return known.get(text) or UnknownCode(text)

    return read


def date_reader(pattern: str | None) -> Callable[[str], Value | Fault]:
    """Text to a date: by the pattern, else ISO (time of day cut off) or eight digits."""

    def read(text: str) -> Value | Fault:
        if _ZERO_DATE.match(text):
            return None
        try:
            if pattern:
                return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a date has no zone
            return date.fromisoformat(text[:10])
        except ValueError:
            return FAULT

    return read


def month_reader(pattern: str | None) -> Callable[[str], Value | Fault]:
    """Text to a month YYYY-MM."""
    read_date = date_reader(pattern or "%Y-%m")

    def read(text: str) -> Value | Fault:
        found = read_date(text if pattern else text[:7])
        return f"{found:%Y-%m}" if isinstance(found, date) else found

    return read


def boolean_reader(rule: ColumnRule) -> Callable[[str], Value | Fault]:
    """Text to yes or no by the mapping's words, else by the usual ones."""
    true, false = rule.true or _TRUE, rule.false or _FALSE

    def read(text: str) -> Value | Fault:
        for word in (text, text.lower()):
            if word in true:
                return True
            if word in false:
                return False
        return FAULT

    return read


def int_reader(divide: Decimal | None) -> Callable[[str], Value | Fault]:
    """Text to a whole number of 32 bits."""

    def read(text: str) -> Value | Fault:
        number = _number(text, divide)
        if number is None or number != number.to_integral_value() or abs(number) >= _INT_LIMIT:
            return FAULT
        return int(number)

    return read


def decimal_reader(divide: Decimal | None, *, money: bool) -> Callable[[str], Value | Fault]:
    """Text to an exact number; amounts get two decimals at least, a third is kept."""

    def read(text: str) -> Value | Fault:
        number = _number(text, divide)
        if number is None:
            return FAULT
        return number.quantize(_CENT) if money and number == number.quantize(_CENT) else number

    return read


def _number(text: str, divide: Decimal | None) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > 20:
        return None
    return number / divide if divide else number
