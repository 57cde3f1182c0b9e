"""Our subgraph beside a second Relay subgraph, composed and asked through Apollo's gateway."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio

from app import create_app
from domain.catalogue import handles
from tests.graph.federated import LINKED, NUMBERS, make_federated_city
from tests.support.city import Client, Json
from tests.support.databases import DatabaseMaker
from tests.support.listening import listening
from tests.support.node import Node, installed

pytestmark = [
    pytest.mark.node,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="module"),
]

PERSON = "query($n: String!) { person(idNumber: $n) { id unit { pools { id } } } }"
FILES = """{ files { pageInfo { hasNextPage } edges { node { title division { name }
    person { id name payroll { payrollStatus { name } } }
    unit { unitCode name pools { approved } } pool { approved freeze } } } } }"""
BACK = """query($n: String!, $c: String!) {
    person(idNumber: $n) { name boxes unit { unitCode shelf } }
    unit(unitCode: $c) { name shelf } }"""


@dataclass(frozen=True, slots=True)
class Federation:
    """Our served subgraph and the other one's definition."""

    node: Node
    client: Client
    url: str
    archive: str

    async def run(self, archive: str, **given: object) -> Json:
        """What composing and, where that goes well, the gateway tell."""
        ours = (await self.client.data("{ _service { sdl } }"))["_service"]["sdl"]
        asked = {"url": self.url, "ours": ours, "archive": archive, "files": [], "boxes": {}}
        given = {**asked, "queries": [], **given}
        told: Json = await asyncio.to_thread(self.node.run, "gateway.cjs", json.dumps(given))
        return told


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def federation(
    tmp_path_factory: pytest.TempPathFactory, make_module_database: DatabaseMaker
) -> AsyncIterator[Federation]:
    node = await asyncio.to_thread(installed, "graph")
    folder = tmp_path_factory.mktemp("federation")
    city = await asyncio.to_thread(make_federated_city, "sqlite", folder, make_module_database)
    archive = (node.scripts / "archive.graphql").read_text(encoding="utf-8")
    app = create_app(city.config)
    async with listening(app) as base, httpx.AsyncClient(base_url=base, timeout=30) as http:
        yield Federation(node, Client(http), f"{base}/graphql", archive)


async def test_a_gateway_answers_from_the_archive_to_us_and_from_us_to_the_archive(
    federation: Federation,
) -> None:
    known = (await federation.client.data(PERSON, n=NUMBERS[1]))["person"]
    other = (await federation.client.data(PERSON, n=NUMBERS[2]))["person"]
    pool = known["unit"]["pools"][0]["id"]
    files = [
        a_file("one", known["id"], LINKED[1], pool),
        a_file("lost", known["id"][:-4] + "AAAA", "NOBODY", None),
        a_file("two", other["id"], LINKED[2], None),
    ]
    back = {"n": NUMBERS[1], "c": LINKED[2]}

    told = await federation.run(
        federation.archive,
        files=files,
        boxes={known["id"]: ["A1", "A2"]},
        queries=[{"query": FILES}, {"query": BACK, "variables": back}],
    )

    assert "errors" not in told
    outside, inside = told["answers"]
    assert_found_beside_missing(outside)
    assert "errors" not in inside
    shelf = {handles.UNIT_CODE: LINKED[1], "shelf": f"shelf of {LINKED[1]}"}
    assert inside["data"]["person"] == {"name": "张三", "boxes": ["A1", "A2"], "unit": shelf}
    assert inside["data"]["unit"] == {"name": "机构U2", "shelf": f"shelf of {LINKED[2]}"}


def assert_found_beside_missing(answer: Json) -> None:
    """The first and third file with our parts, the second without."""
    first, lost, third = (edge["node"] for edge in answer["data"]["files"]["edges"])
    assert first["division"] == {"name": "奎文区"}
    assert first["person"]["name"] == "张三"
    assert first["person"]["payroll"][handles.PAYROLL_STATUS] == {"name": "在发"}
    assert first["unit"] == {
        handles.UNIT_CODE: LINKED[1],
        "name": "机构U1",
        "pools": [{"approved": 3}],
    }
    assert first["pool"] == {"approved": 3, "freeze": "OPEN"}
    assert lost["person"]["name"] is None
    assert lost["unit"] == {handles.UNIT_CODE: "NOBODY", "name": None, "pools": None}
    assert third["person"]["name"] == "张三"
    assert third["unit"]["name"] == "机构U2"


def a_file(title: str, person: str, unit: str, pool: str | None) -> Json:
    return {
        "title": title,
        "division": {"code": "370705", "name": "奎文区", "level": 3},
        "person": {"__typename": "Person", "id": person},
        "unit": {"__typename": "Unit", handles.UNIT_CODE: unit},
        "pool": pool and {"__typename": "EstablishmentPool", "id": pool},
    }


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        # A key that our units do not have, one that hides ours, and a value type told by halves.
        ('Unit @key(fields: "unitCode")', 'Unit @key(fields: "creditCode")', "creditCode"),
        ('Unit @key(fields: "unitCode")', 'Unit @key(fields: "shelf")', "Unit.unitCode"),
        ("  level: Int!\n", "", "Division.level"),
    ],
)
async def test_a_wrong_key_or_half_a_value_type_does_not_compose(
    federation: Federation, right: str, wrong: str, complaint: str
) -> None:
    changed = federation.archive.replace(right, wrong)
    assert changed != federation.archive

    told = await federation.run(changed)

    assert any(complaint in error for error in told["errors"])
