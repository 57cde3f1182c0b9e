"""How a canonical value becomes what one department stores; knows no table."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from demo.layouts import CodeMap, Column
from demo.values import Canonical

Cell = str | int | None
Render = Callable[[Canonical], Cell]
UnitKeys = Sequence[str | int]

YES_NO: Final = "|"


def _text(value: Canonical) -> Cell:
    return None if value is None else str(value)


def _number(value: Canonical) -> Cell:
    return None if value is None else int(str(value)) if isinstance(value, str) else int(value)  # type: ignore[arg-type]  # no date reaches an int column


def _fen(value: Canonical) -> Cell:
    return None if value is None else int(Decimal(value) * 100)  # type: ignore[arg-type]  # amounts


def _many(value: Canonical) -> Cell:
    return ";".join(value) if value else None  # type: ignore[arg-type]  # multi-valued indicators are tuples


_FIXED: Final[Mapping[str, Render]] = {"split": _many, "fen": _fen}


def _coded(codes: Mapping[str, str]) -> Render:
    return lambda value: None if value is None else codes[value]  # type: ignore[index]  # codes are text


def _flag(form: str) -> Render:
    yes, no = form.split(YES_NO)
    return lambda value: None if value is None else (yes if value else no)


def _unit(keys: UnitKeys, *, as_text: bool) -> Render:
    if as_text:
        return lambda value: None if value is None else str(keys[value])  # type: ignore[index]  # unit numbers
    return lambda value: None if value is None else keys[value]  # type: ignore[index]  # unit numbers


def _dated(form: str) -> Callable[[str, str, str], str]:
    pattern = form.replace("%Y", "{0}").replace("%m", "{1}").replace("%d", "{2}")
    return pattern.format


def _date(form: str, *, as_number: bool) -> Render:
    dated = _dated(form or "%Y-%m-%d")

    def render(value: Canonical) -> Cell:
        """Months arrive as text YYYY-MM, days as dates."""
        if value is None:
            return None
        text = dated(*(str(value) + "-01").split("-")[:3])
        return int(text) if as_number else text

    return render


def renderer(column: Column, codes: Mapping[str, CodeMap], unit_keys: UnitKeys) -> Render:
    """The function that turns a canonical value into the stored value of this column."""
    whole = column.type in {"int", "big"}
    if column.codes:
        return _coded(codes[column.codes].stored)
    match column.format:
        case "unit":
            return _unit(unit_keys, as_text=not whole)
        case form if form in _FIXED:
            return _FIXED[form]
        case form if YES_NO in form:
            return _flag(form)
        case form if "%" in form:
            return _date(form, as_number=whole)
    return _number if whole or column.type == "boolean" else _text
