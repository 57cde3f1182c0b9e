"""A department changes its schema while the city is served: what callers and `/sources` see."""

import asyncio
from pathlib import Path

import pytest

from domain.catalogue import handles
from tests.support.city import Client, Json, link, running
from tests.support.databases import DatabaseMaker, Kind
from tests.support.tiny import TinyCity, make_tiny_city

NUMBER = "370702198503151232"
NAME = "query($n: String!) { person(idNumber: $n) { name } }"
BORN = "query($n: String!) { person(idNumber: $n) { basics { birthDate } } }"
SCHOOL = "query($n: String!) { person(idNumber: $n) { education { school } } }"
STATES = "{ sources { name state lastError } }"


@pytest.fixture
async def tiny(database_kind: Kind, tmp_path: Path, make_database: DatabaseMaker) -> TinyCity:
    city = make_tiny_city(database_kind, tmp_path, make_database)
    columns = "grbh, xm, sfzh, csrq"
    city.run("hr", f"INSERT INTO ry ({columns}) VALUES ('K1', '张三', '{NUMBER}', '19850315')")
    city.run("hr", "INSERT INTO xl (grbh, byrq, xx) VALUES ('K1', '20070701', '甲大学')")
    city.write_config(retry_after=0.05)
    cadre = f"INSERT INTO cadre (k, full_name, id_no) VALUES ('o1', '张三', '{NUMBER}')"
    city.run("organization", cadre)
    await link(city.config)
    return city


async def hr_of(client: Client) -> Json:
    sources = (await client.http.get("/sources")).json()["sources"]
    return next(source for source in sources if source["name"] == "hr")


async def until_state(client: Client, state: str, document: str) -> Json:
    """Asks until the source has looked at its schema: no more often than it may be probed."""
    async with asyncio.timeout(10):
        while True:
            answer = await client.ask(document, n=NUMBER)
            hr = await hr_of(client)
            if hr["state"] == state and bool(hr["findings"]) == (state == "DEGRADED"):
                return answer
            await asyncio.sleep(0.05)


async def test_a_column_that_vanishes_is_told_and_filled_by_the_next_holder(
    tiny: TinyCity,
) -> None:
    async with running(tiny.config) as client:
        await client.data(NAME, n=NUMBER)
        assert (await hr_of(client))["state"] == "UP"

        await asyncio.to_thread(tiny.run, "hr", "ALTER TABLE ry DROP COLUMN xm")
        answer = await until_state(client, "DEGRADED", NAME)

        assert answer["data"]["person"]["name"] == "张三"
        (error,) = answer["errors"]
        told = {name: error["extensions"][name] for name in ("code", "source", "fields")}
        assert told == {"code": "SOURCE_INVALID", "source": "hr", "fields": ["Person.basics"]}
        assert "xm" not in str(error)
        hr = await hr_of(client)
        assert hr["state"] == "DEGRADED"
        (finding,) = hr["findings"]
        assert "hr.toml" in finding
        assert "the table has no column 'xm'" in finding


async def test_what_does_not_need_the_lost_column_is_answered_without_an_error(
    tiny: TinyCity,
) -> None:
    async with running(tiny.config) as client:
        await asyncio.to_thread(tiny.run, "hr", "ALTER TABLE ry DROP COLUMN xm")
        await until_state(client, "DEGRADED", NAME)

        born = await client.data(BORN, n=NUMBER)
        school = await client.data(SCHOOL, n=NUMBER)
        states = (await client.data(STATES))["sources"]

        assert born["person"]["basics"] == {handles.BIRTH_DATE: "1985-03-15"}
        assert school["person"]["education"] == [{handles.SCHOOL: "甲大学"}]
        assert {each["name"]: each["state"] for each in states}["hr"] == "DEGRADED"


async def test_a_column_that_comes_back_heals_the_source(tiny: TinyCity) -> None:
    async with running(tiny.config) as client:
        await client.data(NAME, n=NUMBER)
        await asyncio.to_thread(tiny.run, "hr", "ALTER TABLE ry DROP COLUMN xm")
        await until_state(client, "DEGRADED", NAME)

        await asyncio.to_thread(tiny.run, "hr", "ALTER TABLE ry ADD xm VARCHAR(40)")
        tiny.run("hr", "UPDATE ry SET xm = '张三丰'")
        answer = await until_state(client, "UP", NAME)

        assert answer["data"]["person"]["name"] == "张三丰"
        assert "errors" not in answer


async def test_a_table_that_vanishes_is_told_and_takes_only_its_category_out(
    tiny: TinyCity,
) -> None:
    async with running(tiny.config) as client:
        await asyncio.to_thread(tiny.run, "hr", "DROP TABLE xl")
        answer = await until_state(client, "DEGRADED", SCHOOL)
        born = await client.data(BORN, n=NUMBER)

        assert answer["data"]["person"]["education"] is None
        assert [error["extensions"]["fields"] for error in answer["errors"]] == [
            ["Person.education"]
        ]
        assert born["person"]["basics"] == {handles.BIRTH_DATE: "1985-03-15"}
        assert "the table is not there" in (await hr_of(client))["findings"][0]
