"""Who asks, as far as bounds and budgets care: one subject, and the roles it has."""

from dataclasses import dataclass
from functools import lru_cache

from starlette.requests import HTTPConnection

from domain.model.access import Permission
from domain.model.principal import Principal
from domain.model.roles import Role
from domain.policy.compiling import holds
from domain.policy.loading import policy


@dataclass(frozen=True, slots=True)
class Caller:
    """`subject` names one account or, without sign-in, one address; no roles: access is off.

    Some callers may ask `trusted_only` documents, by contract.
    """

    subject: str
    roles: frozenset[str] | None
    trusted_only: bool = False


def caller_of(connection: HTTPConnection, principal: Principal | None) -> Caller:
    """The caller of a request, or of a connection that stays."""
    if principal is not None:
        return Caller(f"account:{principal.sub}", *_standing(principal.roles))
    return Caller(f"address:{address_of(connection)}", None)


@lru_cache(1024)
def _standing(roles: frozenset[Role]) -> tuple[frozenset[str], bool]:
    """The names of roles, and whether who holds them has no documents of its own."""
    return frozenset(map(str, roles)), not holds(policy(), roles, Permission.OWN_DOCUMENTS)


def address_of(connection: HTTPConnection) -> str:
    """Where a request or connection comes from; empty where the server does not say."""
    client = connection.scope.get("client")
    return str(client[0]) if client else ""
