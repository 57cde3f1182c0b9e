"""Guessing ID numbers: somebody known beside the guesses hides none, however they are asked for."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from domain.identity.id_numbers import check_character
from tests.graph.test_access import FAR, bearer, client_from, token
from tests.graph.test_outages import NUMBER, OTHER, fill
from tests.support.databases import DatabaseMaker
from tests.support.sign_in import add_account, switch_access_on
from tests.support.tiny import TinyCity, make_tiny_city

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
MISSES = 10
_STEMS = [f"3707021990010{n:04}" for n in range(1001, 1001 + MISSES)]
GUESSES = [stem + check_character(stem) for stem in _STEMS]


@pytest.fixture(scope="module", name="city")
def _city(
    tmp_path_factory: pytest.TempPathFactory, make_module_database: DatabaseMaker
) -> TinyCity:
    city = make_tiny_city("sqlite", tmp_path_factory.mktemp("misses"), make_module_database)
    fill(city)
    city.run(
        "establishment",
        f"INSERT INTO card (id, nm, idno, unit, ty) VALUES (8, '李四', '{OTHER}', 'U1', '11')",
    )
    switch_access_on(city.config)
    text = city.config.read_text(encoding="utf-8")
    whole = text.replace("[platform]", '[platform]\ndivision = "370700"')
    city.config.write_text(whole, encoding="utf-8")
    return city


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="http")
async def _http(city: TinyCity) -> AsyncIterator[httpx.AsyncClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOURFOLD_GRAPH__BUDGETS__MISSES", str(MISSES))
        async with client_from(city.config, FAR) as http:
            yield http


def aliases(*numbers: str) -> str:
    """Each number by a field of its own."""
    fields = [f'p{at}: person(idNumber: "{number}") {{ id }}' for at, number in enumerate(numbers)]
    return f"{{ {' '.join(fields)} }}"


def listed(*numbers: str) -> str:
    """All numbers in one filter."""
    return f"{{ persons(filter: {{idNumbers: {json.dumps(numbers)}}}) {{ nodes {{ id }} }} }}"


class Guesser:
    """An account of a test's own."""

    def __init__(self, http: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self.http = http
        self.headers = {**headers, "X-Fourfold-Purpose": "LOOKUP"}

    async def found(self, query: str) -> int:
        """How many persons an answer shows."""
        data = await self.data(query)
        shown = data["persons"]["nodes"] if "persons" in data else data.values()
        return sum(one is not None for one in shown)

    async def data(self, query: str, **variables: object) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        answer = await self.http.post("/graphql", json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        assert "errors" not in told, told
        found: dict[str, Any] = told["data"]
        return found

    async def is_refused(self) -> bool:
        body = {"query": aliases(NUMBER)}
        answer = await self.http.post("/graphql", json=body, headers=self.headers)
        return answer.status_code == 429


@pytest_asyncio.fixture(loop_scope="module", name="guesser")
async def _guesser(
    city: TinyCity, http: httpx.AsyncClient, request: pytest.FixtureRequest
) -> Guesser:
    login = f"user{abs(hash(request.node.name))}"
    await add_account(city.config, login)
    return Guesser(http, bearer(await token(city, login)))


@pytest.mark.parametrize("ask", [aliases, listed])
async def test_somebody_known_beside_guesses_hides_none(guesser: Guesser, ask: object) -> None:
    assert callable(ask)

    assert await guesser.found(ask(NUMBER, *GUESSES[: MISSES - 1])) == 1
    assert not await guesser.is_refused()
    for _ in range(2):
        assert await guesser.found(ask(NUMBER, *GUESSES[: MISSES // 2])) == 1

    assert await guesser.is_refused()


@pytest.mark.parametrize(
    ("first", "shows"),
    [(0, "totalCount"), (1, "totalCount nodes { id }"), (1, "nodes { id }"), (1, "drivenBy")],
)
async def test_a_page_too_small_for_all_it_finds_hides_no_guess(
    guesser: Guesser, first: int, shows: str
) -> None:
    numbers = json.dumps([NUMBER, OTHER, *GUESSES[: MISSES - 1]])
    filters = f"filter: {{idNumbers: {numbers}}}"

    for _ in range(2):
        await guesser.data(f"{{ persons({filters}, first: {first}) {{ {shows} }} }}")

    assert await guesser.is_refused()


async def test_going_on_in_a_list_counts_no_guess_again(guesser: Guesser) -> None:
    numbers = json.dumps([NUMBER, OTHER, *GUESSES[: MISSES - 1]])
    page_of = f"persons(filter: {{idNumbers: {numbers}}}, first: 1, after: $a)"
    text = f"query($a: String) {{ {page_of} {{ totalCount pageInfo {{ endCursor }} }} }}"

    page = (await guesser.data(text))["persons"]
    cursor = page["pageInfo"]["endCursor"]
    again = [(await guesser.data(text, a=cursor))["persons"]["totalCount"] for _ in range(3)]

    assert (page["totalCount"], again) == (2, [2, 2, 2])
    assert not await guesser.is_refused()


@pytest.mark.parametrize("ask", [aliases, listed])
async def test_a_question_that_finds_everybody_ends_the_row(guesser: Guesser, ask: object) -> None:
    assert callable(ask)

    for _ in range(3):
        assert await guesser.found(ask(*GUESSES[: MISSES - 1])) == 0
        assert await guesser.found(ask(NUMBER)) == 1

    assert not await guesser.is_refused()


async def test_ids_are_no_guesses_of_numbers(guesser: Guesser) -> None:
    ids = json.dumps(["UGVyc29uOm5vYm9keQ=="] * MISSES)
    answer = await guesser.http.post(
        "/graphql", json={"query": f"{{ nodes(ids: {ids}) {{ id }} }}"}, headers=guesser.headers
    )

    assert answer.status_code == 200
    assert not await guesser.is_refused()
