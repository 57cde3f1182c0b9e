"""Subscriptions as server-sent events: how they begin, what they say, how they are refused."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio

from schema.serving.sockets import events as events_module
from tests.support.sockets import CHANGES, Json, Served, eventually, serving
from tests.support.tiny import TinyCity

pytestmark = pytest.mark.slow
EVENTS = {"Accept": "text/event-stream"}


@pytest_asyncio.fixture
async def http(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=served.base, timeout=20) as client:
        yield client


@asynccontextmanager
async def stream(
    http: httpx.AsyncClient, body: object, **headers: str
) -> AsyncIterator[httpx.Response]:
    async with http.stream("POST", "/graphql", json=body, headers={**EVENTS, **headers}) as found:
        yield found


async def events(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, str]]:
    """Each event's name and data; comments are left out."""
    name = ""
    async for line in lines:
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            yield name, value.strip()


async def all_events(found: httpx.Response) -> list[tuple[str, str]]:
    return [each async for each in events(found.aiter_lines())]


async def test_a_stream_begins_with_the_sources_as_they_are(http: httpx.AsyncClient) -> None:
    async with stream(http, {"query": CHANGES}) as found:
        told = events(found.aiter_lines())
        answers: list[Json] = [json.loads((await anext(told))[1]) for _ in range(4)]

    assert found.status_code == 200
    assert found.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert found.headers["cache-control"] == "no-store, no-transform"
    assert found.headers["x-accel-buffering"] == "no"
    names = [answer["data"]["sourceChanged"]["name"] for answer in answers]
    assert names == ["organization", "establishment", "finance", "hr"]


async def test_a_client_that_leaves_frees_everything(
    served: Served, http: httpx.AsyncClient
) -> None:
    async with stream(http, {"query": CHANGES}) as found:
        await anext(events(found.aiter_lines()))
        assert not served.is_idle()

    await eventually(served.is_idle)
    assert served.figures.ended[1001] == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ sources { name } }", "BAD_USER_INPUT"),
        ("mutation { x }", "BAD_USER_INPUT"),
        ("subscription { secrets }", "BAD_USER_INPUT"),
        ("subscription { sourceChanged " + "{ x " * 30 + "}" * 31, "TOO_COMPLEX"),
    ],
    ids=["query", "mutation", "unknown field", "depth"],
)
async def test_an_operation_that_does_not_run_is_told_in_the_stream(
    http: httpx.AsyncClient, query: str, code: str
) -> None:
    async with stream(http, {"query": query}) as found:
        [first, last] = await all_events(found)

    assert first[0] == "next"
    answer = json.loads(first[1])
    assert answer["errors"][0]["extensions"]["code"] == code
    assert "data" not in answer
    assert last == ("complete", "")


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"null", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[" * 100_001, "application/json", 413),
        (b'[{"query": "x"}]', "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"query": "x"}', "text/plain", 415),
        (b"", "application/json", 400),
    ],
)
async def test_a_bad_request_is_answered_in_json(
    http: httpx.AsyncClient, content: bytes, kind: str, status: int
) -> None:
    headers = {**EVENTS, "Content-Type": kind}
    answer = await http.post("/graphql", content=content, headers=headers)

    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_other_methods_and_untrusted_texts_by_get_are_refused(
    http: httpx.AsyncClient,
) -> None:
    put = await http.put("/graphql", json={"query": CHANGES}, headers=EVENTS)
    got = await http.get("/graphql", params={"query": CHANGES}, headers=EVENTS)

    assert (put.status_code, got.status_code) == (405, 405)


async def test_foreign_pages_are_refused(http: httpx.AsyncClient) -> None:
    headers = {**EVENTS, "Origin": "https://evil.example"}
    answer = await http.post("/graphql", json={"query": CHANGES}, headers=headers)

    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/event-stream", "text/event-stream"),
        ("text/event-stream, multipart/mixed", "text/event-stream"),
        ("text/event-stream, application/json;q=0.5", "text/event-stream"),
        ("application/json, text/event-stream", "application/json"),
        ("application/json, multipart/mixed, text/event-stream", "application/json"),
        ("*/*, text/event-stream", "application/json"),
        ("*/*", "application/json"),
    ],
)
async def test_who_names_events_before_json_gets_them(
    http: httpx.AsyncClient, accept: str, kind: str
) -> None:
    body = {"query": "{ __typename }"}
    answer = await http.post("/graphql", json=body, headers={"Accept": accept})

    assert answer.headers["content-type"].partition(";")[0] == kind


async def test_a_silent_stream_says_that_it_lives(
    city: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events_module, "KEEP_ALIVE", 0.1)
    async with (
        serving(city.config) as served,
        httpx.AsyncClient(base_url=served.base, timeout=20) as http,
        stream(http, {"query": CHANGES}) as found,
    ):
        lines = found.aiter_lines()
        async for line in lines:
            if line == ":":
                break

    assert line == ":"


async def test_open_connections_are_counted(served: Served, http: httpx.AsyncClient) -> None:
    async with stream(http, {"query": CHANGES}) as found:
        await anext(events(found.aiter_lines()))
        told = (await http.get("/metrics")).text

    assert 'fourfold_stream_connections{kind="sse"} 1.0' in told
    assert "fourfold_subscriptions_running 1.0" in told
    assert 'fourfold_stream_refusals_total{reason="origin"} 0.0' in told
