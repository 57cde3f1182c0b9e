"""How the floor turns a stored cell into what is shown; one plain function a form of storage."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from demo.layouts import layout
from domain.catalogue.codes import code_set
from domain.identity.id_numbers import normalise_id_number
from domain.model.departments import Department

Convert = Callable[[Any], Any]  # Any: from a cell of any type to a value JSON knows
Code = dict[str, str | None]
ID_LENGTH: Final = 18


def as_it_is(cell: Any) -> Any:  # noqa: ANN401 - as in Convert
    """What the driver gives is shown."""
    return cell


def text(cell: str | None) -> str | None:
    """Text without spaces around it; an empty one is no value."""
    return (cell.strip() or None) if cell else None


def id_number(cell: str | None) -> str | None:
    """An ID number in its one spelling; the usual spelling costs nothing."""
    if cell and len(cell) == ID_LENGTH and cell.isascii() and cell.isalnum():
        return cell.upper()
    return normalise_id_number(cell).text or None if cell else None


def day(cell: str | None) -> date | None:
    """A day written 20190228 or 2019-02-28."""
    if not cell:
        return None
    try:
        return date.fromisoformat(cell)
    except ValueError:
        return None


def slashed_day(cell: str | None) -> date | None:
    """A day written 2019/02/28."""
    return day(cell.replace("/", "-")) if cell else None


def day_number(cell: int | None) -> date | None:
    """A day written as the number 20190228."""
    return day(str(cell)) if cell else None


def dotted_month(cell: str | None) -> str | None:
    """A month written 2019.02."""
    return cell.replace(".", "-") if cell else None


@lru_cache(maxsize=2048)
def month_number(cell: int | None) -> str | None:
    """A month written as the number 201902."""
    return f"{cell // 100}-{cell % 100:02d}" if cell else None


def whole_text(cell: int | None) -> str | None:
    """A code kept as a number."""
    return str(cell) if cell is not None else None


def decimal(cell: Decimal | None) -> str | None:
    """An amount as exact text."""
    return str(cell) if cell is not None else None


def cents(cell: int | None) -> str | None:
    """An amount kept in hundredths."""
    return f"{cell // 100}.{cell % 100:02d}" if cell is not None else None


class Codes(dict[str | None, Code | None]):
    """What is shown by stored code; a known one costs no Python call."""

    def __missing__(self, cell: str | None) -> Code | None:
        """A code with spaces around it, or one that nobody knows."""
        clean = (cell or "").strip()
        return self.get(clean) or ({"code": clean, "name": None} if clean else None)


class Divisions(Codes):
    """Divisions; an unknown one is called by its code."""

    def __missing__(self, cell: str | None) -> Code | None:
        """As with any code, but never without a name."""
        shown = super().__missing__(cell)
        return {**shown, "name": shown["name"] or shown["code"]} if shown else None


_PLAIN: Final[dict[str, Convert]] = {
    "": as_it_is,
    "cents": cents,
    "day": day,
    "day number": day_number,
    "decimal": decimal,
    "dotted month": dotted_month,
    "id number": id_number,
    "month number": month_number,
    "slashed day": slashed_day,
    "text": text,
    "whole text": whole_text,
}


def converter(department: str, form: str) -> Convert:
    """The function of a form: a plain one, `words YES NO`, `division`, or `code SET [MAP]`."""
    if form in _PLAIN:
        return _PLAIN[form]
    word, *details = form.split()
    if word == "words":
        return {details[0]: True, details[1]: False}.get
    if word == "division":
        return Divisions(_codes(Department(department), word)).__getitem__
    return Codes(_codes(Department(department), *details)).__getitem__


def _codes(department: Department, name: str, stored_as: str = "") -> dict[str | None, Code | None]:
    """What is shown by stored text; `stored_as` names the department's own words for a set."""
    entries = code_set(name)
    stored = layout(department).codes[stored_as].canonical if stored_as else {c: c for c in entries}
    shown: dict[str | None, Code | None] = {
        cell: {"code": meant, "name": entries[meant].name_zh if meant in entries else None}
        for cell, meant in stored.items()
    }
    return shown | {None: None, "": None}
