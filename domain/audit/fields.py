"""The sensitive indicators that a question asks for: their classes, and what was decided."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from domain.catalogue.indicators import catalogue
from domain.model.access import Access, Decision, RowClass
from domain.model.keys import IndicatorName
from domain.policy.loading import policy
from domain.policy.policy import Level

SENSITIVE: Final = frozenset({Level.PERSONAL, Level.SECRET})
"""The classes whose reading leaves an entry. Source: roles.md section 5."""
_DECIDED: Final[Mapping[Decision, str]] = {
    Decision.ALLOW: "allowed",
    Decision.MASK: "masked",
    Decision.DENY: "denied",
}

Classes = Mapping[str, Mapping[str, Sequence[str]]]
"""Indicators by class and decision, sorted."""


def sensitive(names: Iterable[IndicatorName]) -> frozenset[IndicatorName]:
    """Those whose reading leaves an entry."""
    return frozenset(name for name in names if _level(name) in SENSITIVE)


class Sought(NamedTuple):
    """The sensitive indicators that a question asks for; `listed` are those below a list."""

    shown: frozenset[IndicatorName] = frozenset()
    listed: frozenset[IndicatorName] = frozenset()


def classes(sought: Sought, access: Access, rows: Sequence[RowClass]) -> Classes:
    """Sensitive indicators by class and by every decision that these classes of rows give."""
    found: dict[str, dict[str, set[IndicatorName]]] = {}
    for in_list, names in ((False, sought.shown), (True, sought.listed)):
        for name in names:
            own = found.setdefault(_level(name).value, {})
            for each in rows:
                decision = access.ruling(name, each, in_list=in_list).decision
                own.setdefault(_DECIDED[decision], set()).add(name)
    return {
        level: {decided: sorted(names) for decided, names in own.items()}
        for level, own in found.items()
    }


def is_cut(decided: Classes) -> bool:
    """Whether any of them was masked or denied."""
    return any(by.keys() - {"allowed"} for by in decided.values())


def _level(name: IndicatorName) -> Level:
    return policy().level(catalogue().indicators[name])
