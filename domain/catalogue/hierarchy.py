"""Parents and children of a hierarchical code set, and the levels of divisions."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from domain.catalogue.codes import CodeSet, code_set

# From the village up to the province; 370781100 is a township, not the end of a pair.
_SEGMENTS: Final = ((9, 12), (6, 9), (4, 6), (2, 4), (0, 2))


def parent_of(codes: CodeSet, code: str) -> str | None:
    """The code directly above; None at the top and for an unknown code."""
    entry = codes.get(code)
    return entry.parent if entry else None


def is_below(codes: CodeSet, code: str, ancestor: str) -> bool:
    """Whether `code` is a child, grandchild … of `ancestor`."""
    parent = parent_of(codes, code)
    while parent is not None:
        if parent == ancestor:
            return True
        parent = parent_of(codes, parent)
    return False


@cache
def all_above(name: str) -> Mapping[str, frozenset[str]]:
    """Every code above each code of a code set."""
    codes = code_set(name)
    return {code: frozenset(top for top in codes if is_below(codes, code, top)) for code in codes}


def with_all_below(codes: CodeSet, wanted: Iterable[str]) -> frozenset[str]:
    """These codes and every code below one of them."""
    found = frozenset(wanted)
    return found.union(code for code in codes if any(is_below(codes, code, top) for top in found))


def division_stem(code: str) -> str:
    """A division code without its empty ends: what the codes of all its parts begin with."""
    for start, end in _SEGMENTS:
        if start and len(code) == end and not code[start:].strip("0"):
            code = code[:start]
    return code


def division_level(code: str) -> int:
    """The level of a division: province 1, city 2, county 3, township 4, village 5."""
    stem = division_stem(code)
    return max(1, sum(start < len(stem) for start, _ in _SEGMENTS))
