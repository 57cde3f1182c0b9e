"""Who asks in the `+access` jobs: an account and a token, made as an operator makes them."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.fourfold import run_fourfold
from domain.model.access import Scope
from domain.model.departments import Department
from domain.model.keys import DivisionCode
from domain.model.roles import Role
from domain.policy.purposes import HEADER, PurposeKind

DIVISION: Final = "370700"
"""The whole city of the demonstration."""
SCOPE: Final = Scope(divisions=frozenset({DivisionCode(DIVISION)}))
_MINUTES: Final = 480
# More than a benchmark asks for; the counters still count.
_BUDGETS: Final = {
    f"FOURFOLD_GRAPH__BUDGETS__{name}": str(10**12)
    for name in ("COST_PER_MINUTE", "LOOKUPS_PER_DAY", "MISSES")
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose requests ours gets: what the server is told, and the headers of each request."""

    settings: Mapping[str, str]
    headers: Mapping[str, str]


NOBODY: Final = Caller({"FOURFOLD_AUTH__ENABLED": "false"}, {})


@contextmanager
def signed_in(config: Path) -> Iterator[Caller]:
    """A reviewer of the HR bureau for the whole city while the block lasts."""
    login, place = f"bench-{secrets.token_hex(6)}", f"--config={config}"
    rights = [f"--role={Role.HR_REVIEWER}", f"--department={Department.HR}"]
    run_fourfold("account", "add", login, *rights, f"--division={DIVISION}", place)
    try:
        token = run_fourfold("token", f"--user={login}", f"--minutes={_MINUTES}", place).strip()
        headers = {"authorization": f"Bearer {token}", HEADER.lower(): PurposeKind.LOOKUP.value}
        yield Caller({"FOURFOLD_AUTH__ENABLED": "true", **_BUDGETS}, headers)
    finally:
        run_fourfold("account", "disable", login, place)
