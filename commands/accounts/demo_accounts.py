"""The demo's accounts: one for each role, all with one password that is made anew each time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from auth.accounts.managing import NewAccount, new_password
from commands.accounts.opening import CONSOLE, open_desk
from commands.accounts.token_command import LONGEST, operator_token
from domain.model.departments import Department
from domain.model.keys import DivisionCode, UnitCode
from domain.model.principal import Acr
from domain.model.roles import ADMINISTRATORS, REVIEWERS, Rights, Role

CITY: Final = DivisionCode("370700")
ASKS: Final = "hr.reviewer"
"""Whose token the demo's own lookup carries."""
_OF_UNITS: Final = (Role.UNIT_CLERK, Role.COMPETENT_DEPT)
_LOGINS: Final[Mapping[Role, str]] = {
    Role.UNIT_CLERK: "unit.clerk",
    Role.COMPETENT_DEPT: "competent.dept",
    Role.ORG_REVIEWER: "org.reviewer",
    Role.EST_REVIEWER: "est.reviewer",
    Role.FIN_REVIEWER: "fin.reviewer",
    Role.HR_REVIEWER: ASKS,
    Role.DATA_STEWARD: "data.steward",
    Role.LEADER_READONLY: "leader",
    Role.INSPECTOR: "inspector",
    Role.AUDIT_ADMIN: "audit.admin",
    Role.SYS_ADMIN: "sys.admin",
    Role.SEC_ADMIN: "sec.admin",
    Role.SERVICE: "service",
}


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    """What the demo prints; the token is that of `ASKS`."""

    logins: Sequence[tuple[str, Role]]
    password: str
    token: str


async def make_demo_accounts(config: Path) -> DemoAccounts:
    """One account for each role in a new demo city."""
    password, unit = new_password(), _a_unit(config.parent / "truth.json")
    async with open_desk(config) as desk:
        for role, login in _LOGINS.items():
            wanted = NewAccount(login, login, _rights(role, unit), password)
            await desk.access.accounts.add(wanted, CONSOLE)
        token = await operator_token(desk, ASKS, timedelta(minutes=LONGEST), Acr.PASSWORD)
    return DemoAccounts([(login, role) for role, login in _LOGINS.items()], password, token)


def _rights(role: Role, unit: UnitCode) -> Rights:
    roles = frozenset({role})
    if role in _OF_UNITS:
        return Rights(roles, units=(unit,))
    if role in ADMINISTRATORS or role is Role.SERVICE:
        return Rights(roles)
    of_steward = Department.HR if role is Role.DATA_STEWARD else None
    return Rights(roles, REVIEWERS.get(role, of_steward), (CITY,))


def _a_unit(truth: Path) -> UnitCode:
    """A unit that all four departments surely know; as docs/demo.md describes truth.json."""
    for unit in json.loads(truth.read_text(encoding="utf-8"))["units"]:
        if unit["linkable"] and len(unit["keys"]) == len(Department) and not unit["kinds"]:
            return UnitCode(unit["unit"])
    raise LookupError("no unit of the city is known to all four departments")
