"""Compiles the policy for one kind of caller: a ruling for each indicator and class of rows."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

from domain.catalogue.indicators import catalogue
from domain.model.access import (
    ALLOWED,
    Access,
    Decision,
    Permission,
    Reason,
    RowClass,
    Ruling,
    Rulings,
)
from domain.model.departments import Department
from domain.model.keys import IndicatorName
from domain.model.principal import Acr
from domain.model.roles import REVIEWERS, Role
from domain.policy.loading import policy
from domain.policy.policy import ASKS_FOR_PURPOSE, Grant, Kind, Level, Policy
from domain.policy.purposes import PurposeKind

KEPT: Final = 1024
_GENEROSITY: Final = (Decision.DENY, Decision.MASK, Decision.ALLOW)


class Caller(NamedTuple):
    """All that rulings depend on; scopes, case numbers and names do not."""

    roles: frozenset[Role]
    department: Department | None
    purpose: PurposeKind | None
    acr: Acr


@lru_cache(KEPT)
def compile_access(caller: Caller) -> Access:
    """What callers of this kind may see, without their scope."""
    return compile_with(policy(), caller)


def compile_with(rules: Policy, caller: Caller) -> Access:
    """The same under another policy."""
    rulings = {rows: _rulings(rules, caller, rows) for rows in RowClass}
    unlisted = frozenset(
        i.name for i in catalogue().indicators.values() if rules.level(i) is Level.SECRET
    )
    permissions = frozenset(p for p in Permission if holds(rules, caller.roles, p))
    parts = [rules.digest, *sorted(permissions), *sorted(unlisted), *_texts(rulings.values())]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return Access(digest, rulings, unlisted, permissions=permissions)


def may_state(rules: Policy, roles: Iterable[Role], purpose: PurposeKind) -> bool:
    """Whether any of the roles may ask for this purpose."""
    return any(purpose in rules.purposes[role] for role in roles)


def holds(rules: Policy, roles: Iterable[Role], permission: Permission) -> bool:
    """Whether any of the roles has a permission."""
    return any(role in rules.permissions[permission] for role in roles)


def _texts(rulings: Iterable[Rulings]) -> Iterator[str]:
    for each in rulings:
        yield from (f"{name} {r.decision} {r.reason} {r.form}" for name, r in each.items())


def _rulings(rules: Policy, caller: Caller, rows: RowClass) -> Rulings:
    known: dict[Kind, Ruling] = {}
    found: dict[IndicatorName, Ruling] = {}
    for name, indicator in catalogue().indicators.items():
        kind = rules.kind(indicator)
        if kind not in known:
            known[kind] = _ruling(rules, caller, rows, kind)
        form = rules.masks.get(name) if known[kind].decision is Decision.MASK else None
        found[name] = replace(known[kind], form=form) if form else known[kind]
    return found


def _ruling(rules: Policy, caller: Caller, rows: RowClass, kind: Kind) -> Ruling:
    """The most generous grant of any role counts."""
    able = list(_able(rules, caller, rows, kind))
    shown = (grant.show for role, grant in able if _is_met(rules, caller, role, grant))
    decision = max(shown, key=_GENEROSITY.index, default=Decision.DENY)
    if decision is Decision.ALLOW:
        return ALLOWED
    is_asked = caller.purpose is None and kind.level in ASKS_FOR_PURPOSE
    if is_asked and any(grant.show is not Decision.DENY for _, grant in able):
        return Ruling(decision, Reason.PURPOSE)
    return Ruling(decision, Reason.MASKED if decision is Decision.MASK else Reason.DENIED)


def _able(
    rules: Policy, caller: Caller, rows: RowClass, kind: Kind
) -> Iterator[tuple[Role, Grant]]:
    """The grants of each role that are about this, whatever the purpose and the sign-in."""
    for role in sorted(caller.roles):
        department = REVIEWERS.get(role, caller.department)
        for grant in rules.grants:
            is_about = role in grant.roles and rows in grant.rows
            if is_about and grant.concerns(kind, department):
                yield role, grant


def _is_met(rules: Policy, caller: Caller, role: Role, grant: Grant) -> bool:
    """A role that may not state the purpose counts as if none was stated."""
    stated = caller.purpose if caller.purpose in rules.purposes[role] else None
    is_purpose = grant.purposes is None or stated in grant.purposes
    return is_purpose and (grant.acr is None or grant.acr is caller.acr)
