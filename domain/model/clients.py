"""Systems that sign people in here, and what one sign-in granted them."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Client:
    """One system; without a secret it is a public one, a page or an application."""

    client_id: str
    name: str
    secret_hash: str | None = field(repr=False)
    redirect_uris: tuple[str, ...]
    logout_uris: tuple[str, ...] = ()
    back_channel_uri: str | None = None
    is_resource_server: bool = False


@dataclass(frozen=True, slots=True)
class ClientGrant:
    """One authorization of a client by a session; all its tokens fall with it."""

    id: str
    code_hash: str = field(repr=False)
    client_id: str
    sid: str
    redirect_uri: str
    scope: str
    nonce: str | None
    challenge: str
    made_at: datetime
    code_spent_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refresh:
    """One refresh token of a grant; it can be spent once."""

    grant: ClientGrant
    spent_at: datetime | None
