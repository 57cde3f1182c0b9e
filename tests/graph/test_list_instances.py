"""One department over one and three instances: pages while others write, a dead instance."""

import asyncio
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.catalogue import handles
from tests.contract.list_city import PEOPLE, STYLES, Person
from tests.contract.source_kit import run_sql
from tests.support.city import Client, Json, loading_url, running
from tests.support.databases import DatabaseMaker, Kind

STYLE = STYLES[0]
LIVE = [person for person in PEOPLE if person.live]
PATIENCE = 10.0
PAGE = """query($first: Int, $after: String) { persons(first: $first, after: $after) {
    drivenBy totalCount pageInfo { hasNextPage endCursor }
    nodes { idNumber occupation { occupiedUnitCode } } } }"""

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Office:
    """The Establishment Office over several databases, each with its part of the persons."""

    folder: Path
    urls: Sequence[str]

    @property
    def config(self) -> Path:
        return self.folder / "city.toml"

    def expected(self, without: frozenset[int] = frozenset()) -> list[str]:
        """The ID numbers in the order of the list; the rows of some instances left out."""
        return [
            person.number
            for part in range(len(self.urls))
            if part not in without
            for person in sorted(part_of(part, len(self.urls)), key=_place)
        ]


def part_of(part: int, parts: int) -> list[Person]:
    """The live persons of one instance."""
    return [person for person in LIVE if person.key % parts == part]


def _place(person: Person) -> tuple[bool, str, str]:
    code = "" if person.unit is None else STYLE.unit_of(person.unit)
    return person.unit is None, code, STYLE.key_of(person.key)


@pytest.fixture(params=[1, 3])
def office(
    request: pytest.FixtureRequest,
    database_kind: Kind,
    tmp_path: Path,
    make_database: DatabaseMaker,
) -> Office:
    """One and three instances on each kind of database in turn."""
    count: int = request.param
    urls = [make_database(database_kind) for _ in range(count)]
    sign = "%" if database_kind == "sqlite" else "%%"
    for part, url in enumerate(urls):
        people = [person for person in PEOPLE if person.key % count == part]
        # Else SQLite keeps readers out while somebody writes.
        first = ["PRAGMA journal_mode=WAL"] if database_kind == "sqlite" else []
        run_sql(url, *first, *(text.replace("%", sign) for text in STYLE.tables(people)))
    (tmp_path / "office.toml").write_text(STYLE.mapping(), encoding="utf-8")
    made = Office(tmp_path, urls)
    write_config(made, urls)
    return made


def write_config(office: Office, urls: Sequence[str]) -> None:
    lines = [
        "[platform]",
        'url = "sqlite:///platform.sqlite"',
        f'index_key = "{secrets.token_hex(32)}"',
        f'data_key = "{secrets.token_hex(32)}"',
        "[graph]",
        "debug = true",
        "[auth]",
        "enabled = false",
    ]
    for number, url in enumerate(urls):
        lines += ["[[sources]]", f'name = "office-{number}"', 'department = "establishment"']
        lines += [f'url = "{url}"', 'mapping = "office.toml"']
    office.config.write_text("\n".join(lines), encoding="utf-8")


@dataclass(slots=True)
class Writer:
    """Puts rows in and takes them out again, before and behind wherever a reader is."""

    url: str
    done: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        engine = sa.create_engine(loading_url(self.url), poolclass=sa.NullPool)
        while not self.stop.is_set():
            self._once(engine, self.done)
            self.done += 1
            self.stop.wait(0.005)
        engine.dispose()

    def _once(self, engine: sa.Engine, number: int) -> None:
        unit = STYLE.unit_of(number % 8 + 1)
        insert = (
            f"INSERT INTO ry VALUES ('{'aYz'[number % 3]}w{number}', '写', 'w', '{unit}', 1, NULL)"
        )
        gone = number - 5
        delete = f"DELETE FROM ry WHERE k0 = '{'aYz'[gone % 3]}w{gone}'"
        for statement in (insert, delete):
            with engine.begin() as connection:
                connection.exec_driver_sql(statement)


@contextmanager
def writing(urls: Sequence[str]) -> Iterator[list[Writer]]:
    """One writer a database while the block lasts."""
    writers = [Writer(url) for url in urls]
    threads = [threading.Thread(target=writer.run) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        yield writers
    finally:
        for writer in writers:
            writer.stop.set()
        for thread in threads:
            thread.join()


async def _until_all_have_written(writers: Sequence[Writer]) -> None:
    targets = [writer.done + 1 for writer in writers]
    async with asyncio.timeout(PATIENCE):
        while any(w.done < target for w, target in zip(writers, targets, strict=True)):  # noqa: ASYNC110 - threads write
            await asyncio.sleep(0.002)


async def walk(client: Client, size: int, writers: Sequence[Writer] = ()) -> list[str]:
    """The ID numbers of all pages; the writers write between any two of them."""
    numbers: list[str] = []
    after: str | None = None
    while True:
        page: Json = (await client.data(PAGE, first=size, after=after))["persons"]
        numbers += [node[handles.ID_NUMBER] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return numbers
        after = page["pageInfo"]["endCursor"]
        await _until_all_have_written(writers)


async def test_every_row_stands_once_in_order(office: Office) -> None:
    async with running(office.config) as client:
        assert await walk(client, 5) == office.expected()
        page = (await client.data(PAGE, first=1))["persons"]

    assert (page["totalCount"], page["drivenBy"]) == (len(LIVE), "ESTABLISHMENT")


async def test_rows_nobody_touches_are_neither_lost_nor_repeated_while_others_write(
    office: Office,
) -> None:
    async with running(office.config) as client:
        with writing(office.urls) as writers:
            seen = await walk(client, 4, writers)

    assert min(writer.done for writer in writers) > 3
    assert [number for number in seen if number.startswith("3707")] == office.expected()


async def test_an_instance_that_is_gone_leaves_its_rows_out_with_one_error(
    office: Office, make_database: DatabaseMaker, database_kind: Kind
) -> None:
    """A database without the tables stands for it; of one instance, nothing is left."""
    urls = [*office.urls[:-1], make_database(database_kind)]
    last = len(urls) - 1
    write_config(office, urls)

    async with running(office.config) as client:
        answer = await client.ask(PAGE, first=100)

    page, (error,) = answer["data"]["persons"], answer["errors"]
    assert [node[handles.ID_NUMBER] for node in page["nodes"]] == office.expected(frozenset({last}))
    assert page["totalCount"] is None
    assert page["drivenBy"] == ("ESTABLISHMENT" if last else None)
    # Of SQLite, the file itself is missing.
    assert error["extensions"]["code"] in {"SOURCE_INVALID", "SOURCE_UNAVAILABLE"}
    assert error["extensions"]["source"] == f"office-{last}"
    assert "Query.persons" in error["extensions"]["fields"]
    assert "path" not in error


async def test_units_and_a_lookup_go_on_over_the_living_instances(
    office: Office, make_database: DatabaseMaker, database_kind: Kind
) -> None:
    last = len(office.urls) - 1
    document = """query($n: String!) { units(first: 200) { drivenBy nodes { unitCode } }
        person(idNumber: $n) { name } }"""
    sought = next(person for person in part_of(0, len(office.urls)) if person.number)
    async with running(office.config) as client:
        whole = await client.data(document, n=sought.number)
    write_config(office, [*office.urls[:-1], make_database(database_kind)])

    async with running(office.config) as client:
        answer = await client.ask(document, n=sought.number)

    assert {error["extensions"]["source"] for error in answer["errors"]} == {f"office-{last}"}
    fields = {field for error in answer["errors"] for field in error["extensions"]["fields"]}
    assert "Query.units" in fields
    assert any(field.startswith("Person.") for field in fields)
    units = answer["data"]["units"]
    assert units["drivenBy"] == ("ESTABLISHMENT" if last else None)
    every = [node[handles.UNIT_CODE] for node in whole["units"]["nodes"]]
    left = every[: len(every) * last // (last + 1)]
    assert [node[handles.UNIT_CODE] for node in units["nodes"]] == left
    assert answer["data"]["person"] == (whole["person"] if last else None)


async def test_a_page_asks_one_instance_after_another_until_it_is_full(office: Office) -> None:
    document = "query($first: Int) { persons(first: $first) { nodes { name } } }"
    async with running(office.config) as client:
        few = await client.statements(document, first=2)
        every = await client.statements(document, first=100)

    assert few == {"platform": 1, "office-0": 1}
    assert every == {"platform": 1, **{f"office-{i}": 1 for i in range(len(office.urls))}}
