"""Citizen ID numbers (公民身份号码): normalising, judging and spelling them; GB 11643-1999."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final

from stdnum import numdb

LONG: Final = 18
SHORT: Final = 15
MALE: Final = "1"
FEMALE: Final = "2"
# First two digits of GB/T 2260; 83 is on permits of Taiwan residents, 91 stands for abroad.
_REGIONS: Final = {"1": 5, "2": 3, "3": 7, "4": 6, "5": 4, "6": 5, "7": 1, "8": 3, "9": 1}
_FIFTY: Final = frozenset({"50"})
PROVINCES: Final = _FIFTY | {f"{r}{i}" for r, n in _REGIONS.items() for i in range(1, n + 1)}
CHECKED_PROVINCE: Final = "37"
# In 15 digits these sequences marked persons over 100 years old, born 18xx.
CENTENARIANS: Final = frozenset({"996", "997", "998", "999"})

_HYPHENS: Final = re.compile(r"[-\u2010-\u2015\u2212]")
_ASCII_UPPER: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LONG_FORM: Final = re.compile(r"[0-9]{17}[0-9X]")
_SHORT_FORM: Final = re.compile(r"[0-9]{15}")


class NumberResult(StrEnum):
    """Whether a number can be a citizen's; UNDECIDED where the old form allows two readings."""

    VALID = "valid"
    INVALID = "invalid"
    UNDECIDED = "undecided"


class NumberFinding(StrEnum):
    """What is wrong or notable about a number, from worst."""

    CHECKSUM = "CHECKSUM"
    LENGTH = "LENGTH"
    DATE = "DATE"
    DIVISION = "DIVISION"
    GENDER_MISMATCH = "GENDER_MISMATCH"
    BIRTH_MISMATCH = "BIRTH_MISMATCH"
    FORMAT = "FORMAT"


@dataclass(frozen=True, slots=True)
class NormalisedIdNumber:
    """A number in its one comparable spelling; `findings` from worst."""

    text: str
    result: NumberResult
    findings: tuple[NumberFinding, ...]

    @property
    def is_valid(self) -> bool:
        """Whether this number may identify a person."""
        return self.result is NumberResult.VALID


def normalise_id_number(text: str) -> NormalisedIdNumber:
    """The comparable spelling of a stored number, and whether it can be one.

    A valid 15-digit number becomes its 18 digits; a wrong character is reported, never replaced.
    """
    cleaned = _clean(text)
    if len(cleaned) == SHORT:
        return _judge_short(cleaned)
    faults = _faults_of_long(cleaned)
    notices: tuple[NumberFinding, ...] = (NumberFinding.FORMAT,) if cleaned != text else ()
    if faults:
        return NormalisedIdNumber(cleaned, NumberResult.INVALID, faults + notices)
    if not _is_known_division(cleaned[:6]):
        notices = (NumberFinding.DIVISION, *notices)
    return NormalisedIdNumber(cleaned, NumberResult.VALID, notices)


def spellings(number: str) -> tuple[str, ...]:
    """The stored spellings to look for in one statement: with X, with x, and the 15 old digits.

    The old form only of a valid number born 19xx, for it does not carry the check digit.
    """
    normal = normalise_id_number(number)
    found = [normal.text]
    if normal.text.endswith("X"):
        found.append(normal.text[:-1] + "x")
    if normal.is_valid and normal.text[6:8] == "19" and normal.text[14:17] not in CENTENARIANS:
        found.append(normal.text[:6] + normal.text[8:17])
    return tuple(found)


def is_searchable(text: str) -> bool:
    """Whether a live lookup by this number makes sense: 15 or 18 characters once normalised."""
    return len(_clean(text)) in (SHORT, LONG)


def are_close(one: str, other: str) -> bool:
    """Whether two texts differ in one character at most, or in two that changed places."""
    if len(one) != len(other):
        return False
    apart = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return len(apart) < 2 or (len(apart) == 2 and apart[0] == apart[1][::-1])


def birth_date_of(number: str) -> date | None:
    """The birth date in 18 digits; None where the text is no such number or the date cannot be."""
    if not _LONG_FORM.fullmatch(number):
        return None
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def gender_of(number: str) -> str | None:
    """The code of the code set `gender` in 18 digits: an odd sequence is male."""
    if not _LONG_FORM.fullmatch(number):
        return None
    return MALE if int(number[16]) % 2 else FEMALE


def contradictions(
    number: str, *, gender: str | None, birth_date: date | None
) -> tuple[NumberFinding, ...]:
    """Where the recorded gender or birth date differs from 18 digits; blanks differ from nothing.

    A birth date is a notice, not an error: for cadres the personnel file is final.
    """
    found = []
    if gender in (MALE, FEMALE) and gender_of(number) not in (None, gender):
        found.append(NumberFinding.GENDER_MISMATCH)
    if birth_date is not None and birth_date_of(number) not in (None, birth_date):
        found.append(NumberFinding.BIRTH_MISMATCH)
    return tuple(found)


def check_character(first_seventeen: str) -> str:
    """The 18th character that belongs to 17 digits."""
    # The weights are the powers of 2 modulo 11, as are those of 13: one number in base 13.
    value = (1 - 2 * int(first_seventeen, 13)) % 11
    return "X" if value == 10 else str(value)


def _clean(text: str) -> str:
    if text.isascii() and text.isalnum():
        return text.upper()
    cleaned = _pass(text)
    # Taking a space out may bring together what forms one character: until nothing changes.
    while (again := _pass(cleaned)) != cleaned:
        cleaned = again
    return cleaned


def _pass(text: str) -> str:
    half_width = unicodedata.normalize("NFKC", text)
    kept = (c for c in half_width if not c.isspace() and unicodedata.category(c) != "Cf")
    return _HYPHENS.sub("", "".join(kept)).translate(_ASCII_UPPER)


def _judge_short(cleaned: str) -> NormalisedIdNumber:
    findings: tuple[NumberFinding, ...] = (NumberFinding.FORMAT,)
    if not _SHORT_FORM.fullmatch(cleaned):
        return NormalisedIdNumber(cleaned, NumberResult.INVALID, findings)
    if cleaned[12:] in CENTENARIANS:
        return NormalisedIdNumber(cleaned, NumberResult.UNDECIDED, findings)
    seventeen = f"{cleaned[:6]}19{cleaned[6:]}"
    long_form = seventeen + check_character(seventeen)
    faults = _faults_of_long(long_form)
    if faults:
        return NormalisedIdNumber(cleaned, NumberResult.INVALID, faults + findings)
    if not _is_known_division(cleaned[:6]):
        findings = (NumberFinding.DIVISION, *findings)
    return NormalisedIdNumber(long_form, NumberResult.VALID, findings)


def _faults_of_long(text: str) -> tuple[NumberFinding, ...]:
    if len(text) != LONG:
        return (NumberFinding.LENGTH,)
    # A × or a Cyrillic Х in the 18th place ends here too: it is no check character.
    if not _LONG_FORM.fullmatch(text):
        return (NumberFinding.CHECKSUM,)
    faults = []
    if check_character(text[:17]) != text[17]:
        faults.append(NumberFinding.CHECKSUM)
    if birth_date_of(text) is None:
        faults.append(NumberFinding.DATE)
    if text[:2] not in PROVINCES:
        faults.append(NumberFinding.DIVISION)
    return tuple(faults)


@lru_cache(maxsize=4096)
def _is_known_division(code: str) -> bool:
    """Whether the list knows these six digits, abolished divisions included; asked of 37 only.

    The published lists have gaps, so an unknown code is a notice and never makes a number invalid.
    """
    if not code.startswith(CHECKED_PROVINCE):
        return True
    parts = numdb.get("cn/loc").info(code)
    return any("county" in properties for _, properties in parts)
