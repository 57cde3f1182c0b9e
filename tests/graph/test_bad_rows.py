"""Rows no clean system would hold: what they become in the graph, in records and in the metrics."""

import asyncio
from pathlib import Path

import pytest

from domain.catalogue import handles
from tests.support.city import Client, Json, link, running
from tests.support.databases import DatabaseMaker, Kind
from tests.support.tiny import MAPPINGS, WRONG_BYTES, TinyCity, make_tiny_city

NUMBER = "370702198503151232"
OTHER = "37070219900607201X"
PERSON = """query($n: String!) { person(idNumber: $n) { identity name
    basics { gender { code known } birthDate }
    identityDocuments { contactAddress }
    wageStandard { postWageStandard }
    insurance { pensionPaidMonths }
    education { school graduationDate }
    records { department state values { indicator value raw row } } } }"""


@pytest.fixture
def tiny(database_kind: Kind, tmp_path: Path, make_database: DatabaseMaker) -> TinyCity:
    return make_tiny_city(database_kind, tmp_path, make_database)


def hr_row(key: str = "'K1'", number: str = NUMBER, **columns: str) -> str:
    values = {"xm": "'张三'", "sfzh": f"'{number}'", "grbh": key, **columns}
    return f"INSERT INTO ry ({', '.join(values)}) VALUES ({', '.join(values.values())})"


def record(person: Json, department: str) -> dict[str, Json]:
    found = next(r for r in person["records"] if r["department"] == department)
    return {value["indicator"]: value for value in found["values"] if value["row"] is None}


async def person_of(client: Client, number: str = NUMBER) -> Json:
    person: Json = (await client.data(PERSON, n=number))["person"]
    return person


async def metrics_of(client: Client) -> str:
    return (await client.http.get("/metrics")).text


async def states_of(client: Client) -> set[str]:
    sources = (await client.http.get("/sources")).json()["sources"]
    return {source["state"] for source in sources}


@pytest.mark.parametrize("text", ["20190230", "not a date", "1985"])
async def test_a_date_that_is_none_is_null_and_kept_as_it_stands(tiny: TinyCity, text: str) -> None:
    tiny.run("hr", hr_row(csrq=f"'{text}'"))

    async with running(tiny.config) as client:
        person = await person_of(client)

        assert person["basics"][handles.BIRTH_DATE] is None
        assert record(person, "HR")[handles.BIRTH_DATE] == {
            "indicator": handles.BIRTH_DATE,
            "value": None,
            "raw": text,
            "row": None,
        }
        assert 'fourfold_source_faults_total{kind="bad_value",source="hr"} 1.0' in await metrics_of(
            client
        )
        assert await states_of(client) == {"UP"}


@pytest.mark.parametrize("text", ["0000-00-00", "00000000", "", "   "])
async def test_a_zero_date_is_no_value(tiny: TinyCity, text: str) -> None:
    tiny.run("hr", hr_row(csrq=f"'{text}'"))
    document = """query($n: String!) { person(idNumber: $n) {
        provenance(indicators: ["birthDate"]) { department state } } }"""

    async with running(tiny.config) as client:
        person = await person_of(client)
        traced = (await client.data(document, n=NUMBER))["person"]["provenance"]

        assert person["basics"][handles.BIRTH_DATE] is None
        assert {"department": "HR", "state": "NONE"} in traced
        assert "faults_total{" not in await metrics_of(client)


async def test_bytes_that_are_no_text_are_null_and_kept_with_marks(tiny: TinyCity) -> None:
    tiny.run("hr", hr_row(bz=WRONG_BYTES[tiny.kind]))

    async with running(tiny.config) as client:
        person = await person_of(client)

        assert person["identityDocuments"][handles.CONTACT_ADDRESS] is None
        assert record(person, "HR")[handles.CONTACT_ADDRESS]["raw"] == "张\ufffdA"
        assert person["name"] == "张三"
        assert await states_of(client) == {"UP"}


async def test_a_third_decimal_is_kept_and_money_has_two_at_least(tiny: TinyCity) -> None:
    tiny.run("hr", hr_row(gz="1234.567"), hr_row("'K2'", OTHER, gz="1234.5"))

    async with running(tiny.config) as client:
        assert (await person_of(client))["wageStandard"][handles.POST_WAGE_STANDARD] == "1234.567"
        assert (await person_of(client, OTHER))["wageStandard"][
            handles.POST_WAGE_STANDARD
        ] == "1234.50"


async def test_an_unknown_code_is_shown_and_marked(tiny: TinyCity) -> None:
    tiny.run("hr", hr_row(xb="'X'"))

    async with running(tiny.config) as client:
        assert (await person_of(client))["basics"]["gender"] == {"code": "X", "known": False}


async def test_of_two_rows_under_one_key_one_answers_and_both_show_in_records(
    tiny: TinyCity,
) -> None:
    tiny.run("hr", hr_row(gz="1.00"), hr_row(gz="2.00"))

    async with running(tiny.config) as client:
        first, second = await person_of(client), await person_of(client)

        assert first == second
        shown = [r for r in first["records"] if r["department"] == "HR"]
        assert len(shown) == 2
        assert "two_rows_for_one_key" in await metrics_of(client)


async def test_of_two_keys_with_one_number_the_lowest_answers(tiny: TinyCity) -> None:
    tiny.run("hr", hr_row("'B2'", gz="2.00"), hr_row("'A1'", gz="1.00"))

    for linked in (False, True):
        if linked:
            await link(tiny.config)
        async with running(tiny.config) as client:
            person = await person_of(client)

            assert person["wageStandard"][handles.POST_WAGE_STANDARD] == "1.00"
            assert len([r for r in person["records"] if r["department"] == "HR"]) == 2


async def test_rows_without_a_key_are_left_out_and_counted(tiny: TinyCity) -> None:
    tiny.run("hr", hr_row("NULL"), hr_row("'K2'", OTHER))

    async with running(tiny.config) as client:
        assert (await client.data(PERSON, n=NUMBER))["person"] is None
        assert (await person_of(client, OTHER))["name"] == "张三"
        assert 'kind="null_key"' in await metrics_of(client)


async def test_empty_tables_answer_nobody(tiny: TinyCity) -> None:
    await link(tiny.config)

    async with running(tiny.config) as client:
        answer = await client.ask(PERSON, n=NUMBER)

        assert answer["data"] == {"person": None}
        assert "errors" not in answer


async def test_a_number_too_large_for_the_graph_is_null_and_kept(tiny: TinyCity) -> None:
    tiny.run("hr", hr_row(ks="2147483647"))
    if tiny.kind == "sqlite":
        tiny.run("hr", "UPDATE ry SET ks = 99999999999")

    async with running(tiny.config) as client:
        person = await person_of(client)

        expected = None if tiny.kind == "sqlite" else 2147483647
        assert person["insurance"][handles.PENSION_PAID_MONTHS] == expected


async def test_a_link_whose_row_vanished_is_not_held(tiny: TinyCity) -> None:
    tiny.run("hr", hr_row())
    tiny.run(
        "organization", f"INSERT INTO cadre (k, full_name, id_no) VALUES ('o1', '张三', '{NUMBER}')"
    )
    await link(tiny.config)
    tiny.run("hr", "DELETE FROM ry")

    async with running(tiny.config) as client:
        person = await person_of(client)

        assert person["name"] == "张三"
        states = {r["department"]: r["state"] for r in person["records"]}
        assert states["HR"] == "NOT_HELD"


async def test_a_broken_mapping_takes_only_its_own_source_out(tiny: TinyCity) -> None:
    tiny.run("hr", hr_row())
    tiny.run(
        "organization",
        f"INSERT INTO cadre (k, full_name, id_no) VALUES ('o1', '张三', '{NUMBER}')",
    )
    tiny.write_mapping(
        "hr", "[person]\ntable = 'ry'\nkey = 'grbh'\n[person.indicators]\nnonsense = 'x'"
    )

    async with running(tiny.config) as client:
        answer = await client.ask(PERSON, n=NUMBER)
        sources = (await client.http.get("/sources")).json()["sources"]

        assert answer["data"]["person"]["name"] == "张三"
        assert [e["extensions"]["code"] for e in answer["errors"]] == ["SOURCE_INVALID"]
        hr = next(source for source in sources if source["name"] == "hr")
        assert hr["state"] == "DOWN"
        assert "hr.toml:6" in hr["findings"][0]


async def test_a_broken_mapping_is_an_outage_of_what_its_department_holds(tiny: TinyCity) -> None:
    document = """query($n: String!) { person(idNumber: $n) { wageStandard { postWageStandard }
        provenance(indicators: ["postWageStandard"]) { department state table } } }"""
    tiny.run("hr", hr_row(gz="1.00"))
    await link(tiny.config)
    tiny.write_mapping("hr", "[person]\ntable = 'ry'\nkey = 'grbh'\nnonsense = 1")

    async with running(tiny.config) as client:
        answer = await client.ask(document, n=NUMBER)

        assert answer["data"]["person"]["wageStandard"] == {handles.POST_WAGE_STANDARD: None}
        extensions = [error["extensions"] for error in answer["errors"]]
        assert [(e["code"], e["fields"]) for e in extensions] == [
            ("SOURCE_INVALID", ["Person.wageStandard"])
        ]
        hr = answer["data"]["person"]["provenance"][0]
        assert hr == {"department": "HR", "state": "UNAVAILABLE", "table": None}


async def test_a_dispute_stands_while_a_broken_mapping_hides_one_side(tiny: TinyCity) -> None:
    tiny.run("hr", hr_row(xm="'王五郎'"))
    tiny.run("establishment", f"INSERT INTO card (id, nm, idno) VALUES (7, '张三丰', '{NUMBER}')")
    await link(tiny.config)
    tiny.write_mapping("hr", "[person]\ntable = 'ry'\nkey = 'grbh'\nnonsense = 1")

    unread = await link(tiny.config)

    assert "hr" in unread
    async with running(tiny.config) as client:
        answer = await client.ask(
            "query($n: String!) { person(idNumber: $n) { identity links { level } } }", n=NUMBER
        )
        assert answer["data"]["person"] == {"identity": "CONFLICT", "links": []}


async def test_a_table_that_is_missing_is_named_with_its_line(tiny: TinyCity) -> None:
    await asyncio.to_thread(tiny.run, "hr", "DROP TABLE xl")
    tiny.run(
        "organization",
        f"INSERT INTO cadre (k, full_name, id_no) VALUES ('o1', '张三', '{NUMBER}')",
    )

    async with running(tiny.config) as client:
        answer = await client.ask(PERSON, n=NUMBER)
        sources = (await client.http.get("/sources")).json()["sources"]

        assert answer["data"]["person"]["name"] == "张三"
        hr = next(source for source in sources if source["name"] == "hr")
        assert "hr.toml" in hr["findings"][0]
        assert "the table is not there" in hr["findings"][0]


async def test_a_child_table_may_keep_the_key_as_text_where_the_entity_has_a_number(
    tiny: TinyCity,
) -> None:
    rows = """[person.rows.PAY]
        table = "pm"
        on = { pno = "pno" }
        order = ["ym"]
        period = { column = "ym", date = "%Y%m" }
        [person.rows.PAY.indicators]
        grossPay = "g"
        [unit]
        """
    tiny.run(
        "finance",
        "CREATE TABLE pm (pno VARCHAR(12), ym VARCHAR(6), g NUMERIC(10, 2))",
        "INSERT INTO pm VALUES ('9', '202602', 6), ('9', '202601', 5), ('10', '202601', 7)",
        f"INSERT INTO member (pno, nm, idno) VALUES (9, '张三', '{NUMBER}')",
    )
    tiny.write_mapping("finance", MAPPINGS["finance"].replace("[unit]\n", rows, 1))
    document = (
        "query($n: String!) { person(idNumber: $n) { payroll { rows { period grossPay } } } }"
    )
    await link(tiny.config)

    async with running(tiny.config) as client:
        person = (await client.data(document, n=NUMBER))["person"]

        assert [(row["period"], row[handles.GROSS_PAY]) for row in person["payroll"]["rows"]] == [
            ("2026-01", "5.00"),
            ("2026-02", "6.00"),
        ]


async def test_pools_of_a_division_are_refused_where_no_office_keeps_divisions(
    tiny: TinyCity,
) -> None:
    tiny.run("establishment", "INSERT INTO pools VALUES ('U1', '31', 5, 0)")
    document = "query($d: String) { ledger(filter: { division: $d }) { totalCount } }"

    async with running(tiny.config) as client:
        answer = await client.ask(document, d="370700")
        unfiltered = await client.data(document, d=None)

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "no department keeps all that is filtered by" in error["message"]
    assert unfiltered["ledger"]["totalCount"] == 1
