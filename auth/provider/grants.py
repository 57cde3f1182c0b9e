"""The two grants: a code with PKCE S256 for every client, and refresh tokens that count once."""

import secrets
from datetime import timedelta
from typing import Any, Final

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode, OpenIDToken
from authlib.oidc.core.grants.util import create_half_hash

from auth.provider.core import Provider, digest, wait_for
from auth.provider.models import ClientModel, CodeModel, Owner, RefreshModel
from auth.provider.server import FormRequest, Server
from auth.tokens.minting import ACCESS_LIFETIME, about, methods
from domain.model.clients import ClientGrant

CODE_LIFETIME: Final = timedelta(minutes=1)
AUTH_METHODS: Final = ["client_secret_basic", "client_secret_post", "none"]


class CodeGrant(grants.AuthorizationCodeGrant):
    """Authorization codes."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    @property
    def provider(self) -> Provider:
        """What the provider is made of."""
        found: Provider = self.server.provider
        return found

    @staticmethod
    def validate_authorization_redirect_uri(request: FormRequest, client: ClientModel) -> str:
        """The address, letter by letter one of the client's; it is not echoed where it is not."""
        wanted = request.payload.redirect_uri
        if not wanted or not client.check_redirect_uri(wanted):
            raise InvalidRequestError("the redirect_uri is not one of the client's")
        return str(wanted)

    def save_authorization_code(self, code: str, request: FormRequest) -> None:
        """Keep a grant under the code's digest."""
        fields = request.form
        grant = ClientGrant(
            id=secrets.token_hex(16),
            code_hash=digest(code),
            client_id=request.client.get_client_id(),
            sid=request.user.session.sid,
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            nonce=fields.get("nonce"),
            challenge=fields["code_challenge"],
            made_at=self.provider.clock(),
        )
        wait_for(self.provider.grants.add, grant)

    def query_authorization_code(self, code: str, client: ClientModel) -> CodeModel | None:
        """The grant of a code; one that is used again takes everything made from it along."""
        found = wait_for(self.provider.grants.find_by_code, digest(code))
        if found is None or found.client_id != client.get_client_id():
            return None
        if found.code_spent_at is not None:
            wait_for(self.provider.revoke, found)
            return None
        is_fresh = self.provider.clock() < found.made_at + CODE_LIFETIME
        return CodeModel(found) if is_fresh else None

    def authenticate_user(self, authorization_code: CodeModel) -> Owner | None:
        """Spend the code, once over all workers, and find who granted it."""
        grant = authorization_code.grant
        if not wait_for(self.provider.grants.spend_code, grant.id, self.provider.clock()):
            wait_for(self.provider.revoke, grant)
            return None
        caller = wait_for(self.provider.owner, grant)
        return Owner(caller, grant) if caller else None

    def delete_authorization_code(self, authorization_code: CodeModel) -> None:
        """It stays, spent, so that a second use is noticed."""


class RefreshGrant(grants.RefreshTokenGrant):
    """Refresh tokens: each use gives a new one; a second use ends the family."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    @property
    def provider(self) -> Provider:
        """What the provider is made of."""
        found: Provider = self.server.provider
        return found

    def authenticate_refresh_token(self, refresh_token: str) -> RefreshModel | None:
        """The token, unless it was used before."""
        token_hash = digest(refresh_token)
        found = wait_for(self.provider.grants.find_refresh, token_hash)
        if found is None:
            return None
        if found.spent_at is not None:
            wait_for(self.provider.revoke, found.grant)
            return None
        return RefreshModel(found.grant, token_hash, is_active=True)

    def authenticate_user(self, refresh_token: RefreshModel) -> Owner:
        """Spend the token, once over all workers, and find whose it is; the session is used."""
        grant, now = refresh_token.grant, self.provider.clock()
        caller = wait_for(self.provider.owner, grant)
        if caller is None:
            raise InvalidGrantError("the session has ended")
        if not wait_for(self.provider.grants.spend_refresh, refresh_token.token_hash, now):
            wait_for(self.provider.revoke, grant)
            raise InvalidGrantError("the token was used before")
        wait_for(self.provider.sessions.note_use, grant.sid, now)
        return Owner(caller, grant)

    def revoke_old_credential(self, refresh_token: RefreshModel) -> None:
        """It was spent before the new one was made."""


class Challenge(CodeChallenge):
    """PKCE with S256, demanded of confidential clients too."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        """A challenge must be there, and its method said."""
        fields = grant.request.payload.data
        if not fields.get("code_challenge") or fields.get("code_challenge_method") != "S256":
            raise InvalidRequestError("code_challenge with code_challenge_method=S256 is required")
        super().validate_code_challenge(grant, redirect_uri)


class _IdTokens(OpenIDToken):
    """ID tokens signed by the key ring; they carry the session's id for back-channel logout."""

    def encode_id_token(self, token: dict[str, Any], request: FormRequest) -> str:
        """An ID token for the client that asked."""
        provider: Provider = request.client_server.provider
        owner: Owner = request.user
        now = int(provider.clock().timestamp())
        claims: dict[str, Any] = {
            "iss": provider.issuer,
            "sub": owner.caller.account.sub,
            "aud": request.client.get_client_id(),
            "iat": now,
            "exp": now + int(ACCESS_LIFETIME.total_seconds()),
            "sid": owner.caller.session.sid,
            "at_hash": create_half_hash(token["access_token"], "RS256").decode(),
            **methods(owner.caller.session),
        }
        if "profile" in token["scope"].split():
            claims |= about(owner.caller.account)
        if request.authorization_code and request.authorization_code.grant.nonce:
            claims["nonce"] = request.authorization_code.grant.nonce
        return wait_for(provider.minter.sign, claims, "JWT")

    def process_token(self, grant: Any, response: Any) -> Any:  # noqa: ANN401 - authlib's own records
        """Adds the ID token to the answer."""
        grant.request.client_server = grant.server
        return super().process_token(grant, response)


class IdTokensOfCode(_IdTokens, OpenIDCode):
    """With the code."""

    def exists_nonce(self, *_: object) -> bool:
        """A nonce binds the client's own request; whether it is fresh the client sees."""
        return False


class IdTokensOfRefresh(_IdTokens):
    """With a refresh token."""


def make_server(provider: Provider) -> Server:
    """The authorization server with its two grants."""
    server = Server(provider)
    server.register_grant(CodeGrant, [Challenge(), IdTokensOfCode()])
    server.register_grant(RefreshGrant, [IdTokensOfRefresh()])
    return server
