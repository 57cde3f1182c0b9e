"""Parents and children of a hierarchical code set, and the levels of divisions."""

from domain.catalogue.codes import CodeSet


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


def division_level(code: str) -> int:
    """The level of a division code by its length without trailing 00 pairs: province 1, city 2, county 3, township 4."""
    if len(code) > 6:
        return 4
    digits = code
    while len(digits) > 2 and digits.endswith("00"):
        digits = digits[:-2]
    return max(1, (len(digits) + 1) // 2)
