"""Stored values to canonical values: one converter a column rule, made once for all rows."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from itertools import repeat
from types import MappingProxyType
from typing import Any, Final

from adapters.lanes.endless import ENDLESS
from adapters.mapping.model import ColumnRule
from domain.catalogue import handles
from domain.catalogue.codes import code_set as code_set_of
from domain.catalogue.indicators import Indicator, ValueType, catalogue
from domain.identity.id_numbers import normalise_id_number
from domain.model.records import UnknownCode, Value


class Fault:
    """A stored value that cannot be read: null in the graph, the stored text in `records.raw`."""


FAULT: Final = Fault()
Convert = Callable[[object], Value | Fault]
"""From a stored value that is not NULL."""
FromText = Callable[[str], Value | Fault]
Natives = Mapping[type, Callable[[Any], Value | Fault]]  # Any: a value of the key's type

_TRUE: Final = frozenset({"1", "true", "t", "y", "yes", "是", "\x01"})
_FALSE: Final = frozenset({"0", "false", "f", "n", "no", "否", "\x00"})
_ZERO_DATE: Final = re.compile(r"[0\s./:-]+")
_ISO_DATE: Final = re.compile(r"\d{4}-?\d\d-?\d\d(?=$|[ T]\d)", re.ASCII)
_ISO_MONTH: Final = re.compile(r"\d{4}-\d\d", re.ASCII)
_PLAIN_ID_NUMBER: Final = re.compile(r"\d{17}[\dX]", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?\d*\.?\d*(E[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_DIVISION: Final = re.compile(r"\d{6}(\d{3}){0,2}", re.ASCII)
"""Any division of the country; our code set names those of the city only."""
_PLAIN_DATES: Final[Mapping[str, tuple[re.Pattern[str], str, str]]] = {
    "%Y%m%d": (re.compile(r"\d{8}", re.ASCII), "", ""),
    "%Y-%m-%d": (re.compile(r"\d{4}-\d\d-\d\d", re.ASCII), "-", ""),
    "%Y/%m/%d": (re.compile(r"\d{4}/\d\d/\d\d", re.ASCII), "/", ""),
    "%Y.%m.%d": (re.compile(r"\d{4}\.\d\d\.\d\d", re.ASCII), ".", ""),
    "%Y%m": (re.compile(r"\d{6}", re.ASCII), "", "01"),
    "%Y-%m": (re.compile(r"\d{4}-\d\d", re.ASCII), "-", "-01"),
    "%Y.%m": (re.compile(r"\d{4}\.\d\d", re.ASCII), ".", ".01"),
}
"""How days of a pattern are written with all their zeros, its separator, and what a day lacks."""
_MIDNIGHT: Final = " 00:00:00"
_REPLACEMENT: Final = "\ufffd"
_CENT: Final = Decimal("0.01")
INT_LIMIT: Final = 2**31
_MOST_DIGITS: Final = 20
_REMEMBERED: Final = 256
_UNSEEN: Final = Fault()


_ARRAYS: Final = frozenset({list, tuple})
CHINA: Final = timezone(timedelta(hours=8))
"""Whose calendar day an instant with a time zone belongs to."""


def _day(day: date) -> date | Fault:
    return FAULT if id(day) in ENDLESS else day


def _day_of(instant: datetime) -> date | Fault:
    if id(instant) in ENDLESS:
        return FAULT
    try:
        return instant.astimezone(CHINA).date() if instant.tzinfo else instant.date()
    except OverflowError:
        return FAULT


def _month(day: date | Fault) -> str | Fault:
    return day if isinstance(day, Fault) else day.isoformat()[:7]


DATES: Final[Natives] = {date: _day, datetime: _day_of}
MONTHS: Final[Natives] = {
    date: lambda day: _month(_day(day)),
    datetime: lambda instant: _month(_day_of(instant)),
}
WHOLE: Final[Natives] = {
    int: lambda number: number if abs(number) < INT_LIMIT else FAULT,
}
_BOOLEANS: Final[Natives] = {bool: lambda value: value}


def stored_text(stored: object) -> str | None:
    """The stored value as a clerk would read it: wrong bytes as U+FFFD, without CHAR padding."""
    if stored is None:
        return None
    if isinstance(stored, str):
        return stored.rstrip(" ")
    write = _WRITERS.get(type(stored))
    return str(stored) if write is None else write(stored)


def _float_text(stored: float) -> str:
    return str(int(stored)) if stored.is_integer() else str(stored)


def _bytes_text(stored: bytes | bytearray | memoryview) -> str:
    return bytes(stored).decode("utf-8", "replace").rstrip(" ")


def _array_text(stored: Sequence[object]) -> str:
    return ";".join(stored_text(part) or "" for part in stored)


_WRITERS: Final[Mapping[type, Callable[[Any], str]]] = {  # Any: a value of the key's type
    bytes: _bytes_text,
    bytearray: _bytes_text,
    memoryview: _bytes_text,
    bool: lambda stored: "true" if stored else "false",
    Decimal: lambda stored: format(stored, "f"),
    datetime: lambda stored: ENDLESS.get(id(stored)) or stored.isoformat(sep=" "),
    date: lambda stored: ENDLESS.get(id(stored)) or stored.isoformat(),
    float: _float_text,
    list: _array_text,
    tuple: _array_text,
}


def key_text(stored: object) -> str | None:
    """A key column's value as local key text; None for NULL and empty."""
    if type(stored) is str:
        return stored.rstrip(" ") or None
    if type(stored) is int:
        return str(stored)
    if isinstance(stored, Decimal) and stored.is_finite():
        return format(stored.normalize(), "f")
    return stored_text(stored) or None


def key_texts(stored: Sequence[Any]) -> list[str | None]:  # Any: of one type, mostly
    """As `key_text`, of a column."""
    kinds = set(map(type, stored))
    if kinds == {str}:
        texts: list[str | None] = list(map(str.rstrip, stored, repeat(" ")))
        return texts if all(texts) else [text or None for text in texts]
    return [*map(str, stored)] if kinds == {int} else [key_text(each) for each in stored]


def converter(rule: ColumnRule, indicator: Indicator) -> Convert:
    """The converter of one column to the type of its indicator."""
    natives, convert = _typed(rule, indicator)
    several = indicator.name in catalogue().categories[indicator.category].multi_valued
    guard = guarded(convert, natives, split=rule.split, several=several)
    if rule.empty:
        guard = without(rule.empty, guard)
    has_few_values = indicator.type in {ValueType.CODE, ValueType.BOOLEAN}
    return remembered(guard) if has_few_values else guard


def text_converter(rule: ColumnRule) -> Convert:
    """The converter of a column that is no indicator: its text."""
    guard = guarded(str)
    return without(rule.empty, guard) if rule.empty else guard


def without(empty: Collection[str], convert: Convert) -> Convert:
    """The converter for a column in which some texts mean no value."""

    def run(stored: object) -> Value | Fault:
        text = (stored_text(stored) or "").strip()
        # An instant at midnight is meant where a day is written.
        is_empty = text in empty or text.removesuffix(_MIDNIGHT) in empty
        return None if is_empty else convert(stored)

    return run


def remembered(convert: Convert) -> Convert:
    """The converter with a bounded memory, for columns that hold the same few words."""
    seen: dict[object, Value | Fault] = {}

    def run(stored: object) -> Value | Fault:
        if type(stored) is not str:
            return convert(stored)
        found = seen.get(stored, _UNSEEN)
        if found is _UNSEEN:
            found = convert(stored)
            # What is no code may be anything that somebody wrote there: it is nobody's to keep.
            if len(seen) < _REMEMBERED and not isinstance(found, Fault | UnknownCode):
                seen[stored] = found
        return found

    return run


def guarded(
    convert: FromText,
    natives: Natives = MappingProxyType({}),
    *,
    split: str | None = None,
    several: bool = False,
) -> Convert:
    """Handles what all types share: the driver's own types, blanks, wrong bytes, many in one."""
    of_text = (lambda text: _several(text.split(split), convert)) if split else convert

    def run(stored: object) -> Value | Fault:
        if type(stored) is str:
            text = stored.strip()
        else:
            native = natives.get(type(stored))
            if native is not None:
                return native(stored)
            if several and type(stored) in _ARRAYS:
                return _several([stored_text(part) or "" for part in stored], convert)  # type: ignore[attr-defined] # an array
            text = (stored_text(stored) or "").strip()
        if not text:
            return None
        return FAULT if _REPLACEMENT in text else of_text(text)

    return run


def _several(parts: list[str], convert: FromText) -> Value | Fault:
    values = [convert(part.strip()) for part in parts if part.strip()]
    if any(value is FAULT for value in values):
        return FAULT
    return tuple(str(value) for value in values if value is not None) or None


def _typed(rule: ColumnRule, indicator: Indicator) -> tuple[Natives, FromText]:
    """How values of the driver's own types are read, and the reader of a text."""
    if indicator.type is ValueType.STRING:
        return _text_of(rule, indicator)
    if indicator.type is ValueType.CODE:
        return {}, code_reader(rule.codes, indicator.code_set)
    if indicator.type is ValueType.DATE:
        return DATES, date_reader(rule.date)
    if indicator.type is ValueType.BOOLEAN:
        return _BOOLEANS, boolean_reader(rule.true, rule.false)
    if indicator.type is ValueType.INT:
        return WHOLE if rule.divide is None else {}, int_reader(rule.divide)
    read = decimal_reader(rule.divide, money=indicator.is_money)
    return _exact_numbers(rule.divide, money=indicator.is_money), read


def _exact_numbers(divide: Decimal | None, *, money: bool) -> Natives:
    shown = decimal_as_is(money=money)
    if divide is None:
        return {Decimal: shown, int: lambda number: shown(Decimal(number))}
    return {Decimal: lambda n: shown(n / divide), int: lambda n: shown(Decimal(n) / divide)}


def _text_of(rule: ColumnRule, indicator: Indicator) -> tuple[Natives, FromText]:
    if indicator.name == handles.ID_NUMBER:
        return {}, _id_number
    return (MONTHS, month_reader(rule.date)) if indicator.is_month else ({}, str)


def _id_number(text: str) -> str:
    return text if _PLAIN_ID_NUMBER.fullmatch(text) else normalise_id_number(text).text


def code_reader(codes: Mapping[str, str] | None, code_set: str | None) -> FromText:
    """Stored text to standard code; what neither map nor code set knows is marked unknown."""
    if codes is not None:
        known = dict(codes)
    elif code_set is None:
        return str
    else:
        known = {code: code for code in code_set_of(code_set)}
    is_division = codes is None and code_set == "division"

    def read(text: str) -> Value:
        if is_division and _DIVISION.fullmatch(text):
            return text
        return known.get(text) or UnknownCode(text)

    return read


def date_reader(pattern: str | None) -> FromText:
    """Text to a date: by the pattern, else ISO (time of day cut off) or eight digits."""
    plain = _PLAIN_DATES.get(pattern or "")

    def read(text: str) -> Value | Fault:
        if plain is not None and plain[0].fullmatch(text):
            found = _plain_date(text + plain[2], plain[1])
            if found is not None:
                return found
        if _ZERO_DATE.fullmatch(text):
            return None
        iso = _ISO_DATE.match(text)
        try:
            if pattern:
                return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a date has no zone
            return date.fromisoformat(iso[0]) if iso else FAULT
        except ValueError:
            return FAULT

    return read


def _plain_date(text: str, separator: str) -> date | None:
    """A day written with all its zeros, at a tenth of the cost of strptime; None: no day."""
    try:
        return date.fromisoformat(text.replace(separator, "-") if separator else text)
    except ValueError:
        return None


def month_reader(pattern: str | None) -> FromText:
    """Text to a month YYYY-MM: by the pattern, else ISO, the day cut off."""
    by_pattern = date_reader(pattern)

    def read(text: str) -> Value | Fault:
        is_month = pattern is None and _ISO_MONTH.fullmatch(text) and not _ZERO_DATE.fullmatch(text)
        if is_month:
            text = f"{text}-01"
        found = by_pattern(text)
        return found.isoformat()[:7] if isinstance(found, date) else found

    return read


def boolean_reader(true: Collection[str], false: Collection[str]) -> FromText:
    """Text to yes or no by the mapping's words, else by the usual ones."""
    words = dict.fromkeys(false or _FALSE, False) | dict.fromkeys(true or _TRUE, True)

    def read(text: str) -> Value | Fault:
        found = words.get(text)
        return words.get(text.lower(), FAULT) if found is None else found

    return read


def int_reader(divide: Decimal | None) -> FromText:
    """Text to a whole number of 32 bits."""

    def read(text: str) -> Value | Fault:
        number = _number(text, divide)
        if number is None or number != number.to_integral_value() or abs(number) >= INT_LIMIT:
            return FAULT
        return int(number)

    return read


def decimal_reader(divide: Decimal | None, *, money: bool) -> FromText:
    """Text to an exact number; amounts get two decimals at least, a third is kept."""
    shown = decimal_as_is(money=money)

    def read(text: str) -> Value | Fault:
        number = _number(text, divide)
        return FAULT if number is None else shown(number)

    return read


def decimal_as_is(*, money: bool) -> Callable[[Decimal], Value | Fault]:
    """A number of the driver's own; amounts get two decimals at least, a third is kept."""

    def read(number: Decimal) -> Value | Fault:
        if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
            return FAULT
        if not money:
            return number
        cents = number.quantize(_CENT)
        return cents if cents == number else number

    return read


def _number(text: str, divide: Decimal | None) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if abs(number.adjusted()) > _MOST_DIGITS:
        return None
    return number / divide if divide else number
