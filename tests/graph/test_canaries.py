"""Identity numbers go in by every door and are found at none behind: logs, books, errors, figures.

The answer itself may show a number to who may see it; nothing else ever does.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from commands.accounts.opening import open_desk
from tests.graph.test_bad_rows import NUMBER, hr_row
from tests.support.databases import DatabaseMaker
from tests.support.project import ROOT
from tests.support.serving import free_port, served
from tests.support.sign_in import add_account, switch_access_on, token_with
from tests.support.tiny import MAPPINGS, TinyCity, make_tiny_city

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
STRANGER: Final = "370702198805057777"
SHORT: Final = NUMBER[:6] + NUMBER[8:17]
SPELLINGS: Final = (
    NUMBER,
    STRANGER,
    SHORT,
    NUMBER.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}),
    f"{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}",
)
BIRTH = re.compile("|".join({NUMBER[2:17], STRANGER[2:17], SHORT[2:]}))
"""What no spelling of a number can hide."""

PERSON = "query Who($n: String!) { person(idNumber: $n) { id name identity } }"
DEEP = """query Deep($n: String!) { person(idNumber: $n) { id name identity
    links { department source level evidence } provenance { indicator source state }
    records { department state source } } }"""


@dataclass(slots=True)
class Doors:
    """A client that sends numbers in, and keeps what came back beside the data."""

    http: httpx.Client
    headers: dict[str, str]
    seen: list[str] = field(default_factory=list)

    def post(self, body: object, **headers: str) -> dict[str, Any]:  # a JSON answer
        """One question; data apart, the answer is kept."""
        answer = self.http.post("/graphql", json=body, headers={**self.headers, **headers})
        told: dict[str, Any] = answer.json()
        data = told.pop("data", None)
        self.keep(answer, json.dumps(told, ensure_ascii=False))
        return {**told, "data": data}

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """One question with variables."""
        return self.post({"query": query, "variables": variables})

    def keep(self, answer: httpx.Response, text: str | None = None) -> None:
        """The headers, and a text or the body."""
        self.seen.append(f"{answer.status_code} {dict(answer.headers)}")
        self.seen.append(answer.text if text is None else text)

    def get(self, path: str, **headers: str) -> None:
        """A page, with or without sense."""
        self.keep(self.http.get(path, headers=headers))


@pytest.fixture(name="city")
def _city(tmp_path: Path, make_database: DatabaseMaker) -> TinyCity:
    """One person whom HR and Finance know; Finance keys people by their numbers."""
    city = make_tiny_city("sqlite", tmp_path, make_database)
    keyed = 'key = "idno"\n        personal_key = true'
    city.write_mapping("finance", MAPPINGS["finance"].replace('key = "pno"', keyed))
    city.run("hr", hr_row())
    city.run(
        "finance", f"INSERT INTO member (pno, nm, idno, st) VALUES (1, '张三', '{NUMBER}', '1')"
    )
    told = city.config.read_text(encoding="utf-8")
    told = told.replace("[platform]", '[platform]\ndivision = "370700"', 1)
    city.config.write_text(f'{told}\n[log]\nlevel = "debug"\n', encoding="utf-8")
    switch_access_on(city.config)
    return city


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


@pytest.fixture(name="doors")
def _doors(city: TinyCity, log: Path) -> Iterator[Doors]:
    ran(city, log, "link")
    token = asyncio.run(_token(city.config))
    headers = {"Authorization": f"Bearer {token}", "X-Fourfold-Purpose": "LOOKUP"}
    with (
        served(city.config, free_port(), log=log) as base,
        httpx.Client(base_url=base, timeout=30) as http,
    ):
        yield Doors(http, headers)


async def _token(config: Path) -> str:
    await add_account(config, "li.na")
    async with open_desk(config) as desk:
        return await token_with(desk, "li.na")


def ran(city: TinyCity, log: Path, *command: str) -> str:
    """A command on the city; what it said goes to the log too."""
    done = subprocess.run(
        [sys.executable, "-m", "commands.main", *command, "--config", str(city.config)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    with log.open("a", encoding="utf-8") as told:
        told.write(done.stdout + done.stderr)
    return done.stdout


def as_variables(doors: Doors) -> None:
    for number in SPELLINGS:
        doors.ask(PERSON, n=number)
        doors.ask(DEEP, n=number)
        doors.ask("query($n: ID!) { node(id: $n) { id } person(id: $n) { id } }", n=number)
        doors.ask("query($n: String!) { unit(unitCode: $n) { id } }", n=number)
        doors.ask("query($n: String!) { persons(first: 2, after: $n) { totalCount } }", n=number)
        doors.ask("query($n: Int!) { persons(first: $n) { totalCount } }", n=number)
        doors.ask("query($n: [ID!]!) { nodes(ids: $n) { id } }", n=[number, number])
        doors.ask("query($n: Date!) { unit(unitCode: $n) { id } }", n=number)


def as_texts(doors: Doors) -> None:
    for number in SPELLINGS:
        plain = json.dumps(number)
        doors.ask(f"{{ person(idNumber: {plain}) {{ name }} }}")
        doors.ask(f"query N{NUMBER} {{ person(idNumber: {plain}) {{ n{NUMBER}: name }} }}")
        doors.ask(f"{{ person(idNumber: {plain} {{ name }} }}")
        doors.ask(f"{{ person(idNumber: {NUMBER}) {{ name }} }}")
        doors.ask(f"# {number}\n{{ f{NUMBER} }}")
        doors.ask(f"fragment F{NUMBER} on Person {{ name }} {{ sources {{ name }} }}")


def as_parts_of_requests(doors: Doors) -> None:
    query = "{ sources { name } }"
    doors.post({"query": query, "operationName": NUMBER})
    doors.post({"documentId": NUMBER})
    doors.post({"documentId": f"sha256:{NUMBER}"})
    doors.post({"query": query, "extensions": {"persistedQuery": {"sha256Hash": NUMBER}}})
    doors.post({"query": query, "variables": NUMBER})
    doors.post({"query": query, NUMBER: NUMBER})
    doors.post([NUMBER])
    doors.post(NUMBER)
    for purpose in (NUMBER, f"CASE:{NUMBER}", f"SUPERVISION:{NUMBER}"):
        doors.post({"query": PERSON, "variables": {"n": NUMBER}}, **{"X-Fourfold-Purpose": purpose})
    for name in ("traceparent", "x-request-id", "cookie", "user-agent", "x-forwarded-for"):
        doors.post({"query": query}, **{name: f"a={NUMBER}"})
    bad = doors.http.post("/graphql", content=f'{{"query": {NUMBER}', headers=doors.headers)
    doors.keep(bad)


def as_addresses(doors: Doors) -> None:
    for path in (
        f"/{NUMBER}",
        f"/graphql?query={{person(idNumber:%22{NUMBER}%22){{name}}}}",
        f"/graphql?documentId={NUMBER}",
        f"/sources?person={NUMBER}",
        f"/livez?{NUMBER}",
        f"/oauth/authorize?client_id={NUMBER}&redirect_uri={NUMBER}",
        f"/oauth/logout?id_token_hint={NUMBER}&state={NUMBER}",
        f"/graphiql/{NUMBER}.js",
    ):
        doors.get(path, Accept="application/json")
    doors.get("/sources", Authorization=f"Bearer {NUMBER}")
    doors.get("/graphql", Authorization=f"Bearer {NUMBER}")


def as_sign_in(doors: Doors) -> None:
    form = {"login": NUMBER, "password": NUMBER, "code": NUMBER, "form": NUMBER}
    for path in ("/oauth/login", "/oauth/step-up", "/oauth/token", "/oauth/revoke"):
        doors.keep(doors.http.post(path, data={**form, "client_id": NUMBER, "token": NUMBER}))


WAYS: Final[tuple[Callable[[Doors], None], ...]] = (
    as_variables,
    as_texts,
    as_parts_of_requests,
    as_addresses,
    as_sign_in,
)


def behind(city: TinyCity, doors: Doors, log: Path) -> dict[str, str]:
    """All places where nothing may be found, by name."""
    doors.get("/metrics")
    doors.get("/sources")
    kept = [path for path in city.folder.rglob("*") if path.is_file() and _is_ours(path)]
    files = {path.name: path.read_bytes().decode("utf-8", "replace") for path in kept}
    assert {"platform.sqlite", log.name} <= files.keys()
    return {**files, "answers": "\n".join(doors.seen)}


def _is_ours(path: Path) -> bool:
    """Not the departments' own databases, which hold the numbers."""
    return path.name.startswith(("platform", "server", "audit", "anchor"))


def found(places: dict[str, str]) -> list[str]:
    """Where any part of a number was found, with what is around it."""
    plain = {
        name: text.translate({0xFF10 + n: str(n) for n in range(10)}).replace(" ", "")
        for name, text in places.items()
    }
    hits = ((name, text, hit) for name, text in plain.items() for hit in BIRTH.finditer(text))
    return [f"{name}: {text[max(0, h.start() - 80) : h.end() + 80]}" for name, text, h in hits]


def test_no_number_stays_behind_whatever_door_it_came_by(
    city: TinyCity, doors: Doors, log: Path
) -> None:
    for way in WAYS:
        way(doors)
    answer = doors.ask(PERSON, n=NUMBER)

    assert found(behind(city, doors, log)) == []
    assert not re.search("SELECT|INSERT", log.read_text(encoding="utf-8"))
    assert answer["data"]["person"]["name"] == "张三"
    assert len(doors.seen) > 150


def test_a_source_that_fails_tells_no_number(city: TinyCity, doors: Doors, log: Path) -> None:
    doors.ask(DEEP, n=NUMBER)
    city.run("hr", "ALTER TABLE ry RENAME COLUMN xm TO xming")
    as_variables(doors)
    city.run("hr", "DROP TABLE ry")
    city.run("finance", "UPDATE member SET st = '370702199001011234', nm = idno")
    as_variables(doors)

    assert found(behind(city, doors, log)) == []


def test_commands_tell_no_number(city: TinyCity, log: Path, tmp_path: Path) -> None:
    document, variables = tmp_path / "who.graphql", tmp_path / "who.json"
    document.write_text(DEEP, encoding="utf-8")
    variables.write_text(json.dumps({"n": NUMBER}), encoding="utf-8")
    ran(city, log, "link")
    ran(city, log, "check")
    ran(city, log, "explain", str(document), "--variables", str(variables))
    city.run("hr", "DROP TABLE ry")
    ran(city, log, "link")
    ran(city, log, "check")

    told = log.read_text(encoding="utf-8")
    assert "finance" in told
    assert found({"log": told}) == []
