"""A new index key: everything is found under it, nothing under the old one, or nothing changed."""

from dataclasses import replace
from pathlib import Path

import pytest

from bulk.rekeying import rekey_city
from bulk.reports import Unwatched
from domain.model.departments import Department
from domain.model.errors import SourceError
from domain.model.tally import Tally
from store.database import open_store
from store.people import PersonAsk
from store.recording import Recorded
from store.rekeying import Rekeyed
from store.sealing import Seals
from tests.support.fakes import FakeSource
from tests.support.linking import (
    LATER,
    NUMBER,
    OTHER,
    USCC_A,
    a_person,
    a_unit,
    link,
    options,
    persons,
)

pytestmark = pytest.mark.timeout(60)
NEW = Seals(b"n" * 32, b"d" * 32)


def a_city() -> tuple[FakeSource, FakeSource]:
    hr = FakeSource(Department.HR, [a_person("h"), a_person("x", OTHER)], [a_unit("1", USCC_A)])
    return hr, FakeSource(Department.FINANCE, [a_person(NUMBER)], personal=True)


async def test_everything_is_found_under_the_new_key_and_nothing_is_linked_anew(
    tmp_path: Path,
) -> None:
    hr, finance = a_city()
    async with open_store(options(tmp_path)) as store:
        await link(store, hr, finance)
        before = await persons(store, hr, finance)

        done = await rekey_city([hr, finance], store, NEW, Unwatched())

        assert await store.people.find([PersonAsk(id_number=NUMBER)], Tally()) == [None]
    async with open_store(replace(options(tmp_path), index_key=b"n" * 32)) as store:
        again = await link(store, hr, finance, now=LATER)

        assert done == Rekeyed(links=4, numbers=2, left=0)
        assert await persons(store, hr, finance) == before
        assert (again.people.changes, again.units.changes) == (Recorded(), Recorded())


async def test_a_number_that_no_source_has_any_more_is_left_and_counted(tmp_path: Path) -> None:
    hr, finance = a_city()
    async with open_store(options(tmp_path)) as store:
        await link(store, hr, finance)
        hr.people.pop()

        done = await rekey_city([hr, finance], store, NEW, Unwatched())

    assert (done.numbers, done.left) == (1, 1)


async def test_a_source_that_is_away_leaves_the_old_key_in_force(tmp_path: Path) -> None:
    hr, finance = a_city()
    async with open_store(options(tmp_path)) as store:
        await link(store, hr, finance)
        before = await persons(store, hr, finance)
        finance.go_down()

        with pytest.raises(SourceError):
            await rekey_city([hr, finance], store, NEW, Unwatched())

        assert await persons(store, hr, finance) == before
