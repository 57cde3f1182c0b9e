"""Small cities of fake sources, linked into a platform database in a folder."""

from datetime import UTC, date, datetime
from pathlib import Path

from bulk.linking import CityLinks, link_city
from bulk.reports import Unwatched
from domain.catalogue.handles import (
    BIRTH_DATE,
    GENDER,
    ID_NUMBER,
    OCCUPIED_UNIT_CODE,
    PARENT_UNIT_CODE,
    PERSON_NAME,
    UNIT_CODE,
    UNIT_NAME,
    USCC,
)
from domain.identity.id_numbers import MALE
from domain.identity.matching import SURE
from domain.model.keys import IndicatorName, LocalKey
from domain.model.records import Value
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

BORN = date(1968, 3, 12)

Groups = set[frozenset[LocalKey]]


def options(folder: Path) -> StoreOptions:
    return StoreOptions(f"sqlite:///{folder / 'platform.sqlite'}", b"i" * 32, b"d" * 32)


def a_person(key: str, number: str = NUMBER, name: str = "张三", unit: str = "") -> FakeRow:
    """A record; one with a unit says gender and birth date too."""
    values: dict[IndicatorName, Value] = {PERSON_NAME: name, ID_NUMBER: number}
    if unit:
        values |= {OCCUPIED_UNIT_CODE: unit, GENDER: MALE, BIRTH_DATE: BORN}
    return FakeRow(key, values)


def a_unit(
    key: str,
    uscc: str | None = None,
    code: str | None = None,
    *,
    name: str = "",
    parent: str | None = None,
) -> FakeRow:
    values = {UNIT_NAME: name or f"单位{key}", USCC: uscc, UNIT_CODE: code}
    return FakeRow(key, {**values, PARENT_UNIT_CODE: parent})


def a_key(source: FakeSource, key: str) -> LocalKey:
    return LocalKey(source.department, source.source, key)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("platform.sqlite*"))


async def link(
    store: Store, *sources: FakeSource, now: datetime = NOW, full: bool = False
) -> CityLinks:
    return await link_city(sources, store, now=now, progress=Unwatched(), full=full)


async def persons(store: Store, *sources: FakeSource) -> Groups:
    """Which records are surely linked with which."""
    keys = [a_key(source, row.key) for source in sources for row in source.people]
    found = await store.people.find([PersonAsk(key=key) for key in keys], Tally())
    sure = (
        frozenset(link.key for link in person.links if link.level in SURE)
        for person in found
        if person
    )
    return {group for group in sure if group}


async def levels(store: Store, *sources: FakeSource) -> dict[str, str]:
    """The level of every link in force, by the key's text."""
    keys = [a_key(source, row.key) for source in sources for row in source.people]
    found = await store.people.find([PersonAsk(key=key) for key in keys], Tally())
    links = (link for person in found if person for link in person.links)
    return {link.key.text: link.level.value for link in links}


async def units(store: Store, *sources: FakeSource) -> Groups:
    keys = [a_key(source, row.key) for source in sources for row in source.units]
    found = await store.units.find([UnitAsk(key=key) for key in keys], Tally())
    return {frozenset(link.key for link in unit.links) for unit in found if unit}
