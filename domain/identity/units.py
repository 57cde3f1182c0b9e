"""Units: the comparable form of their names, and the unified social credit code; GB 32100-2015."""

import unicodedata
from collections.abc import Callable
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
LENGTH: Final = 18
CITY_PREFIXES: Final = ("山东省", "潍坊市")

_BRACKETS: Final = str.maketrans("", "", "()[]{}<>【】〔〕〈〉《》「」")


def normalise_unit_name(text: str, prefixes: tuple[str, ...] = CITY_PREFIXES) -> str:
    """The comparable form of a unit's name: no spaces, brackets or leading names of the city.

    What stands in brackets stays: a campus is not its school.
    """
    return _settled(text, lambda name: _without_prefixes(_bare(name), prefixes))


def normalise_uscc(text: str) -> str:
    """A credit code (统一社会信用代码) in half width and upper case, without spaces and hyphens."""
    return _settled(text, lambda code: _half_width(code).replace("-", "").upper())


def uscc_is_valid(text: str) -> bool:
    """Whether these 18 characters are a credit code with the right check character.

    Our own, not stdnum's: that refuses the rural collectives, whose codes begin with N.
    """
    if len(text) != LENGTH or any(character not in ALPHABET for character in text):
        return False
    if not text[2:8].isdigit():
        return False
    return check_character(text[:17]) == text[17]


def check_character(first_seventeen: str) -> str:
    """The 18th character that belongs to the first 17 of a credit code."""
    pairs = zip(first_seventeen, WEIGHTS, strict=True)
    total = sum(ALPHABET.index(character) * weight for character, weight in pairs)
    return ALPHABET[(31 - total % 31) % 31]


def _settled(text: str, once: Callable[[str], str]) -> str:
    # Taking something out may bring together what forms one character: until nothing changes.
    while (again := once(text)) != text:
        text = again
    return text


def _bare(text: str) -> str:
    return _half_width(text).translate(_BRACKETS)


def _without_prefixes(name: str, prefixes: tuple[str, ...]) -> str:
    for prefix in prefixes:
        # A unit called exactly like its city keeps the name.
        if name != prefix:
            name = name.removeprefix(prefix)
    return name


def _half_width(text: str) -> str:
    wide = unicodedata.normalize("NFKC", text)
    return "".join(c for c in wide if not c.isspace() and unicodedata.category(c) != "Cf")
