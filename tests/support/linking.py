"""Small cities of fake sources, linked into a platform database in a folder."""

from datetime import UTC, datetime
from pathlib import Path

from bulk.linking import CityLinks, link_city
from bulk.reports import Unwatched
from domain.catalogue.handles import ID_NUMBER, PERSON_NAME, UNIT_CODE, UNIT_NAME, USCC
from domain.model.keys import LocalKey
from domain.model.tally import Tally
from store.database import Store, StoreOptions
from store.people import PersonAsk
from store.units import UnitAsk
from tests.support.fakes import FakeRow, FakeSource

NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
NUMBER = "370702196803121239"
OLD_FORM = "370702680312123"
OTHER = "370702198503151232"
USCC_A = "11370700004260002K"
USCC_B = "123707004950001241"

Groups = set[frozenset[LocalKey]]


def options(folder: Path) -> StoreOptions:
    return StoreOptions(f"sqlite:///{folder / 'platform.sqlite'}", b"i" * 32, b"d" * 32)


def a_person(key: str, number: str = NUMBER, name: str = "张三") -> FakeRow:
    return FakeRow(key, {PERSON_NAME: name, ID_NUMBER: number})


def a_unit(key: str, uscc: str | None = None, code: str | None = None) -> FakeRow:
    return FakeRow(key, {UNIT_NAME: f"单位{key}", USCC: uscc, UNIT_CODE: code})


def a_key(source: FakeSource, key: str) -> LocalKey:
    return LocalKey(source.department, source.source, key)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("platform.sqlite*"))


async def link(store: Store, *sources: FakeSource, now: datetime = NOW) -> CityLinks:
    return await link_city(sources, store, now=now, progress=Unwatched())


async def persons(store: Store, *sources: FakeSource) -> Groups:
    """Which records are linked with which."""
    keys = [a_key(source, row.key) for source in sources for row in source.people]
    found = await store.people.find([PersonAsk(key=key) for key in keys], Tally())
    return {frozenset(link.key for link in person.links) for person in found if person}


async def units(store: Store, *sources: FakeSource) -> Groups:
    keys = [a_key(source, row.key) for source in sources for row in source.units]
    found = await store.units.find([UnitAsk(key=key) for key in keys], Tally())
    return {frozenset(link.key for link in unit.links) for unit in found if unit}
