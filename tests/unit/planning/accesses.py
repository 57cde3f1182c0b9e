"""Random accesses, and requests that carry one."""

from dataclasses import dataclass
from random import Random

from domain.catalogue.indicators import catalogue
from domain.model.access import (
    ALLOWED,
    EVERYTHING,
    REFUSED,
    Access,
    Decision,
    Permission,
    Reason,
    RowClass,
    Ruling,
)
from domain.model.departments import Department
from domain.model.keys import IndicatorName
from domain.model.principal import Acr
from domain.model.roles import Role
from domain.policy.compiling import Caller, compile_access
from domain.policy.loading import policy
from domain.policy.purposes import PurposeKind
from resolvers.context import RequestContext
from tests.unit.planning.both import Asking

INDICATORS = tuple(catalogue().indicators)


@dataclass(frozen=True, slots=True)
class Seeing:
    """A city as somebody sees it."""

    city: Asking
    access: Access

    def context(self) -> RequestContext:
        found = self.city.context()
        found.access = self.access
        return found


def an_access(source: Random) -> Access:
    """Rulings at random, or those of some caller."""
    if source.random() < 0.4:
        return a_compiled(source)
    denied = source.choice((0.05, 0.3, 0.9))
    masked = source.choice((0.05, 0.3))
    rulings = {name: _ruling(source, name, denied, masked) for name in INDICATORS}
    return Access(
        digest=f"{source.random()}",
        rulings={RowClass.HOME: rulings},
        unlisted=frozenset(name for name in INDICATORS if source.random() < 0.2),
        scope=EVERYTHING,
        permissions=frozenset(p for p in Permission if source.random() < 0.8),
    )


def a_compiled(source: Random) -> Access:
    """What the policy says of one role."""
    purposes = [None, *PurposeKind]
    return compile_access(
        Caller(
            frozenset({source.choice(list(Role))}),
            source.choice([None, *Department]),
            source.choice(purposes),
            source.choice(list(Acr)),
        )
    )


def _ruling(source: Random, name: IndicatorName, denied: float, masked: float) -> Ruling:
    chance = source.random()
    if chance < denied:
        return source.choice((REFUSED, Ruling(Decision.DENY, Reason.PURPOSE)))
    if chance < denied + masked:
        form = policy().masks.get(name)
        return Ruling(Decision.MASK, Reason.MASKED, form)
    return ALLOWED
