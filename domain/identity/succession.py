"""Which unit of today stands for a code of the past; pure. Source: docs/identity.md, succession."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from domain.model.succession import SuccessionRow

_ENDINGS: Final = frozenset({"1", "5"})
"""Set up and abolished: nobody takes over, whatever else the row names."""


def heirs_of(rows: Iterable[SuccessionRow], today: date) -> Mapping[str, str]:
    """The code of today for each code that went over to exactly one other, chains followed.

    A code that lives on beside its heirs, goes over to several, or is part of a circle has none.
    """
    into: dict[str, set[str]] = {}
    for row in rows:
        if row.kind not in _ENDINGS and (row.on is None or row.on <= today):
            into.setdefault(row.predecessor, set()).add(row.successor)
    only = {old: next(iter(new)) for old, new in into.items() if len(new) == 1 and old not in new}
    last = {old: _last(old, only) for old in only}
    return {old: heir for old, heir in last.items() if heir is not None}


def _last(code: str, only: Mapping[str, str]) -> str | None:
    """The end of the chain; None where it runs in a circle."""
    seen = {code}
    while code in only:
        code = only[code]
        if code in seen:
            return None
        seen.add(code)
    return code
