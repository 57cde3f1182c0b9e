"""Two hundred bad sign-ins at once while questions go on: bounded work, and the graph answers."""

import asyncio
import time
from statistics import quantiles

import httpx
import pytest
import sqlalchemy as sa
from starlette.types import ASGIApp

from app import create_app
from commands.accounts.opening import open_desk
from commands.opening import utc_now
from domain.model.attempts import ADDRESS_FAILURES
from store.tables import SIGN_IN_COUNT
from tests.support.browsing import Flow, a_client, form_of
from tests.support.databases import DatabaseMaker
from tests.support.sign_in import ISSUER, add_account, switch_access_on, token_with
from tests.support.tiny import TinyCity, make_tiny_city

pytestmark = [pytest.mark.slow]
AT_ONCE = 200
QUESTIONS = 40
Form = tuple[str, dict[str, str], httpx.Cookies]
CLIENT = a_client("hr-system")
LONGEST = 5.0
"""Seconds; twice the usual is the aim, and a machine under other load is no finding."""


@pytest.fixture(name="city")
async def _city(tmp_path_factory: pytest.TempPathFactory, make_database: DatabaseMaker) -> TinyCity:
    city = make_tiny_city("sqlite", tmp_path_factory.mktemp("load"), make_database)
    switch_access_on(city.config)
    await add_account(city.config, "li.na")
    async with open_desk(city.config) as desk:
        await desk.store.clients.add(CLIENT, utc_now())
    return city


async def test_questions_go_on_under_two_hundred_bad_sign_ins(city: TinyCity) -> None:
    async with open_desk(city.config) as desk:
        token = await token_with(desk, "li.na")
    app = create_app(city.config)
    async with app.router.lifespan_context(app), _client(app) as http:
        http.headers["Authorization"] = f"Bearer {token}"
        await _ask(http)
        forms = [await _form(app) for _ in range(AT_ONCE)]
        attacks = [asyncio.create_task(_attack(app, *each)) for each in enumerate(forms)]
        waiting, times = [], []
        for _ in range(QUESTIONS):
            times.append(await _ask(http))
            waiting.append(sum(not attack.done() for attack in attacks))
        statuses = await asyncio.gather(*attacks)
        rows = await _failures(city)

    assert set(statuses) <= {401, 429}
    assert statuses.count(401) <= ADDRESS_FAILURES
    assert rows <= ADDRESS_FAILURES
    # Counted, not timed: questions do not stand in a queue behind the sign-ins. Those that are
    # refused unheard end at once, so that of many only some still wait.
    assert waiting[0] > 0
    assert quantiles(times, n=20)[-1] < LONGEST


def _client(app: ASGIApp) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=("10.0.0.1", 1))
    return httpx.AsyncClient(transport=transport, base_url=ISSUER)


async def _ask(http: httpx.AsyncClient) -> float:
    began = time.perf_counter()
    answer = await http.post("/graphql", json={"query": "{ me { name } }"})
    assert answer.json()["data"]["me"]["name"] == "li.na"
    return time.perf_counter() - began


async def _form(app: ASGIApp) -> Form:
    async with _client(app) as browser:
        page = await browser.get(Flow(CLIENT).address())
        return *form_of(page), browser.cookies


async def _attack(app: ASGIApp, number: int, form: Form) -> int:
    action, hidden, cookies = form
    fields = {**hidden, "login": f"user{number % 7}", "password": "wrong password"}
    async with _client(app) as browser:
        browser.cookies = cookies
        return (await browser.post(action, data=fields)).status_code


async def _failures(city: TinyCity) -> int:
    """The most failures that any counter holds."""
    query = sa.select(sa.func.max(SIGN_IN_COUNT.c.failures).label("most"))
    async with open_desk(city.config) as desk:
        most: int = (await desk.store.database.read(query, {}))[0]["most"]
    return most
