"""What is left of a masked value; never raises, never leaves more than its form says.

Source: roles.md section 3. What does not look like what the form expects leaves nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Final

from domain.catalogue.codes import code_set
from domain.catalogue.hierarchy import division_level
from domain.model.access import MaskForm
from domain.model.records import Value

COUNTY_LEVEL: Final = 3
_SEPARATORS: Final = re.compile(r"[\s\-\u2010-\u2015\u2212]+")
_NUMBER: Final = re.compile(r"[0-9]{17}[0-9X]|[0-9]{15}")
_MASKED_NUMBER: Final = re.compile(r"[0-9]{3}\*{11}[0-9]{3}[0-9X]")
_PHONE: Final = re.compile(r"(?:\+|00)?(?:86)?(1[0-9]{10})")
_MASKED_PHONE: Final = re.compile(r"1[0-9]{2}\*{4}[0-9]{4}")
_ACCOUNT: Final = re.compile(r"[0-9]{12,32}")
_MASKED_ACCOUNT: Final = re.compile(r"\*{4}[0-9]{4}")
_FEW_SIGNS: Final = 64


def mask(form: MaskForm | None, value: Value) -> Value:
    """What is left of a value; several values are masked one by one."""
    return None if form is None else masker(form)(value)


@cache
def masker(form: MaskForm) -> Callable[[Value], Value]:
    """The mask of one form."""
    masked = MASKS[form]

    def left(value: Value) -> Value:
        if value is None:
            return None
        if isinstance(value, tuple):
            parts = tuple(part for each in value if isinstance(part := masked(each), str))
            return parts or None
        return masked(value)

    return left


def _id_number(value: Value) -> Value:
    """370***********1239."""
    text = _compact(value)
    if _NUMBER.fullmatch(text):
        return f"{text[:3]}***********{text[-4:]}"
    return text if _MASKED_NUMBER.fullmatch(text) else None


def _name(value: Value) -> Value:
    """The surname, and a star for the rest: 张*, 欧阳*."""
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        return None
    is_compound = len(text) > 2 and text[:2] in compound_surnames()
    return f"{text[: 2 if is_compound else 1]}*"


def _phone(value: Value) -> Value:
    """138****5678."""
    text = _compact(value)
    found = _PHONE.fullmatch(text)
    if found:
        return f"{found[1][:3]}****{found[1][-4:]}"
    return text if _MASKED_PHONE.fullmatch(text) else None


def _account(value: Value) -> Value:
    """****6789."""
    text = _compact(value)
    if _ACCOUNT.fullmatch(text):
        return f"****{text[-4:]}"
    return text if _MASKED_ACCOUNT.fullmatch(text) else None


def _county(value: Value) -> Value:
    """The county an address begins with, the province and city before it too if they are there.

    Only names of the code set count: 城市花园小区 ends like a district and is a house.
    """
    found = _places().match(value) if isinstance(value, str) else None
    return found[1] if found else None


def _year(value: Value) -> Value:
    """The first of January of the year."""
    return date(value.year, 1, 1) if isinstance(value, date) else None


MASKS: Final[Mapping[MaskForm, Callable[[Value], Value]]] = {
    MaskForm.ID_NUMBER: _id_number,
    MaskForm.NAME: _name,
    MaskForm.PHONE: _phone,
    MaskForm.ACCOUNT: _account,
    MaskForm.COUNTY: _county,
    MaskForm.YEAR: _year,
}
"""One function a form, for single values."""


def _compact(value: Value) -> str:
    """Half width, upper case, without separators; empty for what is no short text."""
    if not isinstance(value, str) or len(value) > _FEW_SIGNS:
        return ""
    if value.isascii() and value.isalnum():
        return value.upper()
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", value)).upper()


@cache
def compound_surnames() -> frozenset[str]:
    """Surnames of two characters."""
    path = resources.files(__package__).joinpath("compound_surnames.txt")
    return frozenset(path.read_text(encoding="utf-8").split())


@cache
def _places() -> re.Pattern[str]:
    """How addresses may begin, down to the county; the longest is tried first."""
    paths = sorted(set(_all_places()), key=lambda path: (-len(path), path))
    return re.compile(rf"\s*({'|'.join(map(re.escape, paths))})")


def _all_places() -> Iterator[str]:
    divisions = code_set("division")
    for code, entry in divisions.items():
        if division_level(code) > COUNTY_LEVEL:
            continue
        yield entry.name_zh
        above = entry.parent
        names = [entry.name_zh]
        while above is not None:
            names.insert(0, divisions[above].name_zh)
            yield "".join(names)
            above = divisions[above].parent
        yield names[0] + names[-1]
