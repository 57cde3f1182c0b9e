"""The ledger: every pool once and in order, planted ones found exactly, at a fixed price."""

import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from domain.catalogue import handles as h
from domain.model.trees import all_below
from tests.support.city import Client, Json, TestCity, change, link, running, stored
from tests.support.offices import INSTANCES, split_office

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

PAGE = """query($filter: LedgerFilter, $first: Int, $after: String) {
  ledger(filter: $filter, first: $first, after: $after) {
    drivenBy totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { id unit { unitCode } establishmentType { code } freeze over
      approved occupied vacant } }
  } }"""
NODES = """query($filter: LedgerFilter) { ledger(filter: $filter, first: 200) {
  nodes { id unit { unitCode } establishmentType { code } approved occupied freeze } } }"""
POOLS = """query($id: ID!) { node(id: $id) { ... on EstablishmentPool { id
  unit { unitCode } establishmentType { code } approved occupied locked planUnused planPending
  entryReserved exitPending applicable usable usableNow vacant over freeze payrollHeadcount } } }"""
ALL = """query($filter: LedgerFilter) { ledger(filter: $filter, first: 200) { nodes { id
  unit { unitCode } establishmentType { code } approved occupied locked planUnused planPending
  entryReserved exitPending applicable usable usableNow vacant over freeze payrollHeadcount } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["one", "three"])
async def office(
    request: pytest.FixtureRequest, city: TestCity, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Client]:
    """A client of the city with one instance of the Establishment Office, and with three."""
    config = city.config
    if request.param == "three":
        config = split_office(city, tmp_path_factory.mktemp("three"))
        assert await link(config) == set()
    async with running(config) as found:
        yield found


def key(pool: Json) -> tuple[str, str]:
    return pool["unit"][h.UNIT_CODE], pool[h.ESTABLISHMENT_TYPE]["code"]


async def every(client: Client, size: int, **filter_: object) -> list[Json]:
    """All edges, page by page."""
    edges: list[Json] = []
    after = None
    while True:
        data = await client.data(PAGE, filter=filter_, first=size, after=after)
        page = data["ledger"]
        assert page["drivenBy"] == "ESTABLISHMENT"
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        assert len(page["edges"]) <= size
        edges += page["edges"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(edges)
            return edges


async def test_pages_hold_every_pool_once_in_order(office: Client) -> None:
    small, large = await every(office, 7), await every(office, 200)

    assert [edge["node"] for edge in small] == [edge["node"] for edge in large]
    keys = [key(edge["node"]) for edge in large]
    assert keys == sorted(keys)
    assert len({edge["node"]["id"] for edge in large}) == len(keys) == len(set(keys))
    assert len(keys) >= 40


@pytest.mark.parametrize(
    ("freeze", "planted"), [("OVER", "over_staffed_units"), ("FULL", "full_units")]
)
async def test_full_and_over_staffed_pools_are_exactly_the_planted_ones(
    office: Client, city: TestCity, freeze: str, planted: str
) -> None:
    found = [edge["node"] for edge in await every(office, 1, freeze=[freeze])]

    expected = {(p["unit"], p["type"], p["approved"], p["occupied"]) for p in city.truth[planted]}
    assert {(*key(p), p["approved"], p["occupied"]) for p in found} == expected
    assert len(found) == len(expected) > 0
    assert {pool["freeze"] for pool in found} == {freeze}


async def test_the_filter_on_over_staffing_counts_posts(office: Client, city: TestCity) -> None:
    planted = {
        (p["unit"], p["type"]): p["occupied"] - p["approved"]
        for p in city.truth["over_staffed_units"]
    }
    most = max(planted.values())

    for least in (1, most, most + 1):
        found = {key(edge["node"]) for edge in await every(office, 50, minOver=least)}
        assert found == {pool for pool, over in planted.items() if over >= least}
    assert len(await every(office, 200, minOver=0)) == len(await every(office, 200))


async def test_no_pool_is_frozen_by_order_or_unknown(office: Client) -> None:
    assert await every(office, 50, freeze=["ORDER"]) == []
    assert await every(office, 50, freeze=["UNKNOWN", "ORDER"]) == []
    rest = await every(office, 50, freeze=["OPEN"])
    frozen = await every(office, 50, freeze=["FULL", "OVER"])
    assert len(rest) + len(frozen) <= len(await every(office, 200))


async def test_a_division_holds_what_lies_in_it(office: Client) -> None:
    codes = [key(edge["node"])[0] for edge in await every(office, 200)]

    for division, stem in [("370700", "3707"), ("370704", "370704"), ("370704003", "370704-TWN")]:
        found = [key(edge["node"])[0] for edge in await every(office, 3, division=division)]
        assert found == [code for code in codes if code.startswith(stem)]
        assert found
    assert await every(office, 9, division="380000") == []


async def test_types_include_those_below_them(office: Client) -> None:
    keys = [key(edge["node"]) for edge in await every(office, 200)]

    for types, expected in [(["1"], {"1", "11", "12"}), (["31", "4"], {"31", "4", "41"})]:
        found = [key(edge["node"]) for edge in await every(office, 9, establishmentType=types)]
        assert found == [pool for pool in keys if pool[1] in expected]
        assert found
    assert await every(office, 9, establishmentType=[]) == []


async def test_a_unit_shows_its_own_pools(office: Client, city: TestCity) -> None:
    code = city.truth["full_units"][0]["unit"]
    data = await office.data(
        "query($c: String!) { unit(unitCode: $c) { id pools { id payrollHeadcount } } }", c=code
    )
    unit = data["unit"]

    found = await office.data(ALL, filter={"unitId": unit["id"]})

    shown = [
        {name: pool[name] for name in ("id", "payrollHeadcount")}
        for pool in found["ledger"]["nodes"]
    ]
    assert shown == unit["pools"]
    assert all(key(pool)[0] == code for pool in found["ledger"]["nodes"])


async def test_every_pool_is_found_again_by_its_id_with_the_same_numbers(office: Client) -> None:
    pools = (await office.data(ALL))["ledger"]["nodes"]

    for pool in pools[::7]:
        assert (await office.data(POOLS, id=pool["id"]))["node"] == pool
    assert any(pool["payrollHeadcount"] for pool in pools)
    assert any(pool["planUnused"] for pool in pools)
    assert {(p["planPending"], p["entryReserved"], p["exitPending"]) for p in pools} == {(0, 0, 0)}


@pytest.mark.parametrize("size", [5, 20])
async def test_a_page_with_headcount_costs_a_fixed_number_of_statements(
    client: Client, size: int
) -> None:
    """Of one instance: the list, the cross-reference, and Finance."""
    document = """query($n: Int!) { ledger(first: $n) { nodes { id establishmentType { code }
      approved locked payrollHeadcount unit { id } } } }"""

    assert await client.statements(document, n=size) == {
        "establishment": 1,
        "platform": 1,
        "finance": 1,
    }


async def test_each_further_establishment_table_costs_one_statement(client: Client) -> None:
    assert (await client.statements("{ ledger { nodes { id freeze } } }"))["establishment"] == 2
    full = "{ ledger(first: 200) { totalCount nodes { id applicable payrollHeadcount } } }"
    assert await client.statements(full) == {"establishment": 4, "platform": 1, "finance": 1}
    filtered = "{ ledger(filter: { freeze: [OVER] }) { nodes { id freeze over } } }"
    assert (await client.statements(filtered))["establishment"] == 1


async def test_a_page_asks_no_further_instance_than_it_needs(
    city: TestCity, tmp_path: Path
) -> None:
    config = split_office(city, tmp_path)
    first = next(iter(INSTANCES))
    document = (
        "query($d: String) { ledger(first: 2, filter: { division: $d }) { nodes { approved } } }"
    )
    async with running(config) as client:
        near = await client.statements(document)
        county = await client.statements(document, d="370783")

    assert near == {first: 1, "platform": 1}
    # That of the city covers all below it, that of other counties nothing of this one.
    assert county == {first: 1, "establishment-c": 1, "platform": 1}


async def test_a_dead_instance_leaves_out_its_rows_and_says_so(
    city: TestCity, tmp_path: Path
) -> None:
    config = split_office(city, tmp_path)
    text = config.read_text(encoding="utf-8")
    broken = tmp_path / "establishment-b.toml"
    broken.write_text("format = 1\n[unit]\n", encoding="utf-8")
    assert str(broken) in text
    async with running(config) as client:
        answer = await client.ask(PAGE, first=200)

    assert [e["extensions"]["source"] for e in answer["errors"]] == ["establishment-b"]
    assert answer["errors"][0]["extensions"]["fields"] == ["Query.ledger"]
    ledger = answer["data"]["ledger"]
    assert (ledger["drivenBy"], ledger["totalCount"]) == ("ESTABLISHMENT", None)
    assert len(ledger["edges"]) > 10


async def test_without_the_office_the_ledger_is_empty_and_unknown(
    city: TestCity, tmp_path: Path
) -> None:
    config = split_office(city, tmp_path)
    for name in INSTANCES:
        (tmp_path / f"{name}.toml").write_text("format = 1\n[unit]\n", encoding="utf-8")
    async with running(config) as client:
        answer = await client.ask(PAGE, first=200)

    sources = [error["extensions"]["source"] for error in answer["errors"]]
    assert sorted(sources) == sorted(INSTANCES)
    ledger: dict[str, Any] = answer["data"]["ledger"]  # Any: JSON
    assert ledger == {
        "drivenBy": None,
        "totalCount": None,
        "edges": [],
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
    }


@pytest.mark.parametrize(
    "variables",
    [
        {"first": -1},
        {"first": 201},
        {"after": "not-a-cursor"},
        {"after": "x" * 100_000},
        {"filter": {"division": "37%"}},
        {"filter": {"division": "三七"}},
        {"filter": {h.ESTABLISHMENT_TYPE: ["1", "77"]}},
        {"filter": {h.ESTABLISHMENT_TYPE: ["\u0000"]}},
        {"filter": {"unitId": "VW5pdDo"}},
        {"filter": {h.ESTABLISHMENT_TYPE: ["1"] * 201}},
    ],
)
async def test_what_cannot_be_answered_is_refused(client: Client, variables: Json) -> None:
    answer = await client.ask(PAGE, **variables)

    assert [e["extensions"]["code"] for e in answer["errors"]] == ["BAD_USER_INPUT"]


async def test_a_page_of_millions_is_refused_before_anything_is_read(client: Client) -> None:
    answer = await client.ask(PAGE, first=2_000_000_000)

    assert {e["extensions"]["code"] for e in answer["errors"]} == {"TOO_COMPLEX"}
    assert answer.get("data") is None


async def test_a_cursor_holds_for_its_own_filter_alone(client: Client) -> None:
    page = await client.data(PAGE, first=1)
    cursor = page["ledger"]["pageInfo"]["endCursor"]
    pool = (await client.data(PAGE, first=1, after=cursor))["ledger"]["edges"][0]["node"]

    answer = await client.ask(PAGE, filter={"minOver": 1}, after=cursor)

    assert pool != page["ledger"]["edges"][0]["node"]
    assert [e["extensions"]["code"] for e in answer["errors"]] == ["BAD_USER_INPUT"]


async def test_no_entry_is_no_page_but_more_follow(client: Client) -> None:
    ledger = (await client.data(PAGE, first=0))["ledger"]

    assert (ledger["edges"], ledger["pageInfo"]["hasNextPage"]) == ([], True)
    assert ledger["totalCount"] > 0


TOTALS = """query($c: String!) { unit(unitCode: $c) { poolTotals { units pools approved occupied
  vacant over locked planUnused planPending entryReserved exitPending applicable usable usableNow
  } } }"""
NUMBERS = [
    "approved",
    "occupied",
    "vacant",
    "over",
    "locked",
    "planUnused",
    "planPending",
    "entryReserved",
    "exitPending",
    "applicable",
    "usable",
    "usableNow",
]


async def test_the_sums_of_a_unit_are_those_of_all_pools_below_it(
    office: Client, city: TestCity
) -> None:
    """The city's government stands above every county's, which another instance keeps."""
    for top in ("370700-GOV-001", "370704-GOV-001", "370704-TWN-001"):
        await assert_sums(office, city, top)


async def test_sums_follow_a_tree_that_comes_back_to_an_instance(
    office: Client, city: TestCity
) -> None:
    """City over county over city: the lowest unit is kept where the highest is."""
    pools = (await office.data(ALL))["ledger"]["nodes"]
    above = stored(city, "establishment", "unit", h.PARENT_UNIT_CODE)
    with_pools = {unit for unit, _ in map(key, pools)}
    moved, was = next(
        (unit, parent)
        for unit, parent in sorted(above.items())
        if unit.startswith("370700") and unit in with_pools and unit not in above.values()
    )

    move_unit(city, moved, "370704-TWN-001")
    try:
        await assert_sums(office, city, "370700-GOV-001", moved)
        await assert_sums(office, city, "370704-GOV-001", moved)
    finally:
        move_unit(city, moved, was)


def move_unit(city: TestCity, unit: str, parent: str) -> None:
    """Puts a unit below another one in the department's own register."""
    path = city.folder / "mappings" / "establishment.toml"
    rule = tomllib.loads(path.read_text(encoding="utf-8"))["unit"]
    names = (rule["table"], rule["indicators"][h.PARENT_UNIT_CODE], rule["key"])
    quote = '"' if city.kind != "mariadb" else "`"
    table, column, code = (f"{quote}{name}{quote}" for name in names)
    change(
        city,
        "establishment",
        f"UPDATE {table} SET {column} = '{parent}' WHERE {code} = '{unit}'",
    )


async def assert_sums(office: Client, city: TestCity, top: str, *holds: str) -> None:
    """The sums of a unit are those of all the pools that the ledger has below it."""
    pools = (await office.data(ALL))["ledger"]["nodes"]
    above = stored(city, "establishment", "unit", h.PARENT_UNIT_CODE)
    units = all_below([top], below(above))
    assert units.issuperset(holds)

    totals = (await office.data(TOTALS, c=top))["unit"]["poolTotals"]

    own = [pool for pool in pools if key(pool)[0] in units]
    assert (totals.pop("units"), totals.pop("pools")) == (len(units), len(own))
    assert totals == {name: sum(pool[name] for pool in own) for name in NUMBERS}


def below(above: dict[str, str]) -> dict[str, set[str]]:
    """The units directly below each."""
    found: dict[str, set[str]] = {}
    for unit, parent in above.items():
        found.setdefault(parent, set()).add(unit)
    return found


async def test_sums_of_many_units_cost_two_statements(client: Client, city: TestCity) -> None:
    codes = [unit["keys"]["establishment"] for unit in city.truth["units"][:20]]
    fields = " ".join(
        f'u{i}: unit(unitCode: "{code}") {{ poolTotals {{ approved }} }}'
        for i, code in enumerate(codes)
    )

    assert (await client.statements(f"{{ {fields} }}"))["establishment"] == 2
