"""Who comes in: reads a request's bearer token, or lets this machine in where access is off."""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Final, Protocol

from starlette.requests import HTTPConnection
from starlette.types import Scope

from auth.tokens.outside import is_loopback
from auth.tokens.verifying import Verifier
from domain.model.errors import ForbiddenError, UnauthenticatedError
from domain.model.principal import Principal
from domain.model.roles import Role

REALM: Final = "fourfold"
_AUTHORIZATION: Final = b"authorization"
_BEARER: Final = b"Bearer "
_NAME: Final = itemgetter(0)
_FORWARDED: Final = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"})

Remembered = tuple[bool, Principal | None]
"""Whether it is known who asks, and who that is: nobody in particular where access is off."""
UNKNOWN: Final = (False, None)
ANYBODY: Final = (True, None)


class Gate(Protocol):
    """The door of the graph and of the operators' pages."""

    async def caller(self, connection: HTTPConnection) -> Principal | None:
        """Who asks; None only where access control is off. Raises UnauthenticatedError."""

    def remembered(self, scope: Scope, heads: Mapping[bytes, bytes]) -> Remembered:
        """Who asks, where that is known without asking anybody; else `caller` tells.

        `heads` are the headers of the request by name.
        """

    async def recheck(self, connection: HTTPConnection) -> Principal | None:
        """Who stays connected, looked up anew; being connected is no use of a session.

        Raises UnauthenticatedError.
        """

    async def check_operator(self, connection: HTTPConnection) -> None:
        """Lets system administrators and this machine in.

        Raises UnauthenticatedError or ForbiddenError.
        """


class BearerGate:
    """Every caller shows a token."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    async def caller(self, connection: HTTPConnection) -> Principal:
        """Who stands behind the token of the Authorization header; tokens in URLs do not count."""
        return await self._verifier.principal(_token_of(connection))

    def remembered(self, scope: Scope, heads: Mapping[bytes, bytes]) -> Remembered:
        """Whose token was verified a moment ago; a header that is there twice is looked at."""
        given = heads.get(_AUTHORIZATION)
        if given is None or given[:7] != _BEARER or len(heads) != len(scope["headers"]):
            return UNKNOWN
        found = self._verifier.remembered(given[7:].strip())
        return UNKNOWN if found is None else (True, found)

    async def recheck(self, connection: HTTPConnection) -> Principal:
        """The same, past what is remembered of the token."""
        return await self._verifier.recheck(_token_of(connection))

    async def check_operator(self, connection: HTTPConnection) -> None:
        """Lets system administrators and this machine in."""
        if is_this_machine(connection):
            return
        caller = await self.caller(connection)
        if Role.SYS_ADMIN not in caller.roles:
            raise ForbiddenError("仅限系统管理员 (system administrators only)")


class LoopbackGate:
    """Access control is off: everybody on this machine, and nobody else, comes in."""

    async def caller(self, connection: HTTPConnection) -> None:
        """Nobody in particular."""
        if not is_this_machine(connection):
            raise UnauthenticatedError("access control is off: this machine only", error="")

    def remembered(self, scope: Scope, heads: Mapping[bytes, bytes]) -> Remembered:
        """Nobody in particular, where it is this machine."""
        client = scope.get("client")
        is_near = client is not None and is_loopback(client[0]) and _FORWARDED.isdisjoint(heads)
        return ANYBODY if is_near else UNKNOWN

    async def recheck(self, connection: HTTPConnection) -> None:
        """Nobody can have signed out."""

    async def check_operator(self, connection: HTTPConnection) -> None:
        """The same."""
        await self.caller(connection)


def _token_of(connection: HTTPConnection) -> str:
    headers: Iterable[tuple[bytes, bytes]] = connection.scope["headers"]
    given = [value for name, value in headers if name == _AUTHORIZATION]
    if not given:
        raise UnauthenticatedError("a token is needed", error="")
    scheme, _, token = given[0].decode("latin-1").partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer" or not token.isascii():
        raise UnauthenticatedError("give one bearer token", error="invalid_request")
    return token.strip()


def is_this_machine(connection: HTTPConnection) -> bool:
    """Whether the caller is on this machine; one who comes through a proxy is not."""
    client = connection.scope.get("client")
    is_near = client is not None and is_loopback(client[0])
    return is_near and _FORWARDED.isdisjoint(map(_NAME, connection.scope["headers"]))


def challenge(error: UnauthenticatedError) -> Mapping[str, str]:
    """The header of RFC 6750 that goes with 401."""
    parts = [f'Bearer realm="{REALM}"']
    if error.error:
        parts += [f'error="{error.error}"', f'error_description="{error.reason}"']
    return {"WWW-Authenticate": ", ".join(parts)}
