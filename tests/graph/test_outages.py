"""A department that stopped: all that others know is answered, with one error per dead source."""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url

from domain.catalogue import handles
from tests.support.city import Client, Json, link, running
from tests.support.databases import DatabaseMaker, Kind
from tests.support.proxy import Mode, TcpProxy
from tests.support.tiny import TinyCity, make_tiny_city

NUMBER = "370702198503151232"
OTHER = "370702196803121239"
PATIENCE = 30.0
DOCUMENT = """query($n: String!) { person(idNumber: $n) { identity name
    basics { gender { code } } rank { civilRank { code } } payroll { payrollStatus { code } }
    provenance(indicators: ["personName"]) { department state used authority value } } }"""


PORTS = {"postgresql": 5432, "mariadb": 3306}


def fill(city: TinyCity) -> None:
    city.run("hr", f"INSERT INTO ry (grbh, xm, sfzh, xb) VALUES ('K1', '张三', '{NUMBER}', '男')")
    city.run(
        "organization",
        f"INSERT INTO cadre (k, full_name, id_no, rk) VALUES ('o1', '张三', '{NUMBER}', '31')",
    )
    city.run(
        "establishment",
        f"INSERT INTO card (id, nm, idno, unit, ty) VALUES (7, '张三', '{NUMBER}', 'U1', '11')",
        "INSERT INTO office (code, nm) VALUES ('U1', '某局')",
        "INSERT INTO pools (unit, ty, a, l) VALUES ('U1', '11', 3, 0)",
    )
    city.run(
        "finance",
        f"INSERT INTO member (pno, nm, idno, st) VALUES (9, '张三', '{NUMBER}', '1')",
    )


@pytest.fixture
def tiny(database_kind: Kind, tmp_path: Path, make_database: DatabaseMaker) -> TinyCity:
    city = make_tiny_city(database_kind, tmp_path, make_database)
    fill(city)
    return city


class Switch:
    """Cuts sources off: servers by a proxy of the test's, SQLite by a writer that holds it."""

    def __init__(self, city: TinyCity, proxies: dict[str, TcpProxy]) -> None:
        self._city = city
        self._proxies = proxies
        self._writers: dict[str, sqlite3.Connection] = {}

    async def stop(self, source: str, mode: Mode = Mode.REFUSE) -> None:
        if self._city.kind == "sqlite":
            path = self._city.urls[source].removeprefix("sqlite:///")
            self._writers[source] = sqlite3.connect(path, isolation_level=None)
            self._writers[source].execute("BEGIN EXCLUSIVE")
        else:
            await self._proxies[source].switch(mode)

    async def start(self, source: str) -> None:
        if self._city.kind == "sqlite":
            self._writers.pop(source).close()
        else:
            await self._proxies[source].switch(Mode.FORWARD)

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()


@asynccontextmanager
async def cuttable(city: TinyCity) -> AsyncIterator[tuple[Client, Switch]]:
    async with AsyncExitStack() as stack:
        proxies: dict[str, TcpProxy] = {}
        urls = dict(city.urls)
        if city.kind != "sqlite":
            for source, url in city.urls.items():
                server = make_url(url)
                proxy = TcpProxy(server.host or "127.0.0.1", server.port or PORTS[city.kind])
                proxies[source] = await stack.enter_async_context(proxy)
                urls[source] = proxies[source].url(url)
        city.write_config(urls, connect_timeout=2.0, statement_timeout=2.0, deadline=4.0)
        await link(city.config)
        client = await stack.enter_async_context(running(city.config))
        switch = Switch(city, proxies)
        stack.callback(switch.close)
        yield client, switch


def person(answer: Json) -> Json:
    found: Json = answer["data"]["person"]
    return found


@pytest.mark.parametrize("source", ["organization", "establishment", "finance", "hr"])
async def test_one_dead_department_costs_its_own_fields_and_one_error(
    tiny: TinyCity, source: str
) -> None:
    document = """query($n: String!) { person(idNumber: $n) { name
        basics { gender { code } } rank { civilRank { code } } payroll { payrollStatus { code } }
        occupation { establishmentType { code } } } }"""
    own = {
        "organization": ("rank", handles.CIVIL_RANK),
        "establishment": ("occupation", handles.ESTABLISHMENT_TYPE),
        "finance": ("payroll", handles.PAYROLL_STATUS),
        "hr": ("basics", "gender"),
    }
    async with cuttable(tiny) as (client, switch):
        whole = person(await client.ask(document, n=NUMBER))
        await switch.stop(source)

        answer = await client.ask(document, n=NUMBER)

        assert person(answer)["name"] == "张三"
        errors = answer["errors"]
        assert len(errors) == 1
        extensions = errors[0]["extensions"]
        assert extensions["source"] == source
        assert extensions["department"] == source.upper()
        assert extensions["code"] in {"SOURCE_UNAVAILABLE", "SOURCE_TIMEOUT"}
        assert f"Person.{own[source][0]}" in extensions["fields"]
        assert "path" not in errors[0]
        for other, (category, field) in own.items():
            if other != source:
                assert person(answer)[category][field] == whole[category][field]


async def test_an_indicator_of_a_dead_authority_is_answered_by_the_next_holder(
    tiny: TinyCity,
) -> None:
    async with cuttable(tiny) as (client, switch):
        await switch.stop("hr")

        answer = await client.ask(DOCUMENT, n=NUMBER)

        assert person(answer)["name"] == "张三"
        traced = person(answer)["provenance"]
        authority = next(entry for entry in traced if entry["authority"])
        used = [entry["department"] for entry in traced if entry["used"]]
        assert (authority["department"], authority["state"]) == ("HR", "UNAVAILABLE")
        assert used == ["ORGANIZATION"]


async def test_entry_goes_on_and_nobody_is_asked_twice_when_two_are_dead(tiny: TinyCity) -> None:
    async with cuttable(tiny) as (client, switch):
        await switch.stop("hr")
        await switch.stop("organization")

        answer = await client.ask(DOCUMENT, n=NUMBER)

        assert person(answer)["name"] == "张三"
        assert {e["extensions"]["source"] for e in answer["errors"]} == {"hr", "organization"}
        assert max(answer["extensions"]["statements"].values()) <= 2


async def test_an_unlinked_person_is_found_in_the_living_departments(tiny: TinyCity) -> None:
    other = "37070219900607201X"
    tiny.run("finance", f"INSERT INTO member (pno, nm, idno) VALUES (11, '李四', '{other}')")
    async with cuttable(tiny) as (client, switch):
        tiny.run(
            "finance",
            "INSERT INTO member (pno, nm, idno) VALUES (12, '王五', '440524188001010014')",
        )
        await switch.stop("hr")

        answer = await client.ask(DOCUMENT, n="440524188001010014")

        assert person(answer)["identity"] == "UNLINKED"
        assert person(answer)["name"] == "王五"
        assert len(answer["errors"]) == 1


async def test_pools_are_null_without_the_establishment_office(tiny: TinyCity) -> None:
    document = """query($id: ID!) { unit(id: $id) { id pools { approved freeze } } }"""
    async with cuttable(tiny) as (client, switch):
        unit = (await client.data('{ unit(unitCode: "U1") { id pools { approved } } }'))["unit"]
        await switch.stop("establishment")

        answer = await client.ask(document, id=unit["id"])

        assert unit["pools"] == [{"approved": 3}]
        assert answer["data"]["unit"]["pools"] is None
        assert answer["errors"][0]["extensions"]["fields"] == ["Unit.pools"]


async def test_persons_are_driven_by_hr_without_the_establishment_office(tiny: TinyCity) -> None:
    document = "{ persons(first: 5) { drivenBy nodes { name } } }"
    async with cuttable(tiny) as (client, switch):
        whole = (await client.data(document))["persons"]
        await switch.stop("establishment")

        answer = await client.ask(document)

        assert whole == {"drivenBy": "ESTABLISHMENT", "nodes": [{"name": "张三"}]}
        assert answer["data"]["persons"] == {"drivenBy": "HR", "nodes": [{"name": "张三"}]}
        assert [e["extensions"]["source"] for e in answer["errors"]] == ["establishment"]


async def test_entry_by_id_and_by_unit_code_goes_on_without_the_authority(tiny: TinyCity) -> None:
    by_id = "query($id: ID!) { person(id: $id) { id name basics { gender { code } } } }"
    by_code = '{ unit(unitCode: "U1") { id } }'
    async with cuttable(tiny) as (client, switch):
        found = await client.data("query($n: String!) { person(idNumber: $n) { id } }", n=NUMBER)
        unit = await client.data(by_code)
        await switch.stop("hr")
        await switch.stop("establishment")

        answer = await client.ask(by_id, id=found["person"]["id"])
        again = await client.ask(by_code)

        assert person(answer) == {**found["person"], "name": "张三", "basics": {"gender": None}}
        assert "hr" in {error["extensions"]["source"] for error in answer["errors"]}
        assert unit["unit"] is not None
        assert again["data"] == unit


async def test_entry_by_credit_code_needs_a_department_that_holds_it(tiny: TinyCity) -> None:
    code = "11370700004260002K"
    document = f'{{ unit(creditCode: "{code}") {{ name }} }}'
    tiny.run("establishment", f"UPDATE office SET credit = '{code}' WHERE code = 'U1'")
    async with cuttable(tiny) as (client, switch):
        await switch.stop("hr")
        await switch.stop("finance")
        found = await client.ask(document)
        await switch.stop("establishment")

        answer = await client.ask(document)

        assert found["data"] == {"unit": {"name": "某局"}}
        assert answer["data"] == {"unit": None}
        told = [e["extensions"] for e in answer["errors"]]
        assert [each["source"] for each in told] == ["establishment"]
        assert "Query.unit" in told[0]["fields"]


async def test_a_cursor_of_a_driver_that_died_is_refused_until_it_is_back(tiny: TinyCity) -> None:
    document = """query($a: String) { persons(first: 1, after: $a) { drivenBy
        pageInfo { endCursor hasNextPage } nodes { name } } }"""
    tiny.run(
        "establishment",
        f"INSERT INTO card (id, nm, idno, unit, ty) VALUES (8, '李四', '{OTHER}', 'U1', '11')",
    )
    async with cuttable(tiny) as (client, switch):
        first = (await client.data(document))["persons"]
        cursor = first["pageInfo"]["endCursor"]
        await switch.stop("establishment")

        answer = await client.ask(document, a=cursor)
        anew = await client.ask(document)
        await switch.start("establishment")
        async with asyncio.timeout(PATIENCE):
            while "errors" in (again := await client.ask(document, a=cursor)):  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.05)  # the next probe comes by itself

        assert first["pageInfo"]["hasNextPage"]
        (error,) = answer["errors"]
        assert error["extensions"]["code"] in {"SOURCE_UNAVAILABLE", "SOURCE_TIMEOUT"}
        assert error["path"] == ["persons"]
        assert error["message"].startswith("establishment: ")
        assert not answer.get("data") or answer["data"]["persons"] is None
        assert anew["data"]["persons"]["drivenBy"] == "HR"
        assert again["data"]["persons"]["nodes"] == [{"name": "李四"}]


async def test_four_kinds_of_blank_are_told_apart(tiny: TinyCity) -> None:
    document = """query($n: String!, $i: [String!]) { person(idNumber: $n) {
        provenance(indicators: $i) { indicator department state }
        records { department state } } }"""
    names = [handles.PERSON_NAME, handles.BIRTH_DATE]
    async with cuttable(tiny) as (client, switch):
        await switch.stop("finance")

        answer = await client.ask(document, n=NUMBER, i=names)

        found = person(answer)
        states = {(e["indicator"], e["department"]): e["state"] for e in found["provenance"]}
        assert states[handles.PERSON_NAME, "HR"] == "VALUE"
        assert states[handles.BIRTH_DATE, "HR"] == "NONE"
        assert states[handles.BIRTH_DATE, "ORGANIZATION"] == "NOT_HELD"
        assert states[handles.PERSON_NAME, "FINANCE"] == "UNAVAILABLE"
        records = {record["department"]: record["state"] for record in found["records"]}
        assert records == {
            "ORGANIZATION": "VALUE",
            "ESTABLISHMENT": "VALUE",
            "FINANCE": "UNAVAILABLE",
            "HR": "VALUE",
        }


async def test_units_are_driven_by_the_next_living_department(tiny: TinyCity) -> None:
    document = "{ units(first: 5) { drivenBy nodes { name } } }"
    tiny.run("finance", "INSERT INTO budget (code, nm, std) VALUES ('b1', '某局', 'U1')")
    async with cuttable(tiny) as (client, switch):
        whole = (await client.data(document))["units"]
        await switch.stop("establishment")

        answer = await client.ask(document)

        assert whole == {"drivenBy": "ESTABLISHMENT", "nodes": [{"name": "某局"}]}
        assert answer["data"]["units"] == {"drivenBy": "FINANCE", "nodes": [{"name": "某局"}]}
        assert [e["extensions"]["source"] for e in answer["errors"]] == ["establishment"]


async def test_a_source_answers_again_without_a_restart(tiny: TinyCity) -> None:
    async with cuttable(tiny) as (client, switch):
        await switch.stop("hr")
        assert (await client.ask(DOCUMENT, n=NUMBER))["errors"]
        assert "hr" in (await client.http.get("/readyz")).json()["degraded"]
        await switch.start("hr")

        deadline = time.monotonic() + 10
        answer = await client.ask(DOCUMENT, n=NUMBER)
        while "errors" in answer and time.monotonic() < deadline:
            answer = await client.ask(DOCUMENT, n=NUMBER)

        assert "errors" not in answer
        assert (await client.http.get("/readyz")).json()["degraded"] == []


async def test_a_hanging_source_costs_no_more_than_its_deadline(tiny: TinyCity) -> None:
    if tiny.kind == "sqlite":
        return  # a file cannot hang; its lock is tested with the adapter
    async with cuttable(tiny) as (client, switch):
        await client.ask(DOCUMENT, n=NUMBER)
        await switch.stop("hr", Mode.HANG)
        started = time.monotonic()

        answer = await client.ask(DOCUMENT, n=NUMBER)

        assert person(answer)["name"] == "张三"
        assert [e["extensions"]["source"] for e in answer["errors"]] == ["hr"]
        assert time.monotonic() - started < 12


async def test_errors_and_logs_hold_no_driver_text_and_no_person(
    tiny: TinyCity, capfd: pytest.CaptureFixture[str]
) -> None:
    async with cuttable(tiny) as (client, switch):
        for source in tiny.urls:
            await switch.stop(source)

        answer = await client.ask(DOCUMENT, n=NUMBER)

        told = json.dumps(answer, ensure_ascii=False) + capfd.readouterr().err
        assert len(answer["errors"]) == 4
        for leak in (
            "127.0.0.1",
            "SELECT",
            "sfzh",
            "asyncpg",
            "asyncmy",
            "sqlite",
            "Errno",
            NUMBER,
            "张三",
        ):
            assert leak not in told, leak
        assert handles.ID_NUMBER not in told
