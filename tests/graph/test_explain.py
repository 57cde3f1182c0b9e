"""`fourfold explain` tells what the server does: the same statements, as many, in waves."""

import json
import re
from importlib import resources
from pathlib import Path

import pytest

from adapters.source import SqlSource
from app import wire
from commands.access import open_access
from commands.explaining import Explained, ask, ask_on_paper
from commands.opening import City, open_city, utc_now
from domain.catalogue import handles as h
from domain.model.tracing import NoSpans
from settings import read_settings
from tests.contract.source_kit import RecordingLane
from tests.support.city import Client, TestCity, stored

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOOKUP = resources.files("demo").joinpath("lookup.graphql").read_text(encoding="utf-8")
UNIT = """query($c: String!) { unit(unitCode: $c) { name quota { approvedTotal }
    pools { approved occupied payrollHeadcount } records { source state } } }"""
STRANGER = "11010519491231002X"


async def explained(
    config: Path, document: str, *, looks: bool = False, knows: bool = True, **variables: object
) -> Explained:
    body = {"query": document, "variables": variables}
    return await ask_on_paper(config, read_settings(config), body, looks=looks, knows=knows)


def trips(done: Explained) -> dict[str, int]:
    found = {source.name: len(source.sent) for source in done.sources if source.sent}
    return {**found, "platform": done.platform}


def a_number(city: TestCity) -> str:
    """The ID number of a person whom all four departments know."""
    return stored(city, "hr", "person", h.ID_NUMBER)[city.persons_in_all()[0]["keys"]["hr"]]


async def test_as_many_statements_as_the_server_sends(city: TestCity, client: Client) -> None:
    number = a_number(city)
    sent = await client.statements(LOOKUP, number=number)

    done = await explained(city.config, LOOKUP, number=number)

    assert done.errors == []
    assert trips(done) == dict(sent)


async def test_an_unknown_number_is_searched_for_everywhere(city: TestCity, client: Client) -> None:
    sent = await client.statements(
        "query($n: String!) { person(idNumber: $n) { name } }", n=STRANGER
    )

    done = await explained(
        city.config,
        "query($n: String!) { person(idNumber: $n) { name } }",
        knows=False,
        n=STRANGER,
    )

    assert trips(done).keys() == dict(sent).keys()
    assert all(" IN (" in source.sent[0].sql for source in done.sources)


async def test_the_very_statements_of_the_server_where_the_catalog_is_looked_at(
    city: TestCity,
) -> None:
    number = a_number(city)
    body = {"query": LOOKUP, "variables": {"number": number}}
    settings = read_settings(city.config)
    sent: dict[str, set[str]] = {}
    async with open_city(city.config, settings) as opened:
        lanes = {}
        for source in opened.readers:
            assert isinstance(source, SqlSource)
            await source.open()
            lane = RecordingLane(source.session.lane)
            source.session.lane = lanes[source.description.name] = lane
        async with open_access(settings, opened.store, utc_now) as access:
            city_now = City(opened.readers, opened.store)
            await ask(wire(settings, city_now, access, NoSpans()).graph, body)
        sent = {name: {sql for sql, _ in lane.statements} for name, lane in lanes.items()}

    done = await explained(city.config, LOOKUP, looks=True, number=number)

    on_paper = {s.name: {_with_one_slot(each.sql) for each in s.sent} for s in done.sources}
    assert on_paper == {name: set(map(_with_one_slot, sqls)) for name, sqls in sent.items()}


def _with_one_slot(sql: str) -> str:
    """SQLite and MariaDB ask for a key in as many slots as it has spellings in its column."""
    return re.sub(r"IN \((\?|%s)(, (\?|%s))*\)", "IN (?)", sql)


async def test_no_value_is_told(city: TestCity) -> None:
    number = a_number(city)

    done = await explained(city.config, LOOKUP, knows=False, number=number)

    told = json.dumps(done.told(), ensure_ascii=False)
    assert number not in told
    assert number[:17] not in told


async def test_waves_follow_each_other_as_the_document_asks(city: TestCity) -> None:
    done = await explained(city.config, UNIT, c="370700001")

    assert done.errors == []
    assert [sent.wave for source in done.sources for sent in source.sent] != []
    assert done.waves == max(sent.wave for source in done.sources for sent in source.sent)
    assert min(sent.wave for source in done.sources for sent in source.sent) > 1


@pytest.mark.parametrize(
    "field",
    [
        'persons(first: 2, filter: {namePrefix: "张"})',
        'persons(first: 2, filter: {name: "张三", division: "370700"})',
        'units(first: 2, filter: {nameContains: "学校"})',
        'units(first: 2, filter: {division: "370700"})',
        'ledger(first: 2, filter: {division: "370700", freeze: [OPEN], minOver: 0})',
        "ledger(first: 2)",
    ],
)
async def test_lists_are_explained_whatever_they_are_filtered_by(
    city: TestCity, field: str
) -> None:
    document = f"{{ {field} {{ totalCount drivenBy edges {{ cursor node {{ id }} }} }} }}"

    done = await explained(city.config, document)

    assert done.errors == []
    told = {source.name: source.sent for source in done.sources if source.sent}
    assert told.keys() == {"establishment"}
    assert any("count(" in sent.sql.lower() for sent in told["establishment"])


async def test_a_document_that_is_wrong_is_told(city: TestCity) -> None:
    done = await explained(city.config, "{ nonsense }")

    assert len(done.errors) == 1
    assert all(source.sent == [] for source in done.sources)
