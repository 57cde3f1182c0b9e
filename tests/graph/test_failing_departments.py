"""Departments that fail by real means, one to four at a time: what lives is answered."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import make_url

from domain.catalogue import handles
from tests.graph.test_outages import NUMBER, PORTS, fill
from tests.support.city import Client, Json, link, running
from tests.support.databases import DatabaseMaker, Kind
from tests.support.faults import CODES, Fault, Victim, leaks
from tests.support.proxy import TcpProxy
from tests.support.tiny import TinyCity, make_tiny_city

pytestmark = pytest.mark.slow
DEADLINE: Final = 2.5
TIMES: Final = {"connect_timeout": 1.0, "statement_timeout": 1.0, "deadline": DEADLINE}
BREAKER: Final = {"retry_after": 0.1, "retry_at_most": 0.3, "breaker_failures": 2}
PATIENCE: Final = 30.0
COUNTS: Final = (1, 2, 3, 4)
"""How many departments fall ill at a time."""
OWN: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "hr": ("ry", "xb", "basics", "gender"),
    "organization": ("cadre", "rk", "rank", handles.CIVIL_RANK),
    "finance": ("member", "st", "payroll", handles.PAYROLL_STATUS),
    "establishment": ("card", "ty", "occupation", handles.ESTABLISHMENT_TYPE),
}
"""Of each department a table, a column of it, and the field of the graph it alone can fill."""
DOCUMENT: Final = """query Lookup($n: String!) { person(idNumber: $n) { identity name
    basics { gender { code } } rank { civilRank { code } } payroll { payrollStatus { code } }
    occupation { establishmentType { code } }
    provenance(indicators: ["personName"]) { department state used }
    records { department state } } }"""
SOURCES: Final = "{ sources { name state breaker lastError since waiting } }"


@dataclass(frozen=True, slots=True)
class Ward:
    """A running city and its four departments' databases, which may fall ill."""

    client: Client
    victims: Mapping[str, Victim]

    async def ask(self) -> tuple[Json, float]:
        """The lookup's answer and its seconds."""
        began = time.monotonic()
        answer = await self.client.ask(DOCUMENT, n=NUMBER)
        return answer, time.monotonic() - began

    async def breakers(self) -> dict[str, str]:
        found = (await self.client.data(SOURCES))["sources"]
        return {source["name"]: source["breaker"] for source in found}

    async def until_closed(self) -> None:
        """Nobody asks a department meanwhile: the probes find it back."""
        async with asyncio.timeout(PATIENCE):
            while set((await self.breakers()).values()) != {"CLOSED"}:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.02)

    async def healthy(self) -> Json:
        """The answer when all departments are well, which a busy machine may delay."""
        async with asyncio.timeout(PATIENCE):
            answer, _ = await self.ask()
            while "errors" in answer:
                await self.until_closed()
                answer, _ = await self.ask()
        return answer

    async def until_known(self, dead: list[str], state: str) -> None:
        """Asks until every dead department is known to be in this state, and what is lost is found.

        A source may be looked at again only after a pause.
        """
        async with asyncio.timeout(PATIENCE):
            while not await self._are_known(dead, state):
                await self.ask()

    async def _are_known(self, dead: list[str], state: str) -> bool:
        told = (await self.client.http.get("/sources")).json()["sources"]
        ill = [source for source in told if source["name"] in dead]
        has_found = state != "DEGRADED" or all(source["findings"] for source in ill)
        return has_found and {source["state"] for source in ill} == {state}

    async def told(self) -> dict[str, Json]:
        return {each["name"]: each for each in (await self.client.data(SOURCES))["sources"]}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(kind, marks=getattr(pytest.mark, kind)) for kind in ("postgresql", "mariadb")
    ],
)
def tiny(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_module_database: DatabaseMaker,
) -> TinyCity:
    kind: Kind = request.param
    city = make_tiny_city(kind, tmp_path_factory.mktemp(kind), make_module_database)
    fill(city)
    city.run("establishment", "INSERT INTO seats (person, unit, ty) VALUES (7, 'U1', '11')")
    return city


@pytest.fixture
def note_times(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Writes a line of the table in the manual, where one was asked for."""
    file: Path | None = request.config.getoption("--fault-table")

    def note(line: str) -> None:
        if file is not None:
            with file.open("a", encoding="utf-8") as table:
                table.write(f"{line}\n")

    return note


@asynccontextmanager
async def ward(tiny: TinyCity) -> AsyncIterator[Ward]:
    async with AsyncExitStack() as stack:
        victims: dict[str, Victim] = {}
        for name, (table, column, *_) in OWN.items():
            place = make_url(tiny.urls[name])
            proxy = TcpProxy(place.host or "127.0.0.1", place.port or PORTS[tiny.kind])
            await stack.enter_async_context(proxy)
            victims[name] = Victim(tiny.urls[name], proxy, table, column)
            victims[name].open_account(tables_of(tiny, name))
            stack.callback(victims[name].close_account)
        (tiny.folder / "platform.sqlite").unlink(missing_ok=True)
        tiny.write_config({name: v.through for name, v in victims.items()}, **TIMES, **BREAKER)
        await link(tiny.config)
        client = await stack.enter_async_context(running(tiny.config))
        yield Ward(client, victims)


def tables_of(tiny: TinyCity, name: str) -> list[str]:
    tables = {
        "organization": ["cadre"],
        "establishment": ["card", "office", "pools", "seats"],
        "finance": ["member", "budget"],
        "hr": ["ry", "xl"],
    }
    return tables[name]


def living_are_whole(answer: Json, whole: Json, dead: list[str], fault: Fault) -> None:
    person: Any = answer["data"]["person"]  # JSON of any shape
    for name, (_, _, category, field) in OWN.items():
        if name not in dead:
            assert person[category][field] == whole["data"]["person"][category][field], name
    if len(dead) < len(OWN):
        assert person["name"] == "张三"
    states = {record["department"].lower(): record["state"] for record in person["records"]}
    unavailable = {name for name, state in states.items() if state == "UNAVAILABLE"}
    # A loss that was noticed before the question takes out the lost column alone.
    assert unavailable <= set(dead) if fault is Fault.DROPPED else unavailable == set(dead)


def one_error_each(answer: Json, dead: list[str], fault: Fault) -> None:
    extensions = [error["extensions"] for error in answer["errors"]]
    assert sorted(told["source"] for told in extensions) == sorted(dead)
    for told in extensions:
        assert told["code"] in CODES[fault]
        assert told["department"] == told["source"].upper()
        assert f"Person.{OWN[told['source']][2]}" in told["fields"]
    assert not any("path" in error for error in answer["errors"])


@pytest.mark.parametrize("fault", list(Fault))
async def test_what_the_living_know_is_answered_in_time(
    tiny: TinyCity,
    fault: Fault,
    capfd: pytest.CaptureFixture[str],
    note_times: Callable[[str], None],
) -> None:
    """With one, more and all four departments dead, and well again after each."""
    async with ward(tiny) as city:
        whole, states = await city.healthy(), list[str]()
        for count in COUNTS:
            ill = list(OWN)[:count]
            first, later = await suffer(city, fault, ill, whole, states)
            note_times(f"| {fault} | {tiny.kind} | {count} | {first:.2f} s | {later:.0f} ms |")
        told = "".join(states) + capfd.readouterr().err
        assert leaks(told, city.victims, (NUMBER, "张三", "Traceback")) == []
        # Operators read the line of the mapping and the column; the table nobody does.
        tables = (victim.table for victim in city.victims.values())
        assert [table for table in tables if re.search(rf"\b{table}\b", told)] == []


async def suffer(
    city: Ward, fault: Fault, ill: list[str], whole: Json, states: list[str]
) -> tuple[float, float]:
    """The fault comes and goes; the seconds of the first answer, the milliseconds of a later.

    What `/sources` says meanwhile joins the states.
    """
    for name in ill:
        await city.victims[name].strike(fault, delay=20.0)
    answer, seconds = await city.ask()
    check(answer, fault, ill, whole)
    assert seconds < DEADLINE * 4  # A slow machine; the figures stand in the manual.
    await city.until_known(ill, "DEGRADED" if fault is Fault.DROPPED else "DOWN")
    again, at_once = await city.ask()
    check(again, fault, ill, whole)
    # One that waited would take a statement's time-out, each time; a busy machine is slow once.
    assert min(at_once, *[(await city.ask())[1] for _ in range(2)]) < TIMES["statement_timeout"] / 2
    await is_told(city, ill, has_lost_a_part=fault is Fault.DROPPED)
    states.append((await city.client.http.get("/sources")).text)
    if fault is Fault.DROPPED:
        assert all(city.victims[name].column in states[-1] for name in ill)
    assert leaks(json.dumps([answer["errors"], again["errors"]]), city.victims, (NUMBER,)) == []

    for name in ill:
        await city.victims[name].heal(fault)
    await city.until_closed()

    healed = await city.healthy()
    assert healed["data"] == whole["data"]
    assert (await city.client.http.get("/readyz")).json()["degraded"] == []
    return seconds, at_once * 1000


def check(answer: Json, fault: Fault, ill: list[str], whole: Json) -> None:
    living_are_whole(answer, whole, ill, fault)
    one_error_each(answer, ill, fault)


async def is_told(city: Ward, ill: list[str], *, has_lost_a_part: bool) -> None:
    """Probes, people and metrics can see which departments are not asked, or lack a part."""
    ready = (await city.client.http.get("/readyz")).json()
    assert (ready["status"], sorted(ready["degraded"])) == ("ready", sorted(ill))
    if not has_lost_a_part:
        metrics = (await city.client.http.get("/metrics")).text
        for name in ill:
            assert f'fourfold_source_breaker{{source="{name}",state="CLOSED"}} 0.0' in metrics
    told, state = await city.told(), "DEGRADED" if has_lost_a_part else "DOWN"
    assert {name for name, source in told.items() if source["state"] == state} == set(ill)
    assert all(told[name]["lastError"] and told[name]["since"] for name in ill)


async def test_a_request_of_many_waves_waits_for_a_slow_department_no_longer_than_its_deadline(
    tiny: TinyCity,
) -> None:
    depth = 5
    for i in range(2, depth + 2):
        row = f"('U{i}', '第{i}', 'U{i - 1}')"
        tiny.run("establishment", f"INSERT INTO office (code, nm, up) VALUES {row}")
    inner = "name"
    for _ in range(depth):
        inner = f"name children(first: 2) {{ nodes {{ {inner} }} }}"
    document = f'{{ unit(unitCode: "U1") {{ {inner} }} }}'
    # Of five waves each takes most of a statement's time: together twice the deadline.
    delay = TIMES["statement_timeout"] * 0.8
    async with ward(tiny) as city:
        await city.healthy()
        whole = await city.client.ask(document)
        seconds, answer = [], whole
        for _ in range(3):
            await city.victims["establishment"].strike(Fault.SLOW, delay=delay)
            began = time.monotonic()
            answer = await city.client.ask(document)
            seconds.append(time.monotonic() - began)
            await city.victims["establishment"].heal(Fault.SLOW)
            await city.until_closed()

    assert "errors" not in whole
    assert {error["extensions"]["source"] for error in answer["errors"]} == {"establishment"}
    assert min(seconds) < DEADLINE + delay
