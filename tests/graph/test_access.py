"""The graph's door: who comes in with which token, and what everybody else is told."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from app import create_app
from commands.accounts.opening import open_desk
from domain.model.errors import PlatformError
from store.sessions import Sessions
from tests.support.databases import DatabaseMaker
from tests.support.sign_in import (
    HR_REVIEWER,
    SYS_ADMIN,
    add_account,
    switch_access_on,
    token_with,
)
from tests.support.tiny import TinyCity, make_tiny_city

ME = "{ me { id name roles divisions department units { name } } }"
NEAR, FAR = "127.0.0.1", "192.0.2.7"


@pytest.fixture(scope="module", name="city")
def _city(
    tmp_path_factory: pytest.TempPathFactory, make_module_database: DatabaseMaker
) -> TinyCity:
    city = make_tiny_city("sqlite", tmp_path_factory.mktemp("access"), make_module_database)
    switch_access_on(city.config)
    return city


@asynccontextmanager
async def client_from(config: Path, address: str = NEAR) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a running application, calling from an address."""
    app = create_app(config)
    transport = httpx.ASGITransport(app=app, client=(address, 1234))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://testserver") as http,
    ):
        yield http


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="http")
async def _http(city: TinyCity) -> AsyncIterator[httpx.AsyncClient]:
    await add_account(city.config, "li.na", HR_REVIEWER)
    await add_account(city.config, "root", SYS_ADMIN)
    async with client_from(city.config, FAR) as http:
        yield http


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def token(
    city: TinyCity, login: str = "li.na", kind: str = "at+jwt", **claims: object
) -> str:
    async with open_desk(city.config) as desk:
        return await token_with(desk, login, kind, **claims)


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


async def ask(
    http: httpx.AsyncClient, query: str, headers: dict[str, str] | None = None
) -> httpx.Response:
    return await http.post("/graphql", json={"query": query}, headers=headers)


async def test_the_caller_is_shown_as_viewer(city: TinyCity, http: httpx.AsyncClient) -> None:
    answer = await ask(http, ME, bearer(await token(city)))

    me = answer.json()["data"]["me"]
    assert (me["name"], me["roles"], me["divisions"]) == ("li.na", ["HR_REVIEWER"], ["370700"])
    assert (me["department"], me["units"]) == ("HR", [])


@pytest.mark.parametrize("query", [ME, "{ __typename }", "{ __schema { types { name } } }", "{"])
async def test_without_a_token_everything_is_refused(http: httpx.AsyncClient, query: str) -> None:
    answer = await ask(http, query)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="fourfold"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "data" not in answer.json()


async def test_bad_bodies_and_queries_by_get_are_refused_before_they_are_read(
    http: httpx.AsyncClient,
) -> None:
    answers = [
        await http.post("/graphql", content=b"not json"),
        await http.get("/graphql", params={"query": "{ __typename }"}),
        await http.put("/graphql"),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401]


@pytest.mark.parametrize(
    ("kind", "claims"),
    [
        pytest.param("JWT", {}, id="another kind of token"),
        pytest.param("at+jwt", {"aud": "others"}, id="for others"),
        pytest.param("at+jwt", {"aud": None}, id="for nobody"),
        pytest.param("at+jwt", {"exp": 1}, id="expired"),
        pytest.param("at+jwt", {"exp": None}, id="without end"),
        pytest.param("at+jwt", {"exp": 1e300}, id="endless"),
        pytest.param("at+jwt", {"iat": 2**40}, id="of the future"),
        pytest.param("at+jwt", {"nbf": 2**40}, id="not yet valid"),
        pytest.param("at+jwt", {"sid": "0" * 32}, id="without session"),
        pytest.param("at+jwt", {"sub": "0" * 32}, id="of somebody else"),
        pytest.param("at+jwt", {"iss": "https://idp.example"}, id="of another issuer"),
    ],
)
async def test_a_signed_token_that_does_not_fit_is_refused(
    city: TinyCity, http: httpx.AsyncClient, kind: str, claims: dict[str, object]
) -> None:
    answer = await ask(http, ME, bearer(await token(city, "li.na", kind, **claims)))

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_token_changed_by_one_letter_is_refused(
    city: TinyCity, http: httpx.AsyncClient
) -> None:
    head, claims, signature = (await token(city)).split(".")
    other = "A" if claims[20] != "A" else "B"
    changed = f"{head}.{claims[:20]}{other}{claims[21:]}.{signature}"

    assert (await ask(http, ME, bearer(changed))).status_code == 401


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic abc", "Bearer a b", "Token x", "bearer " + "x" * 9000],
)
async def test_what_is_no_bearer_token_is_refused(http: httpx.AsyncClient, header: str) -> None:
    answer = await ask(http, ME, {"Authorization": header})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="fourfold"')


async def test_a_token_in_the_address_or_a_cookie_counts_nothing(
    city: TinyCity, http: httpx.AsyncClient
) -> None:
    text = await token(city)

    by_address = await http.post(f"/graphql?access_token={text}", json={"query": ME})
    by_cookie = await ask(http, ME, {"Cookie": f"access_token={text}"})

    assert (by_address.status_code, by_cookie.status_code) == (401, 401)


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
async def test_probes_are_open(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 200


async def test_the_page_is_open(http: httpx.AsyncClient) -> None:
    assert (await http.get("/graphql", headers={"Accept": "text/html"})).status_code == 200


@pytest.mark.parametrize("path", ["/metrics", "/sources"])
async def test_operators_pages_are_for_the_system_administrator_and_this_machine(
    city: TinyCity, http: httpx.AsyncClient, path: str
) -> None:
    nobody = await http.get(path)
    reviewer = await http.get(path, headers=bearer(await token(city)))
    administrator = await http.get(path, headers=bearer(await token(city, "root")))
    async with client_from(city.config, NEAR) as here:
        near = await here.get(path)
        proxied = await here.get(path, headers={"X-Forwarded-For": NEAR})

    statuses = [each.status_code for each in (nobody, reviewer, administrator, near, proxied)]
    assert statuses == [401, 403, 200, 200, 401]


async def test_with_access_off_this_machine_comes_in_and_nobody_else(
    tmp_path: Path, make_database: DatabaseMaker
) -> None:
    city = make_tiny_city("sqlite", tmp_path, make_database)

    async with client_from(city.config, NEAR) as near:
        here = await ask(near, ME)
    async with client_from(city.config, FAR) as far:
        there = [await ask(far, ME), await far.get("/sources")]

    assert here.json()["data"] == {"me": None}
    assert [answer.status_code for answer in there] == [401, 401]


async def test_refusals_carry_nothing_of_the_token(city: TinyCity, http: httpx.AsyncClient) -> None:
    text = await token(city, exp=1)
    answer = await ask(http, ME, bearer(text))

    told = json.dumps(dict(answer.headers)) + answer.text
    assert not any(part in told for part in text.split("."))


async def test_nothing_is_answered_while_nobody_can_be_looked_up(
    city: TinyCity, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = await token(city)

    async def fail(*_: object) -> None:
        raise PlatformError("away")

    monkeypatch.setattr(Sessions, "find_caller", fail)
    answer = await ask(http, ME, bearer(text))

    assert answer.status_code == 503
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "data" not in answer.json()


@pytest.mark.parametrize("purpose", ["", "CURIOSITY", "CASE:", "LOOKUP:7", "CASE:\xff"])
async def test_a_purpose_that_is_none_is_told(
    city: TinyCity, http: httpx.AsyncClient, purpose: str
) -> None:
    headers = bearer(await token(city)) | {"X-Fourfold-Purpose": purpose}
    raw = [(name.encode(), text.encode("latin-1")) for name, text in headers.items()]

    answer = await http.post("/graphql", json={"query": ME}, headers=raw)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_purpose_of_other_roles_is_refused(city: TinyCity, http: httpx.AsyncClient) -> None:
    headers = bearer(await token(city, "root")) | {"X-Fourfold-Purpose": "LOOKUP"}

    answer = await ask(http, ME, headers)

    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
