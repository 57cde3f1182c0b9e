"""A browser without scripts, and a client system, for tests of the provider's flows."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from auth.provider.core import digest
from domain.model.clients import Client
from tests.support.sign_in import PASSWORD

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
ACTION = re.compile(r'<form [^>]*action="([^"]+)"')
SECRET = "client-secret-of-a-test"


def a_client(client_id: str = "hr-system", **changes: Any) -> Client:  # noqa: ANN401 - fields of a client
    """A confidential client with one address of each kind."""
    said: dict[str, Any] = {
        "name": client_id,
        "secret_hash": digest(SECRET),
        "redirect_uris": (f"https://{client_id}.example/callback",),
        "logout_uris": (f"https://{client_id}.example/bye",),
        "back_channel_uri": None,
        "is_resource_server": False,
        **changes,
    }
    return Client(client_id, **said)


@dataclass(slots=True)
class Flow:
    """One authorization request of a client, with what it keeps for the answer."""

    client: Client
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(8))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(8))

    def address(self, **changes: str | None) -> str:
        """Where the browser is sent; None leaves a parameter out."""
        challenge = hashlib.sha256(self.verifier.encode()).digest()
        said: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uris[0],
            "scope": "openid profile",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
            **changes,
        }
        kept = {name: value for name, value in said.items() if value is not None}
        return f"/oauth/authorize?{urlencode(kept)}"

    def exchange(self, given: str, **changes: str | None) -> dict[str, str]:
        """The form of the token request."""
        said: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": given,
            "redirect_uri": self.client.redirect_uris[0],
            "code_verifier": self.verifier,
            "client_id": self.client.client_id,
            "client_secret": SECRET if self.client.secret_hash else None,
            **changes,
        }
        return {name: value for name, value in said.items() if value is not None}


def refreshing(client: Client, token: str) -> dict[str, str]:
    """The form of a refresh."""
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": client.client_id}
    return form | ({"client_secret": SECRET} if client.secret_hash else {})


def form_of(page: httpx.Response) -> tuple[str, dict[str, str]]:
    """Where a page's form is sent, and its hidden fields."""
    action = ACTION.search(page.text)
    assert action is not None, page.text
    hidden = {name: value.replace("&amp;", "&") for name, value in HIDDEN.findall(page.text)}
    return action[1], hidden


def told(response: httpx.Response) -> dict[str, str]:
    """The parameters of a redirect."""
    query = parse_qs(urlsplit(response.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


async def send(browser: httpx.AsyncClient, page: httpx.Response, **fields: str) -> httpx.Response:
    """A page's form, filled in."""
    action, hidden = form_of(page)
    origin = f"{page.url.scheme}://{page.url.netloc.decode()}"
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    return await browser.post(action, data={**hidden, **fields}, headers=headers)


async def sign_in(browser: httpx.AsyncClient, address: str, login: str = "li.na") -> httpx.Response:
    """From the authorization request over the login page to the client's address."""
    page = await browser.get(address)
    done = await send(browser, page, login=login, password=PASSWORD)
    assert done.status_code == 303, done.text
    return await browser.get(done.headers["location"])
