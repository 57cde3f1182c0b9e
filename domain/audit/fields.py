"""The sensitive indicators that a question asks for: their classes, and what was decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from domain.catalogue.indicators import catalogue
from domain.model.access import Access, Decision, RowClass
from domain.model.keys import IndicatorName
from domain.policy.loading import policy
from domain.policy.policy import Level

SENSITIVE: Final = frozenset({Level.PERSONAL, Level.SECRET})
"""The classes whose reading leaves an entry. Source: roles.md section 5."""
_KEPT: Final = 256
_DECIDED: Final[Mapping[Decision, str]] = {
    Decision.ALLOW: "allowed",
    Decision.MASK: "masked",
    Decision.DENY: "denied",
}

Classes = Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]
"""Indicators by class of rows, level and decision, sorted."""


def sensitive(names: Iterable[IndicatorName]) -> frozenset[IndicatorName]:
    """Those whose reading leaves an entry."""
    return frozenset(name for name in names if _level(name) in SENSITIVE)


class Sought(NamedTuple):
    """The sensitive indicators that a question asks for; `listed` are those below a list."""

    shown: frozenset[IndicatorName] = frozenset()
    listed: frozenset[IndicatorName] = frozenset()


def classes(sought: Sought, access: Access, rows: Iterable[RowClass]) -> Classes:
    """What was decided on the sensitive indicators, for each class of rows that was shown."""
    return _classes(_Rules(access.digest, access), sought, frozenset(rows))


@dataclass(frozen=True, slots=True)
class _Rules:
    """Rulings by their digest, which names all of them."""

    digest: str
    access: Access = field(compare=False)


@lru_cache(_KEPT)
def _classes(rules: _Rules, sought: Sought, rows: frozenset[RowClass]) -> Classes:
    decided = {each.value: _decided(sought, rules.access, each) for each in rows}
    return {rows: decided[rows] for rows in sorted(decided) if decided[rows]}


def _decided(
    sought: Sought, access: Access, rows: RowClass
) -> Mapping[str, Mapping[str, Sequence[str]]]:
    found: dict[str, dict[str, set[IndicatorName]]] = {}
    for in_list, names in ((False, sought.shown), (True, sought.listed)):
        for name in names:
            decision = access.ruling(name, rows, in_list=in_list).decision
            own = found.setdefault(_level(name).value, {})
            own.setdefault(_DECIDED[decision], set()).add(name)
    return {
        level: {decision: sorted(names) for decision, names in own.items()}
        for level, own in found.items()
    }


def is_cut(decided: Classes) -> bool:
    """Whether any of them was masked or denied."""
    return any(by.keys() - {"allowed"} for own in decided.values() for by in own.values())


def _level(name: IndicatorName) -> Level:
    return policy().level(catalogue().indicators[name])
