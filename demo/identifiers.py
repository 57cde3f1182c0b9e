"""Synthetic identity numbers and credit codes with right check characters (identity.md 2, 4)."""

from datetime import date, timedelta
from typing import Final

CITY: Final = "370700"
PREFIXES: Final = (
    "370702", "370703", "370704", "370705", "370724", "370725", "370781",
    "370782", "370783", "370784", "370785", "370786",
)  # fmt: skip
SLOTS: Final = len(PREFIXES) * 50
DAYS: Final = 365
PERIOD: Final = SLOTS * DAYS
_STRIDE: Final = 99_991  # prime to PERIOD: neighbours in a unit get numbers far apart
_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS: Final = "10X98765432"
_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORG_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


def id_check(first17: str) -> str:
    """The check character of GB 11643 for the first 17 digits."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[total % 11]


def is_valid_id(number: str) -> bool:
    """Whether an 18-character number has the right check character."""
    return len(number) == 18 and number[:17].isdigit() and id_check(number[:17]) == number[17]


def birth_day(person: int, year: int, blocks: int) -> date:
    """The birthday of a person: with `id_number` it makes a number no other person of the city has.

    Within PERIOD persons (day of year, prefix, sequence) never repeats; each further block of
    persons keeps to years of its own.
    """
    block, place = divmod(person, PERIOD)
    own_year = year - (year - block) % blocks
    day = place * _STRIDE % PERIOD // SLOTS
    return date(own_year, 1, 1) + timedelta(days=day)


def id_number(person: int, born: date, *, male: bool) -> str:
    """The person's synthetic number: a Weifang prefix, sequence 900..999, odd for men."""
    slot = person % PERIOD * _STRIDE % PERIOD % SLOTS
    prefix, pair = divmod(slot, 50)
    first17 = f"{PREFIXES[prefix]}{born:%Y%m%d}{900 + 2 * pair + (1 if male else 0)}"
    return first17 + id_check(first17)


def fifteen_digits(number: str) -> str:
    """The old form of a number of somebody born in 19xx."""
    return number[:6] + number[8:17]


def _organisation_code(serial: int) -> str:
    digits = f"{serial:08d}"
    total = sum(int(d) * w for d, w in zip(digits, _ORG_WEIGHTS, strict=True))
    check = 11 - total % 11
    return digits + {10: "X", 11: "0"}.get(check, str(check))


def uscc(serial: int, division: str, *, public_body: bool) -> str:
    """A unified social credit code with both check characters."""
    first17 = f"1{'1' if public_body else '2'}{division[:6]}{_organisation_code(serial)}"
    values = (_USCC_ALPHABET.index(c) for c in first17)
    total = sum(value * weight for value, weight in zip(values, _USCC_WEIGHTS, strict=True))
    return first17 + _USCC_ALPHABET[(31 - total % 31) % 31]
