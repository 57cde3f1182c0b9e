"""Messages of graphql-transport-ws, pages that may connect, places, and who wants a stream."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from schema.serving.sockets.callers import spoken_for
from schema.serving.sockets.events import wants_events
from schema.serving.sockets.figures import StreamFigures
from schema.serving.sockets.limits import SocketLimits, is_own_page, origin_of
from schema.serving.sockets.messages import (
    INVALID,
    Closing,
    Complete,
    Init,
    Message,
    Ping,
    Subscribe,
    Violation,
    read_message,
)
from schema.serving.sockets.places import NoPlaceError, Places

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
TYPES = ["connection_init", "subscribe", "complete", "ping", "pong", "next", "error"]


def read(text: str) -> Message | Closing:
    """The message, or how it ends the connection."""
    try:
        return read_message(text)
    except Violation as violation:
        return violation.closing


def connection(**headers: str) -> HTTPConnection:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "websocket", "headers": raw})


@given(
    JSON
    | st.fixed_dictionaries(
        {"type": st.sampled_from(TYPES)}, optional={"id": JSON, "payload": JSON}
    )
)
def test_whatever_a_client_says_is_a_message_or_invalid(said: object) -> None:
    message = read(orjson.dumps(said).decode())
    if message is not INVALID:
        assert isinstance(said, dict)
        assert said["type"] in TYPES[:5]
    if isinstance(message, Subscribe | Complete):
        assert 0 < len(message.id) <= 128


@given(st.text())
def test_whatever_text_comes_is_a_message_or_invalid(text: str) -> None:
    assert read(text) is INVALID or text.lstrip().startswith("{")


def test_messages_are_read() -> None:
    assert read_message('{"type":"connection_init"}') == Init({})
    assert read_message('{"type":"ping","payload":{"a":1}}') == Ping()
    assert read_message('{"type":"complete","id":"a"}') == Complete("a")
    told = read_message('{"type":"subscribe","id":"a","payload":{"query":"x"}}')
    assert told == Subscribe("a", {"query": "x"})


@pytest.mark.parametrize(
    ("origin", "host", "is_ours"),
    [
        (None, "fourfold.example", True),
        ("https://fourfold.example", "10.0.0.1", True),
        ("https://fourfold.example.evil.example", "10.0.0.1", False),
        ("http://fourfold.example", "fourfold.example", False),
        ("https://evil.example", "evil.example", False),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://localhost:8000", "localhost:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://localhost:8000", "127.0.0.1:8000", False),
        ("http://127.0.0.1:8001", "127.0.0.1:8000", False),
        ("http://127.0.0.1.evil.example", "127.0.0.1.evil.example", False),
        ("http://[::1", "[::1", False),
        ("null", "null", False),
        ("", "", False),
    ],
)
def test_only_our_own_pages_may_connect(origin: str | None, host: str, *, is_ours: bool) -> None:
    headers = {"host": host} | ({} if origin is None else {"origin": origin})

    assert is_own_page(connection(**headers), frozenset({"https://fourfold.example"})) is is_ours


def test_two_origins_are_no_origin() -> None:
    own = b"https://fourfold.example"
    asked = HTTPConnection({"type": "websocket", "headers": [(b"origin", own), (b"origin", own)]})

    assert not is_own_page(asked, frozenset({own.decode()}))


def test_the_origin_of_an_address_has_no_path() -> None:
    assert origin_of("https://fourfold.example:8443/base") == "https://fourfold.example:8443"


def test_places_are_counted_by_address_and_in_all_and_given_back() -> None:
    figures = StreamFigures()
    places = Places(SocketLimits(max_connections=3, max_per_client=2), figures)

    with places.taken("a", "sse"), places.taken("a", "websocket"):
        with pytest.raises(NoPlaceError), places.taken("a", "sse"):
            pass
        with places.taken("b", "sse"), pytest.raises(NoPlaceError), places.taken("c", "sse"):
            pass
        assert figures.open == {"sse": 1, "websocket": 1}

    assert not figures.open.total()
    assert figures.refused == {"client": 1, "process": 1}
    assert not places._by_address


def test_a_token_of_the_handshake_gives_way_to_that_of_the_first_message() -> None:
    asked = connection(authorization="Bearer old", host="x", **{"x-fourfold-purpose": "LOOKUP"})

    spoken = spoken_for(asked, {"Authorization": "Bearer new", "Host": "y", "other": 1})

    assert spoken.headers.getlist("authorization") == ["Bearer new"]
    assert spoken.headers["host"] == "x"
    assert "x-fourfold-purpose" not in spoken.headers


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20) | st.none(), max_size=4))
def test_any_first_message_can_be_looked_at(payload: dict[str, str | None]) -> None:
    assert spoken_for(connection(host="x"), payload).headers["host"] == "x"


@given(st.text(alphabet="textevnsramjo/+*;,q=0. -", max_size=60))
def test_any_accept_header_is_understood(accept: str) -> None:
    asked = {"type": "http", "headers": [(b"accept", accept.encode())]}

    assert isinstance(wants_events(asked), bool)
