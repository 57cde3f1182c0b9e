"""Who asks, as far as bounds and budgets care: one subject, and the roles it has."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import Scope

from domain.model.access import Permission
from domain.model.principal import Principal
from domain.model.roles import Role
from domain.policy.compiling import holds
from domain.policy.loading import policy
from resolvers.context import Asker

_MOST_KEPT: Final = 1024
_MOST_PURPOSES: Final = 16


@dataclass(frozen=True, slots=True)
class Caller:
    """`subject` names one account or, without sign-in, one address; no roles: access is off.

    Some callers may ask `trusted_only` documents, by contract.
    """

    subject: str
    roles: frozenset[str] | None
    trusted_only: bool = False


class Known:
    """What follows from one sign-in, or address without any: worked out once."""

    __slots__ = ("askers", "caller", "principal")

    def __init__(self, principal: Principal | None, address: str) -> None:
        self.principal = principal
        self.caller = _caller(principal, address)
        self.askers: dict[bytes | None, Asker] = {}

    def keep(self, purpose: bytes | None, asker: Asker) -> None:
        """Remembers who asks for a purpose, by the header that states it."""
        if len(self.askers) >= _MOST_PURPOSES:
            self.askers.clear()
        self.askers[purpose] = asker


class Callers:
    """The last callers; a sign-in that is looked up anew makes another one."""

    def __init__(self) -> None:
        self._kept: dict[int | str, Known] = {}

    def known(self, principal: Principal | None, address: str) -> Known:
        """What is known of a caller."""
        key = address if principal is None else id(principal)
        found = self._kept.get(key)
        # The id is that of the same principal as long as it is kept here.
        if found is None or found.principal is not principal:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = Known(principal, address)
        return found


def caller_of(connection: HTTPConnection, principal: Principal | None) -> Caller:
    """The caller of a request, or of a connection that stays."""
    return _caller(principal, address_of(connection))


def _caller(principal: Principal | None, address: str) -> Caller:
    if principal is not None:
        return Caller(f"account:{principal.sub}", *_standing(principal.roles))
    return Caller(f"address:{address}", None)


@lru_cache(1024)
def _standing(roles: frozenset[Role]) -> tuple[frozenset[str], bool]:
    """The names of roles, and whether who holds them has no documents of its own."""
    return frozenset(map(str, roles)), not holds(policy(), roles, Permission.OWN_DOCUMENTS)


def address_of(connection: HTTPConnection) -> str:
    """Where a request or connection comes from; empty where the server does not say."""
    return address_in(connection.scope)


def address_in(scope: Scope) -> str:
    """The same out of the scope."""
    client = scope.get("client")
    return str(client[0]) if client else ""
