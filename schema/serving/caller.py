"""Who asks, as far as bounds and budgets care: one subject, and the roles it has."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from domain.model.access import Permission
from domain.model.principal import Principal
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
        roles = frozenset(map(str, principal.roles))
        trusted_only = not holds(policy(), principal.roles, Permission.OWN_DOCUMENTS)
        return Caller(f"account:{principal.sub}", roles, trusted_only)
    return Caller(f"address:{address_of(connection)}", None)


def address_of(connection: HTTPConnection) -> str:
    """Where a request or connection comes from; empty where the server does not say."""
    client = connection.scope.get("client")
    return str(client[0]) if client else ""
