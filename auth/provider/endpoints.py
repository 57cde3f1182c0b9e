"""Introspection, revocation and userinfo."""

from dataclasses import dataclass
from typing import Any

import orjson
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from starlette.requests import Request
from starlette.responses import Response

from auth.gate import BearerGate, challenge
from auth.provider.core import Provider, digest, wait_for
from auth.provider.grants import AUTH_METHODS
from auth.provider.models import ClientModel, RefreshModel
from auth.provider.server import NO_STORE, FormRequest
from auth.tokens.jose import Claims, checked, peek
from auth.tokens.minting import ACCESS_LIFETIME
from domain.model.errors import UnauthenticatedError


@dataclass(frozen=True, slots=True)
class AccessModel:
    """An access token that holds now."""

    claims: Claims

    def check_client(self, client: ClientModel) -> bool:
        """Whether it was given to this client."""
        return bool(self.claims.get("client_id") == client.get_client_id())

    def is_expired(self) -> bool:
        """It was verified just now."""
        return False

    def is_revoked(self) -> bool:
        """As above."""
        return False


def _find_token(provider: Provider, text: str) -> AccessModel | RefreshModel | None:
    """A token of either kind; None for one that holds no more."""
    token_hash = digest(text)
    found = wait_for(provider.grants.find_refresh, token_hash)
    if found is not None:
        is_active = found.spent_at is None and wait_for(provider.owner, found.grant) is not None
        return RefreshModel(found.grant, token_hash, is_active=is_active)
    try:
        wait_for(provider.verifier.principal, text)
        return AccessModel(wait_for(_claims, provider, text))
    except UnauthenticatedError:
        return None


async def _claims(provider: Provider, text: str) -> Claims:
    key = (await provider.minter.keys.public()).get(peek(text).kid)
    if key is None:
        raise UnauthenticatedError("the key is not ours")
    return checked(text, key)


class Introspection(IntrospectionEndpoint):
    """RFC 7662: a client learns of its own tokens, a resource server of all."""

    CLIENT_AUTH_METHODS = AUTH_METHODS

    def query_token(self, token_string: str, _: object) -> AccessModel | RefreshModel | None:
        """The token, whatever kind was hinted at."""
        return _find_token(self.server.provider, token_string)

    def check_permission(
        self, token: AccessModel | RefreshModel, client: ClientModel, _: object
    ) -> bool:
        """Others' tokens look like none."""
        return client.client.is_resource_server or token.check_client(client)

    def introspect_token(self, token: AccessModel | RefreshModel) -> dict[str, Any]:
        """What a token says."""
        if isinstance(token, RefreshModel):
            grant = token.grant
            return {
                "token_type": "refresh_token",
                "client_id": grant.client_id,
                "scope": grant.scope,
            }
        return {"token_type": "Bearer", **token.claims}


class Revocation(RevocationEndpoint):
    """RFC 7009: a refresh token takes its whole grant along, an access token only itself."""

    CLIENT_AUTH_METHODS = AUTH_METHODS

    def query_token(self, token_string: str, _: object) -> AccessModel | RefreshModel | None:
        """The token, whatever kind was hinted at."""
        return _find_token(self.server.provider, token_string)

    def revoke_token(self, token: AccessModel | RefreshModel, _: FormRequest) -> None:
        """It counts no more, on every worker, within 30 s."""
        provider: Provider = self.server.provider
        if isinstance(token, RefreshModel):
            wait_for(provider.revoke, token.grant)
        else:
            until = provider.clock() + ACCESS_LIFETIME
            wait_for(provider.sessions.revoke, str(token.claims["jti"]), until)


async def userinfo(provider: Provider, request: Request) -> Response:
    """Who the bearer of an access token is."""
    try:
        caller = await BearerGate(provider.verifier).caller(request)
    except UnauthenticatedError as error:
        return Response(status_code=401, headers={**challenge(error), **NO_STORE})
    rights = caller.rights
    told = {
        "sub": caller.sub,
        "name": caller.name,
        "roles": sorted(rights.roles),
        "department": rights.department,
        "divisions": list(rights.divisions),
        "units": list(rights.units),
        "acr": caller.acr,
    }
    body = orjson.dumps({name: value for name, value in told.items() if value is not None})
    return Response(body, 200, NO_STORE, "application/json")
