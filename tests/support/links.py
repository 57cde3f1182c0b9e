"""Builders and questions for tests of links in the platform database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, event

from domain.identity.matching import Evidence, MatchLevel
from domain.model.departments import Department
from domain.model.keys import LocalKey, SourceName
from domain.model.tally import Tally
from store.database import Store, StoreOptions
from store.leases import Leases
from store.links import key_index
from store.people import LinkedPerson, PersonAsk, PersonToLink
from store.recording import Recorded, RowToLink, Stamp
from store.sealing import Seals
from store.tables import METADATA
from store.units import LinkedUnit, UnitAsk

NUMBER = "370702198503151232"
OTHER = "370702196803121239"
SEALS = Seals(b"i" * 32, b"d" * 32)
FIRST = Stamp("fourfold link", datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=UTC))
LATER = Stamp("fourfold link", datetime(2026, 4, 1, 8, 0, tzinfo=UTC))
STEWARD = Stamp("steward", datetime(2026, 5, 1, 8, 0, tzinfo=UTC))


def options(url: str) -> StoreOptions:
    return StoreOptions(url, b"i" * 32, b"d" * 32, pool_size=3)


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements that the block sends, writes of a transaction's frame left out."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    async def fetch(self: Leases, sql: str, parameters: Sequence[Any]) -> Sequence[Any]:
        sent.append(sql)
        return await leased(self, sql, parameters)

    leased = Leases.fetch
    engine = store.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    with patch.object(Leases, "fetch", fetch):
        yield sent
    event.remove(engine, "before_cursor_execute", note)


def a_key(department: Department, text: str = "1") -> LocalKey:
    return LocalKey(department, SourceName(department.value), text)


def a_link(department: Department, text: str = "1", *, personal: bool = False) -> RowToLink:
    key, evidence = a_key(department, text), (Evidence.ID_NUMBER, Evidence.NAME)
    return RowToLink(key, key_index(SEALS, key), MatchLevel.CERTAIN, evidence, personal)


def a_unit(*keys: tuple[Department, str]) -> list[RowToLink]:
    made = [a_key(*key) for key in keys]
    certain, evidence = MatchLevel.CERTAIN, (Evidence.USCC,)
    return [RowToLink(key, key_index(SEALS, key), certain, evidence) for key in made]


async def link_person(
    store: Store, *rows: RowToLink, number: str = NUMBER, stamp: Stamp = FIRST
) -> Recorded:
    person = PersonToLink(store.people.blind_index(number), rows)
    return await store.people.record_links([person], stamp)


async def find_person(store: Store, ask: PersonAsk) -> LinkedPerson | None:
    return (await store.people.find([ask], Tally()))[0]


async def get_person(store: Store, number: str = NUMBER) -> LinkedPerson:
    found = await find_person(store, PersonAsk(id_number=number))
    assert found is not None
    return found


async def find_unit(store: Store, ask: UnitAsk) -> LinkedUnit | None:
    return (await store.units.find([ask], Tally()))[0]


def dump(connection: Connection) -> str:
    """Every value of every table as text."""
    rows = [
        value
        for table in METADATA.sorted_tables
        for row in connection.execute(table.select())
        for value in row
    ]
    return "\n".join(map(str, rows))
