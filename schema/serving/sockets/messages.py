"""Messages of graphql-transport-ws: what a client may say, read strictly; no text comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from schema.serving.sockets.limits import MAX_ID

PROTOCOL: Final = "graphql-transport-ws"


class Closing(NamedTuple):
    """How a connection ends: a code, and a reason that is a constant of ours."""

    code: int
    reason: str


DONE: Final = Closing(1000, "Complete")
GONE: Final = Closing(1001, "Client gone")
RESTARTING: Final = Closing(1012, "Server stops")
TRY_LATER: Final = Closing(1013, "Try again later")
FAILED: Final = Closing(1011, "Internal error")
INVALID: Final = Closing(4400, "Invalid message")
NOT_INITIALISED: Final = Closing(4401, "Send connection_init first")
SIGN_IN: Final = Closing(4403, "Sign in again")
NO_PURPOSE: Final = Closing(4403, "No role of yours may state this purpose")
WRONG_PROTOCOL: Final = Closing(4406, "Use graphql-transport-ws")
LATE: Final = Closing(4408, "Connection initialisation timeout")
ID_TAKEN: Final = Closing(4409, "Subscriber already exists")
TWICE: Final = Closing(4429, "Too many initialisation requests")
TOO_LARGE: Final = 1009
"""The server's own code for a message over its bound."""
CODES: Final = frozenset(
    {
        *(DONE.code, GONE.code, RESTARTING.code, TRY_LATER.code, FAILED.code, INVALID.code),
        *(NOT_INITIALISED.code, SIGN_IN.code, WRONG_PROTOCOL.code, LATE.code, ID_TAKEN.code),
        *(TWICE.code, TOO_LARGE),
    }
)


class Violation(Exception):  # noqa: N818 - not an error of ours
    """A client that does not keep to the protocol; it is told how it ends and nothing else."""

    def __init__(self, closing: Closing) -> None:
        super().__init__(closing.reason)
        self.closing = closing


@dataclass(frozen=True, slots=True)
class Init:
    """The first message; `payload` is whatever the client says of itself."""

    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Subscribe:
    """An operation under an id of the client's."""

    id: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Complete:
    """The client listens no longer."""

    id: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a pong."""


@dataclass(frozen=True, slots=True)
class Pong:
    """Nothing is to be done."""


Message = Init | Subscribe | Complete | Ping | Pong


def read_message(text: str | None) -> Message:
    """What a client says; None is a message that is no text. Raises Violation."""
    try:
        said = orjson.loads(text or "")
    except orjson.JSONDecodeError as error:
        raise Violation(INVALID) from error
    if not isinstance(said, dict):
        raise Violation(INVALID)
    match said.get("type"):
        case "connection_init":
            return Init(_object(said.get("payload", {})))
        case "subscribe":
            return Subscribe(_id(said), _object(said.get("payload")))
        case "complete":
            return Complete(_id(said))
        case "ping":
            return Ping()
        case "pong":
            return Pong()
    raise Violation(INVALID)


def _object(given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Violation(INVALID)
    return given


def _id(said: Mapping[str, object]) -> str:
    given = said.get("id")
    if not isinstance(given, str) or not 0 < len(given) <= MAX_ID:
        raise Violation(INVALID)
    return given
