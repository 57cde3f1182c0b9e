"""Who asks, as far as bounds and budgets care: one subject, and the roles it has."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from domain.model.principal import Principal


@dataclass(frozen=True, slots=True)
class Caller:
    """`subject` names one account or, without sign-in, one address; no roles: access is off."""

    subject: str
    roles: frozenset[str] | None


def caller_of(connection: HTTPConnection, principal: Principal | None) -> Caller:
    """The caller of a request, or of a connection that stays."""
    if principal is not None:
        return Caller(f"account:{principal.sub}", frozenset(map(str, principal.roles)))
    return Caller(f"address:{connection.client.host if connection.client else ''}", None)
