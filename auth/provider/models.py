"""Our records as authlib wants to see them."""

import hmac
from dataclasses import dataclass

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin

from auth.provider.core import SCOPES, digest
from domain.model.accounts import Caller
from domain.model.clients import Client, ClientGrant

GRANT_TYPES = ("authorization_code", "refresh_token")


class ClientModel(ClientMixin):
    """A client; exact redirect addresses, its secret only as a digest."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get_client_id(self) -> str:
        """Its id."""
        return self.client.client_id

    def get_default_redirect_uri(self) -> None:
        """None: every request names its address."""

    def get_allowed_scope(self, scope: str | None) -> str:
        """What of the wanted scope there is."""
        return " ".join(each for each in (scope or "").split() if each in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Letter by letter."""
        return redirect_uri in self.client.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """In constant time; a public client has none that could be right."""
        kept = self.client.secret_hash or ""
        return hmac.compare_digest(kept, digest(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """A public client shows no secret, and only at the token and revocation endpoints."""
        if self.client.secret_hash is None:
            return method == "none" and endpoint in {"token", "revocation"}
        return method in {"client_secret_basic", "client_secret_post"}

    def check_response_type(self, response_type: str) -> bool:
        """Codes only."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Codes and refresh tokens."""
        return grant_type in GRANT_TYPES


class CodeModel(AuthorizationCodeMixin):
    """The code of a grant."""

    code_challenge_method = "S256"

    def __init__(self, grant: ClientGrant) -> None:
        self.grant = grant
        self.code_challenge = grant.challenge

    def get_redirect_uri(self) -> str:
        """Where the code was sent."""
        return self.grant.redirect_uri

    def get_scope(self) -> str:
        """What was granted."""
        return self.grant.scope


class RefreshModel(TokenMixin):
    """A refresh token of a grant."""

    def __init__(self, grant: ClientGrant, token_hash: str, *, is_active: bool) -> None:
        self.grant = grant
        self.token_hash = token_hash
        self.is_active = is_active

    def check_client(self, client: ClientModel) -> bool:
        """Whether it was given to this client."""
        return self.grant.client_id == client.get_client_id()

    def get_scope(self) -> str:
        """What was granted."""
        return self.grant.scope

    def is_expired(self) -> bool:
        """Spent, or its session has ended."""
        return not self.is_active

    def is_revoked(self) -> bool:
        """Whether its grant fell."""
        return self.grant.revoked_at is not None


@dataclass(frozen=True, slots=True)
class Owner:
    """Who granted: authlib's "user"."""

    caller: Caller
    grant: ClientGrant
