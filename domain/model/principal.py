"""Who asks: the caller of one request, as the sign-in established it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.model.roles import Rights, Role


class Acr(StrEnum):
    """How surely somebody signed in: by password, or by password and a second factor."""

    PASSWORD = "pwd"  # noqa: S105 - the name of a method
    MFA = "mfa"


@dataclass(frozen=True, slots=True)
class Principal:
    """One signed-in caller; `sub` is the account, `sid` its session, `client` the program used."""

    sub: str
    sid: str
    client: str
    name: str
    rights: Rights
    acr: Acr
    expires_at: datetime

    @property
    def roles(self) -> frozenset[Role]:
        """What the caller may do."""
        return self.rights.roles
