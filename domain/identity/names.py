"""Personal names: their comparable form, and how alike two are; what is shown is never changed."""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from typing import Final

from opencc import OpenCC
from rapidfuzz.distance import Levenshtein

DOT: Final = "·"
REPLACED: Final = "□"
SHORTEST_TO_BE_SIMILAR: Final = 3
# No name is so long; a stranger's text of nested brackets would cost its length squared.
LONGEST: Final = 200

# Nothing to normalise: most names.
_PLAIN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
_DOTS: Final = re.compile("[·•‧・.。]")
_STAND_INS: Final = re.compile("[?*\u25a1\u25a0\u3013\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")
_PINYIN_IN_BRACKETS: Final = re.compile(r"\([^()\u3400-\u9fff]*[A-Z][^()\u3400-\u9fff]*\)")
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)")
_BRACKETS: Final = str.maketrans("[]{}<>【】〔〕〈〉《》「」", "()()()()()()()()")
_WITHOUT_BRACKETS: Final = str.maketrans("", "", "()")


class NameFinding(StrEnum):
    """What is notable about a stored name."""

    FORMAT = "FORMAT"
    REPLACED_CHARACTER = "REPLACED_CHARACTER"


class NameComparison(StrEnum):
    """How alike two names are."""

    EQUAL = "EQUAL"
    EQUAL_NORMALIZED = "EQUAL_NORMALIZED"
    VARIANT = "VARIANT"
    SIMILAR = "SIMILAR"
    FORMER = "FORMER"
    DIFFERENT = "DIFFERENT"


SAME_NAME: Final = frozenset({NameComparison.EQUAL, NameComparison.EQUAL_NORMALIZED})


@dataclass(frozen=True, slots=True)
class NormalisedName:
    """A name in its comparable form; a character that a system could not store reads □."""

    text: str
    findings: tuple[NameFinding, ...]

    @property
    def is_whole(self) -> bool:
        """Whether no character was replaced, so that the text may be compared for equality."""
        return bool(self.text) and REPLACED not in self.text


def normalise_name(text: str) -> NormalisedName:
    """The comparable form of a name: half width, no spaces, one dot, upper case, no notes."""
    settled = _settle(text)
    findings = []
    if REPLACED in settled:
        findings.append(NameFinding.REPLACED_CHARACTER)
    if settled != text:
        findings.append(NameFinding.FORMAT)
    return NormalisedName(settled, tuple(findings))


def compare_names(
    a: str, b: str, former_a: Sequence[str] = (), former_b: Sequence[str] = ()
) -> NameComparison:
    """How alike two names are, whichever comes first; an empty name is like none."""
    one, other = normalise_name(a), normalise_name(b)
    if not one.text or not other.text:
        return NameComparison.DIFFERENT
    if one.is_whole and one.text == other.text:
        return NameComparison.EQUAL if a == b else NameComparison.EQUAL_NORMALIZED
    read_one, read_other = read_variants(one.text), read_variants(other.text)
    if one.is_whole and read_one == read_other:
        return NameComparison.VARIANT
    if _is_former(one, former_b) or _is_former(other, former_a):
        return NameComparison.FORMER
    if _are_similar(read_one, read_other):
        return NameComparison.SIMILAR
    return NameComparison.DIFFERENT


def read_variants(text: str) -> str:
    """A normalised name with traditional and variant characters read as the usual ones.

    For matching only. Characters that the law keeps apart stay as they are.
    """
    return "".join(_read_character(character) for character in text)


def _settle(text: str) -> str:
    if len(text) > LONGEST or _PLAIN.fullmatch(text):
        return text
    settled = _pass(text)
    # Taking something out may bring together what forms one character: until nothing changes.
    while (again := _pass(settled)) != settled:
        settled = again
    return settled


def _pass(text: str) -> str:
    wide = unicodedata.normalize("NFKC", text).translate(_BRACKETS)
    shown = "".join(c for c in wide if not c.isspace() and unicodedata.category(c) != "Cf")
    plain = _STAND_INS.sub(REPLACED, _DOTS.sub(DOT, shown.upper()))
    return _without_notes(plain)


def _without_notes(text: str) -> str:
    bare = _IN_BRACKETS.sub("", _PINYIN_IN_BRACKETS.sub(REPLACED, text))
    return bare or text.translate(_WITHOUT_BRACKETS)


def _is_former(name: NormalisedName, former: Sequence[str]) -> bool:
    return name.is_whole and any(normalise_name(text).text == name.text for text in former)


def _are_similar(one: str, other: str) -> bool:
    if REPLACED in one or REPLACED in other:
        return _fit_with_one_unknown(one, other)
    if one.replace(DOT, "") == other.replace(DOT, ""):
        return True
    long_enough = min(len(one), len(other)) >= SHORTEST_TO_BE_SIMILAR
    return long_enough and Levenshtein.distance(one, other, score_cutoff=1) <= 1


def _fit_with_one_unknown(one: str, other: str) -> bool:
    if len(one) != len(other) or len(one) == 1:
        return False
    unknown = [REPLACED in pair for pair in zip(one, other, strict=True)]
    return sum(unknown) == 1 and all(
        a == b for a, b, skip in zip(one, other, unknown, strict=True) if not skip
    )


@lru_cache(maxsize=65536)
def _read_character(character: str) -> str:
    # Half a character, from a stranger's JSON: opencc would fail on it.
    if unicodedata.category(character) == "Cs":
        return character
    known = _variants().get(character)
    read = known if known is not None else _simplifier().convert(character)
    # opencc reads 薴 as 苧, and that as 苎.
    return read if read == character else _read_character(read)


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


@cache
def _variants() -> Mapping[str, str]:
    """The reviewed table; it goes before opencc, which leaves 髙 and turns 昇 into 升."""
    text = resources.files(__package__).joinpath("name_variants.csv").read_text(encoding="utf-8")
    return {row["character"]: row["read_as"] for row in csv.DictReader(text.splitlines())}
