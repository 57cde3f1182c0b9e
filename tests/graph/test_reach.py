"""Rows in reach on real databases: random questions under random scopes, by both paths."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from domain.model.access import EVERYTHING, Scope
from domain.model.departments import PERSON_DRIVERS, Department
from domain.model.global_ids import PERSON, decode_id, encode_id
from domain.model.keys import EntityKind, LocalKey, UnitCode
from domain.model.subjects import Subject
from resolvers.sources import Sources
from resolvers.subjects import opened_id
from tests.support.scoped_asking import planned, stock
from tests.support.scoped_questions import Chance
from tests.support.scopes import OFFICE, ScopedCity
from tests.unit.planning.both import Paths

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
PEOPLE, UNITS = EntityKind.PERSON, EntityKind.UNIT
NORMALLY, NIGHTLY = 500, 10_000
Json = dict[str, Any]  # Any: an object of whatever was asked


async def data_of(
    paths: Paths, city: ScopedCity, scope: Scope, text: str, **values: object
) -> Json:
    told = await planned(paths, city, scope, text, **values)
    assert told.data is not None
    assert not told.errors
    return told.data


def objects(data: object) -> Iterator[tuple[str, str]]:
    """Type and id of every object in an answer."""
    if isinstance(data, dict):
        if "__typename" in data and "id" in data:
            yield data["__typename"], data["id"]
        for value in data.values():
            yield from objects(value)
    elif isinstance(data, list):
        for value in data:
            yield from objects(value)


class Judge:
    """What a scope lets through, by a plain reading of the books."""

    def __init__(self, city: ScopedCity, scope: Scope) -> None:
        self.city, self.scope, self.books = city, scope, city.books
        self.codes = self.books.codes(scope)
        self.persons = self.books.persons_within(scope) | self.books.hosted(scope)
        self.units = self.books.units_within(scope)

    def is_shown(self, kind: str, public_id: str) -> bool:
        decoded = decode_id(public_id)
        assert decoded is not None
        known = self.persons if kind == PERSON else self.units
        if decoded.local in known:
            return True
        entity = PEOPLE if kind == PERSON else UNITS
        key = opened_id(entity, decoded.local, self.city.store.seals, self._sources())
        return key is not None and self._is_row_within(entity, key)

    def _sources(self) -> Sources:
        return self.city.context(EVERYTHING).reads.sources

    def _is_row_within(self, kind: EntityKind, key: LocalKey) -> bool:
        if kind is PEOPLE:
            return self.books.is_within(self.scope, self.codes, [key])
        return self.books.has_unit_row(self.scope, self.codes, key)

    def strangers(self) -> list[tuple[EntityKind, LocalKey]]:
        """Rows that a source has given away although nobody they are of is within."""
        owners = {
            (subject.kind, key): subject
            for subject in (*self.books.persons, *self.books.units)
            for key in subject.keys
        }
        given = {each for source in self.city.sources for each in source.given}
        pools = {
            (UNITS, LocalKey(OFFICE, source.description.name, unit))
            for source in self.city.sources
            for unit in source.given_pools
        }
        return [
            each for each in sorted(given | pools, key=str) if not self._may_leave(each, owners)
        ]

    def _may_leave(
        self,
        row: tuple[EntityKind, LocalKey],
        owners: dict[tuple[EntityKind, LocalKey], Subject],
    ) -> bool:
        owner = owners.get(row)
        within = self.persons if row[0] is PEOPLE else self.units
        return (owner is not None and owner.id in within) or self._is_row_within(*row)


@pytest.mark.timeout(3600)
async def test_no_row_out_of_scope_is_shown_or_leaves_its_source(
    books: ScopedCity, paths: Paths, request: pytest.FixtureRequest
) -> None:
    """The planned path tells what the stock path tells, under every scope."""
    chance = Chance(Random(20261129), books)
    number = NIGHTLY if request.config.getoption("--nightly") else NORMALLY
    shown = 0
    for _ in range(number):
        scope, (text, values) = chance.scope(), chance.question()
        books.forget()
        one = await planned(paths, books, scope, text, **values)
        other = await stock(paths, books, scope, text, **values)
        judge = Judge(books, scope)
        assert one.seen == other.seen, (scope, text, values)
        assert not one.errors, (scope, text, values, one.errors)
        assert judge.strangers() == [], (scope, text, values)
        for kind, public_id in objects(one.data):
            assert judge.is_shown(kind, public_id), (scope, text, values, public_id)
            shown += 1
    assert shown > number


async def test_a_list_has_all_and_only_those_in_scope(books: ScopedCity, paths: Paths) -> None:
    """And counts them, and no others."""
    chance = Chance(Random(5), books)
    text = """query($a: String) { persons(first: 200, after: $a) { totalCount
        pageInfo { hasNextPage endCursor } nodes { id } } units(first: 200) { totalCount
        nodes { id } } ledger(first: 0) { totalCount } }"""
    for _ in range(12):
        scope = chance.scope()
        judge = Judge(books, scope)
        data = await data_of(paths, books, scope, text)
        found = [node["id"] for node in data["persons"]["nodes"]]
        while data["persons"]["pageInfo"]["hasNextPage"]:
            after = data["persons"]["pageInfo"]["endCursor"]
            data = await data_of(paths, books, scope, text, a=after)
            found += [node["id"] for node in data["persons"]["nodes"]]
        rows = [
            key
            for key in books.books.people
            if key.department is OFFICE and books.books.is_within(scope, judge.codes, [key])
        ]
        units = [
            key
            for key in books.books.parents
            if key.department is OFFICE and books.books.has_unit_row(scope, judge.codes, key)
        ]
        assert len(found) == data["persons"]["totalCount"] == len(rows), scope
        assert data["units"]["totalCount"] == len(units), scope
        of_office = {p.id for p in books.books.persons if set(p.keys) & set(rows)}
        linked = {d.local for d in map(decode_id, found) if d and not d.local.startswith("~")}
        assert of_office & books.books.persons_within(scope) <= linked, scope


async def test_one_person_is_found_just_where_the_first_holder_has_the_scope(
    books: ScopedCity, paths: Paths
) -> None:
    """By id and by number; the second and third holders where the first does not hold them."""
    chance = Chance(Random(6), books)
    text = """query($i: ID, $n: String) { i: person(id: $i) { id }
        n: person(idNumber: $n) { id } }"""
    firsts: set[Department] = set()
    for _ in range(60):
        scope = chance.scope()
        judge = Judge(books, scope)
        mine = [p for p in books.books.persons if p.id in judge.persons]
        is_mine = bool(mine) and chance.random.random() < 0.5
        person = chance.random.choice(mine if is_mine else books.books.persons)
        numbers = [n for k in person.keys if (n := books.books.numbers.get(k))]
        told = await planned(
            paths, books, scope, text, i=encode_id(PERSON, person.id), n=(numbers or ["1" * 18])[0]
        )
        assert told.data is not None
        assert (told.data["i"] is not None) == (person.id in judge.persons), (scope, person)
        if told.data["i"] is not None:
            first = next(d for d in PERSON_DRIVERS if person.keys_of(d))
            firsts.add(first)
    assert Department.ESTABLISHMENT in firsts


async def test_a_host_unit_finds_who_is_seconded_to_it_and_not_their_home(
    books: ScopedCity, paths: Paths
) -> None:
    """By id and by number; in no list, and with nothing of the home unit."""
    text = """query($i: ID) { person(id: $i) { id unit { id } } units { totalCount }
        persons(first: 200) { nodes { id } } }"""
    found = 0
    for code in Chance(Random(1), books).codes:
        scope = Scope(units=frozenset({UnitCode(code)}))
        for local in sorted(books.books.hosted(scope) - books.books.persons_within(scope)):
            public = encode_id(PERSON, local)
            data = await data_of(paths, books, scope, text, i=public)
            assert data["person"] == {"id": public, "unit": None}
            assert public not in [node["id"] for node in data["persons"]["nodes"]]
            found += 1
    assert found
