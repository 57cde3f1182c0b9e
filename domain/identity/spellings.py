"""The spellings under which a name may stand in a department's book; few, for one statement."""

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from domain.identity.names import DOT, normalise_name
from domain.identity.units import CITY_PREFIXES, normalise_unit_name

DOTS: Final = "·•‧・.．。"
_WIDE: Final = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
_NARROW_BRACKETS: Final = str.maketrans("（）", "()")
_WIDE_BRACKETS: Final = str.maketrans("()", "（）")


def person_spellings(text: str) -> tuple[str, ...]:
    """A personal name as given, normalised, with each separator dot, and in full width."""
    return _told(text, _of_person(text))


def unit_spellings(text: str) -> tuple[str, ...]:
    """A unit's name as given, in half and full width, and with or without the city's name."""
    return _told(text, _of_unit(text))


def unit_part_spellings(text: str) -> tuple[str, ...]:
    """A part of a unit's name as given, and in half and full width."""
    return _told(text, _in_widths(text))


def _told(text: str, spellings: Iterable[str]) -> tuple[str, ...]:
    """Each once; an empty one only of an empty text, for everything begins with it."""
    return tuple(dict.fromkeys(s for s in spellings if s.strip() or not text.strip()))


def _of_person(text: str) -> Iterator[str]:
    yield text
    yield text.strip()
    normal = normalise_name(text).text
    for dot in DOTS:
        dotted = normal.replace(DOT, dot)
        yield dotted
        yield dotted.translate(_WIDE)


def _of_unit(text: str) -> Iterator[str]:
    yield from _in_widths(text)
    bare = normalise_unit_name(text)
    yield from _in_widths(bare)
    if not text.strip().startswith(CITY_PREFIXES):
        yield from (prefix + bare for prefix in (*CITY_PREFIXES, "".join(CITY_PREFIXES)))


def _in_widths(text: str) -> Iterator[str]:
    yield text
    given = text.strip()
    for name in (given, unicodedata.normalize("NFKC", given)):
        yield name
        yield name.translate(_NARROW_BRACKETS)
        yield name.translate(_WIDE_BRACKETS)
