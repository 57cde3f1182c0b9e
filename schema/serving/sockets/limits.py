"""The bounds of connections that stay open, and who may open one."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from auth.tokens.outside import is_loopback

MAX_ID: Final = 128
"""Characters of an operation's id: it is held and sent back with every message."""
KEEP_ALIVE: Final = 15.0
"""Seconds between two comments in a stream of events that has nothing to say."""


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """Counts and seconds; `origins` are the pages that may open a connection."""

    max_connections: int = 1000
    max_per_client: int = 30
    max_subscriptions: int = 20
    init_timeout: float = 8.0
    recheck: float = 30.0
    origins: frozenset[str] = frozenset()


def is_own_page(connection: HTTPConnection, origins: frozenset[str]) -> bool:
    """Whether no browser, or a page of ours, opens the connection.

    A page counts by its origin; one of this machine also by the address it was loaded from, which
    no name of a stranger can be.
    """
    given = connection.headers.getlist("origin")
    if not given:
        return True
    if len(given) > 1:
        return False
    return given[0] in origins or _is_near(given[0], connection.headers.get("host", ""))


def _is_near(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.netloc == host and parts.hostname is not None and is_loopback(parts.hostname)


def origin_of(address: str) -> str:
    """The origin of a page at an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
