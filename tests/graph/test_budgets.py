"""Bounds that depend on who asks: budgets of a signed-in subject, introspection by role."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from domain.model.errors import PlatformError
from domain.model.keys import UnitCode
from domain.model.roles import Rights, Role
from store.budgets import BudgetCounts
from tests.graph.test_access import FAR, bearer, client_from, token
from tests.support.databases import DatabaseMaker
from tests.support.sign_in import HR_REVIEWER, add_account, switch_access_on
from tests.support.tiny import TinyCity, make_tiny_city

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLERK = Rights(frozenset({Role.UNIT_CLERK}), None, (), (UnitCode("U1"),))
LOOKUP = '{ person(idNumber: "370702198503151232") { id } }'
SCHEMA = "{ __schema { queryType { name } } }"


@pytest.fixture(scope="module", name="city")
def _city(
    tmp_path_factory: pytest.TempPathFactory, make_module_database: DatabaseMaker
) -> TinyCity:
    city = make_tiny_city("sqlite", tmp_path_factory.mktemp("budgets"), make_module_database)
    switch_access_on(city.config)
    return city


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="http")
async def _http(city: TinyCity) -> AsyncIterator[httpx.AsyncClient]:
    await add_account(city.config, "li.na", HR_REVIEWER)
    await add_account(city.config, "clerk", CLERK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOURFOLD_GRAPH__BUDGETS__MISSES", "3")
        async with client_from(city.config, FAR) as http:
            yield http


async def ask(http: httpx.AsyncClient, query: str, headers: dict[str, str]) -> httpx.Response:
    headers = {**headers, "X-Fourfold-Purpose": "LOOKUP"}
    return await http.post("/graphql", json={"query": query}, headers=headers)


async def test_guessing_numbers_ends_after_some_misses(
    city: TinyCity, http: httpx.AsyncClient
) -> None:
    reviewer = bearer(await token(city))

    answers = [await ask(http, LOOKUP, reviewer) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    [error] = answers[-1].json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert 0 < int(answers[-1].headers["retry-after"]) <= 900
    assert (await ask(http, "{ __typename }", reviewer)).status_code == 200


async def test_only_some_roles_look_at_the_schema(city: TinyCity, http: httpx.AsyncClient) -> None:
    allowed = await ask(http, SCHEMA, bearer(await token(city)))
    refused = await ask(http, SCHEMA, bearer(await token(city, "clerk")))

    assert allowed.json()["data"]["__schema"]["queryType"] == {"name": "Query"}
    assert [e["extensions"]["code"] for e in refused.json()["errors"]] == ["FORBIDDEN"]
    assert "data" not in refused.json()


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize(
    ("login", "media"), [("clerk", "application/json"), ("li.na", "text/event-stream")]
)
async def test_purposes_that_nobody_may_state_use_up_the_budget_too(
    city: TinyCity, login: str, media: str
) -> None:
    asked = {"query": "{ __typename }"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOURFOLD_GRAPH__BUDGETS__COST_PER_MINUTE", "25000")
        async with client_from(city.config, FAR) as http:
            sent = {**bearer(await token(city, login)), "X-Fourfold-Purpose": "MAINTENANCE"}
            sent["Accept"] = media
            answers = [await http.post("/graphql", json=asked, headers=sent) for _ in range(5)]

    statuses = [answer.status_code for answer in answers]
    # The third is refused for its price; a new minute may have begun meanwhile.
    assert statuses[:2] == [403, 403]
    assert 429 in statuses


@pytest.mark.usefixtures("http")
async def test_nothing_is_answered_while_no_budget_can_be_read(
    city: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise PlatformError("away")

    async with client_from(city.config, FAR) as http:
        clerk = bearer(await token(city, "clerk"))
        before = await ask(http, "{ __typename }", clerk)
        monkeypatch.setattr(BudgetCounts, "add", fail)
        answer = await ask(http, LOOKUP, clerk)

    assert before.status_code == 200
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
