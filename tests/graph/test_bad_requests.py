"""Questions that cannot be answered as asked: clear errors, nothing lost, nothing leaked."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from domain.catalogue import handles
from tests.support.city import Client, Json, running
from tests.support.databases import DatabaseMaker
from tests.support.tiny import make_tiny_city

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBER = "370702198503151232"
PERSON = "query($n: String!) { person(idNumber: $n) { id name } }"
LEAKS = ("Traceback", "sqlite", "SELECT", "strawberry", "codec", 'File "', "UnicodeDecode")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    tmp_path_factory: pytest.TempPathFactory, make_module_database: DatabaseMaker
) -> AsyncIterator[Client]:
    city = make_tiny_city("sqlite", tmp_path_factory.mktemp("tiny"), make_module_database)
    city.run("hr", f"INSERT INTO ry (grbh, xm, sfzh) VALUES ('K1', '张三', '{NUMBER}')")
    async with running(city.config) as found:
        yield found


def codes(answer: Json) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def assert_is_clean(answer: Json) -> None:
    text = json.dumps(answer, ensure_ascii=False)
    assert not [word for word in LEAKS if word in text], text
    assert NUMBER not in text


@pytest.mark.parametrize(
    "number", ["", "1", "37070219850315123", "3707021985031512345", "abc", "🙂" * 18 + "x", "\x00"]
)
async def test_a_number_of_another_length_is_refused(client: Client, number: str) -> None:
    answer = await client.ask(PERSON, n=number)

    assert answer["data"] == {"person": None}
    assert codes(answer) == ["BAD_USER_INPUT"]
    assert answer["errors"][0]["path"] == ["person"]
    assert_is_clean(answer)


async def test_a_wrong_check_digit_is_still_searched(client: Client) -> None:
    answer = await client.ask(PERSON, n="370702198503151233")

    assert answer["data"] == {"person": None}
    assert "errors" not in answer
    assert answer["extensions"]["statements"]["hr"] == 1


@pytest.mark.parametrize(
    "arguments",
    ["", "(id: null)", '(id: "x", idNumber: "y")', "(id: null, idNumber: null)"],
)
async def test_exactly_one_argument_is_wanted_of_person(client: Client, arguments: str) -> None:
    answer = await client.ask(f"{{ person{arguments} {{ id }} }}")

    assert codes(answer) == ["BAD_USER_INPUT"]
    assert handles.ID_NUMBER in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        '(id: "a", unitCode: "b")',
        '(unitCode: "")',
        '(creditCode: "1")',
        '(unitCode: "a\\u0000b")',
    ],
)
async def test_units_want_one_usable_argument(client: Client, arguments: str) -> None:
    answer = await client.ask(f"{{ unit{arguments} {{ id }} }}")

    assert answer["data"] == {"unit": None}
    assert codes(answer) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    "public_id",
    [
        "",
        "x",
        "UGVyc29uOg",
        "////",
        "%00",
        "UGVyc29uOjE=",
        "张三",
        "VW5pdDphYmM",
        "UGVyc29uOn5mb3JnZWQ",
        "/9j/4AAQ",
        "A" * 5000,
    ],
)
async def test_a_malformed_or_foreign_id_is_null_with_one_error_and_silent(
    client: Client, public_id: str, capfd: pytest.CaptureFixture[str]
) -> None:
    document = "query($id: ID!, $ids: [ID!]!) { person(id: $id) { id } nodes(ids: $ids) { id } }"

    answer = await client.ask(document, id=public_id, ids=[public_id])

    assert answer["data"] == {"person": None, "nodes": [None]}
    person_errors = [e for e in answer["errors"] if e["path"][0] == "person"]
    assert [e["extensions"]["code"] for e in person_errors] == ["BAD_USER_INPUT"]
    assert_is_clean(answer)
    assert "Traceback" not in capfd.readouterr().err


async def test_one_bad_id_among_good_ones_costs_only_its_own_place(client: Client) -> None:
    person = (await client.data(PERSON, n=NUMBER))["person"]

    answer = await client.ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        ids=[person["id"], "broken", person["id"]],
    )

    assert answer["data"]["nodes"] == [{"id": person["id"]}, None, {"id": person["id"]}]
    assert [error["path"] for error in answer["errors"]] == [["nodes", 1]]


async def test_more_than_two_hundred_ids_are_refused(client: Client) -> None:
    answer = await client.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * 201)

    assert codes(answer) == ["BAD_USER_INPUT"]


async def test_unknown_indicators_are_named(client: Client) -> None:
    document = """query($n: String!) { person(idNumber: $n) {
        id provenance(indicators: ["nonsense"]) { value } } }"""

    answer = await client.ask(document, n=NUMBER)

    assert codes(answer) == ["BAD_USER_INPUT"]
    assert "nonsense" in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "{ nothing }",
        "query { person { } }",
        "{ person(idNumber: 5) { id } }",
        "query($n: Int!) { person(idNumber: $n) { id } }",
        "{ ...A } fragment A on Query { ...A }",
        "subscription { x }",
        f'{{ person(idNumber: "{NUMBER}" {{ id }} }}',
    ],
)
async def test_documents_that_cannot_run_are_bad_input(client: Client, document: str) -> None:
    answer = await client.ask(document)

    assert set(codes(answer)) == {"BAD_USER_INPUT"}
    assert len(answer["errors"]) <= 5
    assert all(error["extensions"]["traceId"] for error in answer["errors"])
    assert_is_clean(answer)


async def test_one_operation_must_be_named_where_there_are_two(client: Client) -> None:
    answer = await client.ask("query A { __typename } query B { __typename }")

    assert codes(answer) == ["BAD_USER_INPUT"]


async def test_a_wrong_variable_is_not_echoed(client: Client) -> None:
    answer = await client.ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[{"a": NUMBER}]
    )

    assert codes(answer) == ["BAD_USER_INPUT"]
    assert_is_clean(answer)


async def test_too_deep_documents_are_too_complex(client: Client) -> None:
    document = '{ unit(unitCode: "x") ' + "{ parent " * 13 + "{ id }" + " }" * 13 + " }"

    assert codes(await client.ask(document)) == ["TOO_COMPLEX"]


async def test_doubling_fragments_end_at_once(client: Client) -> None:
    fragments = " ".join(f"fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(24))
    document = f"{{ ...F0 }} {fragments} fragment F24 on Query {{ __typename }}"

    answer = await client.ask(document)

    assert answer["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"null", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"1", "application/json", 400),
        (b'"x"', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_001, "application/json", 413),
        (b"[" * 50_000, "application/json", 400),
        (b'{"query": 1}', "application/json", 400),
        (b'{"query": "{ __typename }", "variables": []}', "application/json", 400),
        (b'{"query": "{ __typename }", "operationName": 1}', "application/json", 400),
        (b'{"query": "{ __typename }"}', "text/plain", 415),
        (b'{"query": "{ __typename }"}', "", 415),
        (b"query={__typename}", "application/x-www-form-urlencoded", 415),
        (b'{"query": "{ __typename }"}', "application/json; charset=gbk", 415),
    ],
)
async def test_bodies_that_are_no_request_get_a_coded_error(
    client: Client, body: bytes, content_type: str, status: int
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}

    answer = await client.http.post("/graphql", content=body, headers=headers)

    assert answer.status_code == status
    assert codes(answer.json()) == ["BAD_USER_INPUT"]
    assert_is_clean(answer.json())


async def test_a_megabyte_is_refused_before_it_is_parsed(client: Client) -> None:
    answer = await client.http.post("/graphql", json={"query": "{ a }" + " " * 1_000_000})

    assert answer.status_code == 413
    assert codes(answer.json()) == ["BAD_USER_INPUT"]


async def test_a_document_of_too_many_tokens_is_refused(client: Client) -> None:
    answer = await client.ask("{ " + "a " * 3000 + "}")

    assert codes(answer) == ["TOO_COMPLEX"]


async def test_queries_by_get_are_refused_by_default(client: Client) -> None:
    answer = await client.http.get("/graphql", params={"query": "{ __typename }"})

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


async def test_the_newer_media_type_answers_bad_documents_with_400(client: Client) -> None:
    newer = {"Accept": "application/graphql-response+json"}

    bad = await client.http.post("/graphql", json={"query": "{"}, headers=newer)
    good = await client.http.post("/graphql", json={"query": "{ __typename }"}, headers=newer)

    assert bad.status_code == 400
    assert "data" not in bad.json()
    assert good.status_code == 200
    assert good.headers["content-type"].startswith("application/graphql-response+json")
