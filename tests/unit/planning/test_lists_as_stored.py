"""What lists bring goes to the answer as it is stored: nothing else is made of it unasked."""

from collections import Counter
from dataclasses import replace

import pytest

from adapters.port import Position
from adapters.stored import StoredRow
from domain.identity.matching import MatchLevel
from domain.model.keys import LocalKey
from domain.model.pools import HeadcountRow, PoolRow
from domain.model.records import Facet
from resolvers.context import RequestContext
from resolvers.planning.planner import Question
from schema.graph import make_planner
from tests.support.counting import GENERATED, counted_calls
from tests.support.rows import PageInMemory
from tests.unit.planning.both import (
    LIMITS,
    PLANNED,
    Paths,
    by_plan,
    by_stock,
    expect_same,
    make_paths,
)
from tests.unit.planning.chance import a_city
from tests.unit.resolvers.city import (
    CitySource,
    LinkedPeople,
    LinkedUnits,
    Stored,
    a_context,
    a_key,
    a_linked_person,
    a_linked_unit,
)
from tests.unit.resolvers.lists import EST, FIN, HR, source

PATHS = make_paths()
NAMES = "nodes { basics { personName } unit { name } }"
PEOPLE = f"{{ persons(first: 3) {{ {NAMES} }} }}"
CELLS = """{ persons(first: 3) { nodes { id basics { personName gender { code name } birthDate }
    payroll { payrollFromMonth } } } }"""
ENDED = f"{{ persons(first: 3) {{ {NAMES} pageInfo {{ endCursor }} }} }}"
BELOW = "{ units { nodes { name persons(first: 2) { nodes { basics { personName } } } } } }"
RECORDS = "{ persons(first: 3) { nodes { records { department } } } }"


class TwoDepartments:
    """A city whose persons are linked; it keeps the context of the last request."""

    def __init__(self, size: int = 4) -> None:
        self._numbers = range(1, size + 1)
        self.office = source(EST, *(f"e{i}" for i in self._numbers))
        self.bureau = source(HR, *(f"h{i}" for i in self._numbers))
        self.last: RequestContext | None = None

    def context(self) -> RequestContext:
        people = [
            a_linked_person(self._key("e", i), self._key("h", i), person_id=f"p{i}")
            for i in self._numbers
        ]
        units = [a_linked_unit(a_key(self.office, "U1"))]
        self.last = a_context(
            self.office, self.bureau, people=LinkedPeople(people), units=LinkedUnits(units)
        )
        return self.last

    def _key(self, letter: str, number: int) -> LocalKey:
        owner: CitySource = self.office if letter == "e" else self.bureau
        return a_key(owner, f"{letter}{number}")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many facets and positions are made of the rows of lists."""
    counts: Counter[str] = Counter()
    facet, position = PageInMemory.facet, PageInMemory.position

    def counted_facet(self: PageInMemory, key: LocalKey, rows: list[StoredRow]) -> Facet:
        counts["facets"] += 1
        return facet(self, key, rows)

    def counted_position(self: PageInMemory, row: StoredRow) -> Position:
        counts["positions"] += 1
        return position(self, row)

    monkeypatch.setattr(PageInMemory, "facet", counted_facet)
    monkeypatch.setattr(PageInMemory, "position", counted_position)
    return counts


@pytest.mark.parametrize("text", [PEOPLE, BELOW])
async def test_a_plan_makes_neither_facets_nor_positions(text: str, made: Counter[str]) -> None:
    city = TwoDepartments()

    planned = await by_plan(PATHS, city, Question(text, None, None))

    assert (planned.stock, planned.errors) == (None, [])
    assert city.last is not None
    assert set(city.last.reads.ways) == {"rows"}
    assert not made


@pytest.mark.parametrize("sizes", [(2, 7), (8, 40)], ids=["by functions", "by columns"])
@pytest.mark.parametrize("text", [PEOPLE, BELOW, CELLS])
async def test_one_generated_function_shows_all_rows_of_a_page(
    text: str, sizes: tuple[int, int]
) -> None:
    cities, counts = [*map(TwoDepartments, sizes)], []
    paths = make_paths()
    for city in (*cities, *cities):
        with counted_calls() as calls:
            planned = await by_plan(
                paths, city, Question(text.replace("first: 3", "first: 50"), None, None)
            )
        assert (planned.stock, planned.errors) == (None, [])
        counts.append(calls[GENERATED])

    assert counts[2] == counts[3]


async def test_the_end_cursor_is_of_one_row(made: Counter[str]) -> None:
    await by_plan(PATHS, TwoDepartments(), Question(ENDED, None, None))

    assert made == {"positions": 1}


async def test_records_are_made_of_the_same_rows(made: Counter[str]) -> None:
    city = TwoDepartments()

    planned = await by_plan(PATHS, city, Question(RECORDS, None, None))

    assert made["facets"] == 3
    assert planned == await by_stock(PATHS, city, Question(RECORDS, None, None))


@pytest.mark.parametrize("text", [PEOPLE, ENDED, BELOW])
async def test_a_page_by_rows_is_that_of_the_stock_path(text: str) -> None:
    city = TwoDepartments()

    assert await by_plan(PATHS, city, Question(text, None, None)) == await by_stock(
        PATHS, city, Question(text, None, None)
    )


@pytest.mark.parametrize("seed", range(20))
async def test_a_unit_whose_code_no_source_of_a_person_keeps_is_none(seed: int) -> None:
    paths = Paths(PATHS.graph, make_planner(PATHS.graph, LIMITS))
    text = "{ persons { nodes { unit { name } } } }"

    assert (
        await expect_same(paths, a_city(seed, faults=False), Question(text, None, None)) == PLANNED
    )


class Ledger:
    """A city with one pool a unit of the Establishment Office, and its pay at Finance."""

    def __init__(self, size: int, unsure: tuple[str, ...] = ()) -> None:
        self.last: RequestContext | None = None
        codes = [f"u{i:03}" for i in range(size)]
        self._office = CitySource(EST, units=[Stored(code, {}) for code in codes])
        self._office.pool_rows = [PoolRow(code, "1", 5, 1) for code in codes]
        finance = CitySource(FIN, units=[Stored(code, {}) for code in codes])
        finance.headcount_rows = [HeadcountRow(code, "11", 3) for code in codes]
        self._finance = finance
        self._links = [
            a_linked_unit(a_key(self._office, code), a_key(finance, code), unit_id=f"n{code}")
            for code in codes
        ]
        for i, code in enumerate(codes):
            if code in unsure:
                own, at_finance = self._links[i].links
                links = own._replace(level=MatchLevel.MEDIUM), at_finance
                self._links[i] = replace(self._links[i], links=links)

    def context(self) -> RequestContext:
        self.last = a_context(self._office, self._finance, units=LinkedUnits(self._links))
        return self.last


POOLS = """{ ledger(first: 100) { nodes { id establishmentType { code name } approved locked
    payrollHeadcount unit { id } } } }"""


async def test_a_page_of_the_ledger_makes_no_object_of_ours_for_each_pool() -> None:
    paths, counts = make_paths(), []
    for size in (3, 3, 60):
        with counted_calls() as calls:
            planned = await by_plan(paths, Ledger(size), Question(POOLS, None, None))
        assert (planned.stock, planned.errors) == (None, [])
        assert planned.data.count(b'"payrollHeadcount":3') == size
        counts.append(calls)

    assert not any("EstablishmentPool.__init__" in calls for calls in counts)
    for name in ("PoolRows.ids", "PoolRows.column", "subjects_of_owners", "_spelled"):
        assert counts[1][name] == counts[2][name] > 0, name


async def test_a_page_of_the_ledger_is_that_of_the_stock_path() -> None:
    city, question = Ledger(5), Question(POOLS, None, None)

    planned = await by_plan(PATHS, city, question)

    assert city.last is not None
    assert city.last.reads.ways["pools"] == 1
    assert not city.last.reads.ways["pools_by_unit"]
    assert planned == await by_stock(PATHS, city, question)


async def test_a_pool_whose_unit_awaits_confirmation_stands_alone_in_the_ledger() -> None:
    city, question = Ledger(3, unsure=("u001",)), Question(POOLS, None, None)

    planned = await by_plan(PATHS, city, question)

    assert city.last is not None
    assert city.last.reads.ways["pools_by_unit"] == 1
    assert not city.last.reads.ways["pools"]
    assert planned.data.count(b'"payrollHeadcount":3') == 2
    assert planned == await by_stock(PATHS, city, question)
