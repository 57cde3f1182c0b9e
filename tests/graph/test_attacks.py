"""Documents and bodies meant to hurt: refused at once with a code, and the server goes on."""

import hashlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.graph.test_bad_requests import assert_is_clean
from tests.graph.test_bad_requests import codes as codes_of
from tests.support.city import Client, Json, running
from tests.support.databases import DatabaseMaker
from tests.support.tiny import make_tiny_city

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEWER = {"Accept": "application/graphql-response+json"}
LISTED = "query Listed { __typename }"
LISTED_ID = f"sha256:{hashlib.sha256(LISTED.encode()).hexdigest()}"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, make_module_database: DatabaseMaker) -> Path:
    city = make_tiny_city("sqlite", tmp_path_factory.mktemp("attacked"), make_module_database)
    manifest = {LISTED_ID: LISTED, "named": "{ sources { name } }"}
    (city.folder / "documents.json").write_text(json.dumps(manifest), encoding="utf-8")
    return city.config


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(config: Path) -> AsyncIterator[Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOURFOLD_GRAPH__MANIFEST", "documents.json")
        async with running(config) as found:
            yield found


@pytest_asyncio.fixture(loop_scope="module")
async def locked(config: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    monkeypatch.setenv("FOURFOLD_GRAPH__MANIFEST", "documents.json")
    monkeypatch.setenv("FOURFOLD_GRAPH__DOCUMENTS", "locked")
    async with running(config) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def reading(config: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    monkeypatch.setenv("FOURFOLD_GRAPH__GET", "queries")
    async with running(config) as found:
        yield found


def nested(opening: str, depth: int, inner: str) -> str:
    return opening * depth + inner + " }" * depth


FRAGMENTS = " ".join(f"fragment F{i} on Unit {{ parent {{ ...F{i + 1} }} }}" for i in range(30))
DOUBLED = " ".join(
    f"fragment F{i} on Unit {{ a: parent {{ ...F{i + 1} }} b: parent {{ ...F{i + 1} }} }}"
    for i in range(25)
)
TOO_COMPLEX = {
    "depth": '{ unit(unitCode: "x") ' + nested("{ parent ", 60, "{ id }") + " }",
    "depth through fragments": f"{{ unit {{ ...F0 }} }} {FRAGMENTS} fragment F30 on Unit {{ id }}",
    "fragments doubled 2^25": f"{{ unit {{ ...F0 }} }} {DOUBLED} fragment F25 on Unit {{ id }}",
    "aliases": "{ " + " ".join(f"a{i}: sources {{ name }}" for i in range(200)) + " }",
    "root fields": "{ " + "sources { name } " * 100 + "}",
    "fields repeated": "{ sources { " + "name " * 2500 + "} }",
    "few fields repeated": "{ sources { " + "name " * 900 + "} }",
    "objects repeated": "{ units { nodes { " + "parent { name } " * 390 + "} } }",
    "objects repeated in fragments": "{ units { nodes { "
    + "... on Unit { ... { parent { name } } } " * 180
    + "} } }",
    "tokens": "{ " + "__typename " * 3000 + "}",
    "directives": "{ __typename " + "@skip(if: false) " * 100 + "}",
    "unknown directives": "{ __typename " + "@a " * 500 + "}",
    "operations": " ".join(f"query Q{i} {{ __typename }}" for i in range(100)),
    "introspection in a circle": "{ __schema { types "
    + nested("{ fields { type ", 20, "{ name }")
    + " }" * 20
    + " } }",
    "comma flood": "{ __typename" + " ,a" * 3000 + " }",
}
BAD_INPUT = {
    "circle of fragments": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "deep list": "{ nodes(ids: " + "[" * 500 + "]" * 500 + ") { id } }",
    "deep braces": "{a" * 900 + "}" * 900,
    "number of 6,000 digits": "{ nodes(ids: " + "1" * 6000 + ") { id } sources(x: 1) { name } }",
    "int of 6,000 digits": "query($a: Int = " + "9" * 6000 + ") { __typename }",
    "half a character": '{ person(idNumber: "\\ud800") { id ',
    "NUL": "{ __typename }\x00",
    "suggestions": "{ persn { id } }",
    "suggestions of arguments": "{ person(idNumbr: 1) { id } units(frst: 1) { totalCount } }",
    "suggestions of types": "query($a: PersnFilter) { me { ... on Viewr { id } } }",
    "suggestions of selections": "{ me }",
    "suggestions of directives": "{ me @skip(iff: true) { id } }",
    "error flood": "{ sources { " + " ".join(f"x{i}" for i in range(500)) + " } }",
    "no date": '{ persons(filter: { enteredFrom: "yesterday" }) { totalCount } }',
}


@pytest.mark.parametrize("name", TOO_COMPLEX)
async def test_too_much_is_refused_at_once(client: Client, name: str) -> None:
    started = time.monotonic()

    answer = await client.ask(TOO_COMPLEX[name])

    assert time.monotonic() - started < 2
    assert set(codes_of(answer)) == {"TOO_COMPLEX"}
    assert "data" not in answer
    assert_is_clean(answer)
    assert await client.data("{ __typename }") == {"__typename": "Query"}


@pytest.mark.parametrize("name", BAD_INPUT)
async def test_nonsense_is_refused_at_once(client: Client, name: str) -> None:
    started = time.monotonic()

    response = await client.http.post("/graphql", json={"query": BAD_INPUT[name]}, headers=NEWER)

    assert time.monotonic() - started < 2
    assert response.status_code == 400
    assert set(codes_of(response.json())) == {"BAD_USER_INPUT"}
    assert len(response.json()["errors"]) <= 5
    assert "Did you mean" not in response.text
    assert_is_clean(response.json())


BODIES: dict[str, bytes] = {
    "null": b"null",
    "one": b"1",
    "text": b'"x"',
    "true": b"true",
    "empty": b"",
    "blank": b"   ",
    "list": b"[]",
    "batch": b'[{"query": "{ __typename }"}]',
    "nesting of 100,000": b"[" * 50_000 + b"]" * 50_000,
    "objects nested": b'{"a":' * 15_000 + b"1" + b"}" * 15_000,
    "number of 6,000 digits": b'{"query": "{ __typename }", "variables": {"a": '
    + b"1" * 6000
    + b"}}",
    "infinity": b'{"query": "{ __typename }", "variables": {"a": 1e999}}',
    "NaN": b'{"query": "{ __typename }", "variables": {"a": NaN}}',
    "half a character": b'{"query": "\\ud800"}',
    "no UTF-8": b'{"query": "\xff"}',
    "UTF-16": '{"query": "{ __typename }"}'.encode("utf-16"),
    "a document that is a number": b'{"query": 5}',
    "extensions that are a list": b'{"query": "{ __typename }", "extensions": []}',
    "a broken persisted query": b'{"extensions": {"persistedQuery": 5}}',
    "a persisted query without digest": b'{"extensions": {"persistedQuery": {"version": 1}}}',
    "an id that is a number": b'{"documentId": 5}',
    "an empty id": b'{"documentId": ""}',
}


@pytest.mark.parametrize("name", BODIES)
async def test_no_body_makes_the_server_fail(client: Client, name: str) -> None:
    response = await client.http.post(
        "/graphql", content=BODIES[name], headers={"Content-Type": "application/json"}
    )

    assert response.status_code == 400
    assert codes_of(response.json()) == ["BAD_USER_INPUT"]
    assert_is_clean(response.json())


@pytest.mark.parametrize(
    "variables",
    ["null5", "1", '"x"', "[]", "[" * 5000, '{"a": ' + "1" * 6000 + "}", '"\\ud800"', "{", "%ff"],
)
async def test_no_variables_of_a_get_make_the_server_fail(reading: Client, variables: str) -> None:
    params = {"query": "{ __typename }", "variables": variables}

    response = await reading.http.get("/graphql", params=params)

    assert response.status_code == 400
    assert codes_of(response.json()) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    "value", ["\x00", "a\x00b", "%", "'; DROP TABLE ry; --", "🙂" * 18, 10**18]
)
async def test_odd_values_are_bad_input_or_nothing(client: Client, value: object) -> None:
    document = 'query($a: ID!) { person(id: $a) { id } unit(unitCode: "x") { id } }'

    response = await client.http.post(
        "/graphql", json={"query": document, "variables": {"a": value}}
    )

    assert response.status_code == 200
    assert set(codes_of(response.json())) == {"BAD_USER_INPUT"}


async def test_what_was_sent_never_comes_back(client: Client) -> None:
    secret = "张三秘密; 又一段"
    document = "query($n: [ID!]!, $f: Float) { nodes(ids: $n) { id } }"

    for variables in ({"n": {secret: secret}}, {"n": [], "f": secret}, {"n": [[secret]]}):
        answer = await client.ask(document, **variables)
        assert set(codes_of(answer)) == {"BAD_USER_INPUT"}
        assert "张三" not in json.dumps(answer, ensure_ascii=False)
    literal = await client.ask(f'{{ nodes(ids: {{ a: "{secret}" }}) {{ id }} "{secret}" }}')
    assert "张三" not in json.dumps(literal, ensure_ascii=False)
    assert_is_clean(literal)


async def test_a_variable_that_is_no_date_is_bad_input(client: Client) -> None:
    document = "query($d: Date) { persons(filter: { enteredFrom: $d }) { totalCount } }"

    answer = await client.ask(document, d="yesterday")

    assert codes_of(answer) == ["BAD_USER_INPUT"]
    assert "yesterday" not in json.dumps(answer)


FORMS = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain")


@pytest.mark.parametrize("media", FORMS)
async def test_what_a_foreign_page_can_send_is_refused(client: Client, media: str) -> None:
    body = json.dumps({"query": "{ __typename }"})

    response = await client.http.post("/graphql", content=body, headers={"Content-Type": media})

    assert response.status_code == 415
    assert codes_of(response.json()) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused(client: Client, method: str) -> None:
    response = await client.http.request(method, "/graphql")

    assert response.status_code == 405


async def test_answers_are_private(client: Client) -> None:
    response = await client.http.post("/graphql", json={"query": "{ __typename }"})

    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["vary"] == "Accept"


# --- trusted documents ---


async def by_get(client: Client, **params: str) -> httpx.Response:
    return await client.http.get("/graphql", params=params, headers=NEWER)


def persisted(digest: str) -> Json:
    return {"persistedQuery": {"version": 1, "sha256Hash": digest}}


async def test_a_trusted_document_is_asked_by_its_id(client: Client) -> None:
    posted = await client.http.post("/graphql", json={"documentId": LISTED_ID})
    plain = await client.http.post("/graphql", json={"documentId": "named"})
    apollo = await client.http.post("/graphql", json={"extensions": persisted(LISTED_ID[7:])})
    got = await by_get(client, documentId=LISTED_ID)

    for answer in (posted, apollo, got):
        assert answer.json()["data"] == {"__typename": "Query"}
    assert len(plain.json()["data"]["sources"]) == 4


async def test_only_trusted_documents_come_by_get(client: Client) -> None:
    both = await by_get(client, documentId=LISTED_ID, query=LISTED)

    for answer in (await by_get(client, query=LISTED), await by_get(client), both):
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("given", [f"sha256:{'0' * 64}", "sha256:x", "nothing", "x-y:z", "😀"])
async def test_an_unknown_id_is_one_coded_error(client: Client, given: str) -> None:
    for answer in (
        await client.http.post("/graphql", json={"documentId": given}),
        await client.http.get("/graphql", params={"documentId": given}),
    ):
        assert answer.status_code == 200
        assert codes_of(answer.json()) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_no_client_registers_a_document(client: Client) -> None:
    text = "query Mine { __typename }"
    digest = hashlib.sha256(text.encode()).hexdigest()

    ran = await client.http.post("/graphql", json={"query": text, "extensions": persisted(digest)})
    again = await client.http.post("/graphql", json={"extensions": persisted(digest)})
    wrong = await client.http.post(
        "/graphql", json={"query": text, "extensions": persisted("0" * 64)}
    )

    assert ran.json()["data"] == {"__typename": "Query"}
    assert codes_of(again.json()) == ["PERSISTED_QUERY_NOT_FOUND"]
    assert codes_of(wrong.json()) == ["BAD_USER_INPUT"]


async def test_a_locked_server_runs_listed_documents_only(locked: Client) -> None:
    assert await locked.data(LISTED) == {"__typename": "Query"}
    assert codes_of(await locked.ask("{ __typename }")) == ["FORBIDDEN"]
    assert codes_of(await locked.ask("{")) == ["FORBIDDEN"]
    answer = await locked.http.post("/graphql", json={"documentId": LISTED_ID})
    assert answer.json()["data"] == {"__typename": "Query"}
