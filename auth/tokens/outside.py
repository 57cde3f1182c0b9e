"""JSON of other servers: HTTPS (or this machine), bounded in time and size, no redirects."""

import asyncio
import ipaddress
import json
import ssl
import urllib.request
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException
from typing import Final
from urllib.parse import urlencode, urlsplit

from domain.model.errors import BadInputError, FourfoldError

SECONDS: Final = 4
LARGEST: Final = 512_000


class OutsideError(FourfoldError):
    """Another server did not give the document that was asked for."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        """Never another address than the one that was checked."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: a form is posted, without one the address is read."""

    url: str
    form: tuple[tuple[str, str], ...] = ()
    authorization: str | None = None


async def ask(what: Ask) -> object:
    """The JSON that another server answers. Raises OutsideError, BadInputError."""
    check_address(what.url)
    text = await asyncio.to_thread(_ask, what)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise OutsideError("the document is no JSON") from error


async def tell(url: str, form: tuple[tuple[str, str], ...]) -> None:
    """Post a form; whatever a good answer says is not read. Raises OutsideError, BadInputError."""
    check_address(url)
    await asyncio.to_thread(_ask, Ask(url, form))


def check_address(url: str) -> None:
    """Raises BadInputError unless the address is HTTPS, or HTTP on this machine, and whole."""
    parts = urlsplit(url)
    is_local = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not (parts.scheme == "https" or is_local) or not parts.hostname or parts.fragment:
        raise BadInputError("an address of sign-in is https, or http on this machine")


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _ask(what: Ask) -> bytes:
    body = urlencode(what.form).encode() if what.form else None
    request = urllib.request.Request(what.url, body, {"Accept": "application/json"})  # noqa: S310 - checked above
    if what.authorization:
        request.add_header("Authorization", what.authorization)
    tls = urllib.request.HTTPSHandler(context=ssl.create_default_context())
    direct = urllib.request.ProxyHandler({})
    opener = urllib.request.build_opener(tls, _NoRedirects, direct)
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            text: bytes = answer.read(LARGEST + 1)
    except (OSError, HTTPException, ValueError) as error:
        # The error itself may hold the address and what was sent to it.
        raise OutsideError(type(error).__name__) from error
    if len(text) > LARGEST:
        raise OutsideError("the document is too large")
    return text
