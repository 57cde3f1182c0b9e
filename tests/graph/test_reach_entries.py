"""Who is out of reach is as if never there: the same answer, errors, aliases and statements."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from domain.catalogue import handles as h
from domain.model.access import EVERYTHING, Scope
from domain.model.departments import Department
from domain.model.global_ids import PERSON, POOL, UNIT, encode_id
from domain.model.keys import DivisionCode, UnitCode
from domain.model.subjects import Subject
from domain.model.tally import Tally
from store.units import UnitAsk
from tests.support.scoped_asking import Json, Told, planned, stock
from tests.support.scoped_questions import Chance, expanded
from tests.support.scopes import OFFICE, ScopedCity
from tests.unit.planning.both import Paths, make_paths

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
NOWHERE = "00000000-0000-0000-0000-000000000000"
NO_NUMBER = "370702190001010016"
POOL_TYPE = "/11"
Pair = tuple[str, dict[str, Any], dict[str, Any]]  # Any: variables of any type
"""A document, the variables that name what is out of reach, and those that name nothing."""


PERSON_BY_ID = (
    "query($a: ID!) { person(id: $a) { DEEP } }",
    "query($a: ID!) { node(id: $a) { id ... on Person { DEEP } } }",
)
UNIT_BY_ID = (
    "query($a: ID!) { unit(id: $a) { OF_UNIT } }",
    "query($a: ID!) { node(id: $a) { id ... on Unit { OF_UNIT } } }",
    "query($a: ID!) { persons(filter: {unitId: $a}) { totalCount nodes { id } } }",
    """query($a: ID!) { persons(filter: {unitId: $a, includeSubordinateUnits: true}) {
        totalCount nodes { id } } }""",
    "query($a: ID!) { units(filter: {parentId: $a}) { totalCount nodes { id } } }",
    "query($a: ID!) { ledger(filter: {unitId: $a}) { totalCount drivenBy nodes { id } } }",
)
UNIT_BY_CODE = (
    "query($a: String!) { unit(unitCode: $a) { OF_UNIT } }",
    """query($a: String!) { persons(filter: {unitCode: $a, includeSubordinateUnits: true}) {
        totalCount nodes { id } } }""",
)
NUMBER = "query($a: String!) { person(idNumber: $a) { DEEP } }"
BESIDE = """query($a: String!, $b: ID!) { person(idNumber: $a) { id }
    known: person(id: $b) { name } }"""
LISTED = """query($a: [String!]) { persons(filter: {idNumbers: $a}) {
    totalCount nodes { DEEP } } }"""
NODES = "query($a: [ID!]!) { nodes(ids: $a) { id } }"
POOL_NODE = "query($a: ID!) { node(id: $a) { id ... on EstablishmentPool { approved } } }"
ENTITIES = """query($a: [_Any!]!) { _entities(representations: $a) {
    ... on Person { DEEP } ... on Unit { OF_UNIT } } }"""
NO_CODE = "no-such-unit"


def people_pairs(city: ScopedCity, person: Subject, known: str) -> list[Pair]:
    """Every field that leads to one person."""
    mine, nobody = encode_id(PERSON, person.id), encode_id(PERSON, NOWHERE)
    pairs: list[Pair] = [(text, {"a": mine}, {"a": nobody}) for text in PERSON_BY_ID]
    pairs.append((NODES, {"a": [mine, known]}, {"a": [nobody, known]}))
    pairs.append((ENTITIES, *represented(PERSON, "id", mine, nobody)))
    for number in [n for key in person.keys if (n := city.books.numbers.get(key))][:1]:
        pairs.append((NUMBER, {"a": number}, {"a": NO_NUMBER}))
        pairs.append((BESIDE, {"a": number, "b": known}, {"a": NO_NUMBER, "b": known}))
        pairs.append((LISTED, {"a": [number]}, {"a": [NO_NUMBER]}))
    return pairs


def unit_pairs(unit: Subject) -> list[Pair]:
    """Every field that leads to one unit, or from one."""
    mine, nobody = encode_id(UNIT, unit.id), encode_id(UNIT, NOWHERE)
    pool, no_pool = encode_id(POOL, unit.id + POOL_TYPE), encode_id(POOL, NOWHERE + POOL_TYPE)
    pairs: list[Pair] = [(text, {"a": mine}, {"a": nobody}) for text in UNIT_BY_ID]
    pairs.append((POOL_NODE, {"a": pool}, {"a": no_pool}))
    pairs.append((ENTITIES, *represented(UNIT, "id", mine, nobody)))
    for code in [key.text for key in unit.keys_of(OFFICE)][:1]:
        pairs += [(text, {"a": code}, {"a": NO_CODE}) for text in UNIT_BY_CODE]
        pairs.append((ENTITIES, *represented(UNIT, h.UNIT_CODE, code, NO_CODE)))
    return pairs


def represented(kind: str, key: str, *values: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The variables of two references."""
    one, other = ({"a": [{"__typename": kind, key: value}]} for value in values)
    return one, other


async def both_paths(
    paths: Paths, city: ScopedCity, scope: Scope, text: str, **values: object
) -> Sequence[Told]:
    """What the planned path tells, and what the stock path does."""
    text = expanded(text)
    one = await planned(paths, city, scope, text, **values)
    return one, await stock(paths, city, scope, text, **values)


async def test_out_of_reach_is_told_and_costs_what_nothing_does(
    books: ScopedCity, paths: Paths
) -> None:
    """By every field, for scopes of each kind."""
    chance = Chance(Random(11), books)
    tried = 0
    while tried < 16:
        scope = chance.scope()
        within, units = books.books.persons_within(scope), books.books.units_within(scope)
        within |= books.books.hosted(scope)
        strangers = [p for p in books.books.persons if p.id not in within]
        foreign = [u for u in books.books.units if u.id not in units]
        if not within or not strangers or not foreign:
            continue
        tried += 1
        known = encode_id(PERSON, min(within))
        pairs = people_pairs(books, chance.random.choice(strangers), known)
        pairs += unit_pairs(chance.random.choice(foreign))
        for text, mine, nobody in pairs:
            for one, other in zip(
                await both_paths(paths, books, scope, text, **mine),
                await both_paths(paths, books, scope, text, **nobody),
                strict=True,
            ):
                assert one.seen == other.seen, (scope, text, mine)
                assert one.statements == other.statements, (scope, text, mine)


async def test_a_credit_code_out_of_reach_is_one_nobody_has(
    books: ScopedCity, paths: Paths
) -> None:
    text = "query($a: String) { unit(creditCode: $a) { OF_UNIT } }"
    chance = Chance(Random(12), books)
    found = 0
    for code in sorted(books.books.credit_codes)[:20]:
        scope = chance.scope()
        nobody = code[:-1] + ("A" if code[-1] != "A" else "B")
        for one, other, open_ in zip(
            await both_paths(paths, books, scope, text, a=code),
            await both_paths(paths, books, scope, text, a=nobody),
            await both_paths(paths, books, EVERYTHING, text, a=code),
            strict=True,
        ):
            assert open_.data is not None
            assert one.data is not None
            if one.data["unit"] is not None:
                found += 1
            elif open_.data["unit"] is not None:
                assert (one.seen, one.statements) == (other.seen, other.statements)
    assert found


async def test_a_cursor_of_another_scope_is_refused(books: ScopedCity, paths: Paths) -> None:
    """As any foreign cursor is, and the own one goes on."""
    codes = Chance(Random(1), books).codes
    one, other = (Scope(units=frozenset(map(UnitCode, part))) for part in (codes[:9], codes[:8]))
    below = "(first: 1, after: $a) { pageInfo { endCursor } } }"
    for name in ("persons", "units", "ledger"):
        text = f"query($a: String) {{ list: {name}{below}"
        first = await planned(paths, books, one, text)
        assert first.data is not None
        cursor = first.data["list"]["pageInfo"]["endCursor"]
        assert not (await planned(paths, books, one, text, a=cursor)).errors
        for scope in (other, EVERYTHING, Scope()):
            for refused in await both_paths(paths, books, scope, text, a=cursor):
                assert refused.data is None
                assert b"BAD_USER_INPUT" in refused.errors[0]


async def test_callers_of_different_scope_share_nothing(books: ScopedCity, paths: Paths) -> None:
    """One after the other over the same process: each is told what the own scope holds."""
    text = "{ persons(first: 50) { totalCount nodes { id name } } ledger { totalCount } }"
    chance = Chance(Random(3), books)
    scopes = [chance.scope() for _ in range(6)]
    alone = [(await planned(make_paths(), books, scope, text)).seen for scope in scopes]

    again = [(await planned(paths, books, scope, text)).seen for scope in (*scopes, *scopes)]

    assert again == [*alone, *alone]
    assert len(set(alone)) > 1
    assert paths.planner.kept <= make_paths().planner.kept + len({text}) * 64


async def test_whose_scope_is_a_unit_is_told_that_the_office_does_not_answer(
    books: ScopedCity, paths: Paths
) -> None:
    """Nobody else stands in: in a list, by id and by number, at home or not."""
    scopes = [Scope(units=frozenset({UnitCode(c)})) for c in Chance(Random(4), books).codes]
    scope = next(each for each in scopes if books.books.persons_within(each))
    home = min(books.books.persons_within(scope))
    text = """query($i: ID, $n: String) { persons { totalCount drivenBy nodes { id } }
        i: person(id: $i) { id } n: person(idNumber: $n) { id }
        units { drivenBy nodes { id } } ledger { drivenBy nodes { id } } }"""
    nothing: Json = {"drivenBy": None, "nodes": []}
    expected: Json = {"persons": {"totalCount": None, **nothing}, "i": None, "n": None}
    expected |= {"units": nothing, "ledger": nothing}
    books.of(Department.ESTABLISHMENT).is_down = True
    try:
        for each in (scope, Scope(trees=scope.units)):
            for person in (home, NOWHERE):
                values = {"i": encode_id(PERSON, person), "n": NO_NUMBER}
                for told in await both_paths(paths, books, each, text, **values):
                    assert told.data == expected
                    assert [b"SOURCE_UNAVAILABLE" in error for error in told.errors] == [True]
    finally:
        books.of(Department.ESTABLISHMENT).is_down = False


async def test_whose_scope_is_a_division_is_answered_by_the_next_holder(
    books: ScopedCity, paths: Paths
) -> None:
    division = max(
        sorted(set(books.books.divisions.values())),
        key=list(books.books.divisions.values()).count,
    )
    scope = Scope(divisions=frozenset({division}))  # type: ignore[arg-type] # a division's code
    text = "{ persons(first: 5) { drivenBy totalCount nodes { id unit { id } } } }"
    books.of(Department.ESTABLISHMENT).is_down = True
    try:
        for told in await both_paths(paths, books, scope, text):
            assert told.data is not None
            assert told.data["persons"]["drivenBy"] == "HR"
            assert told.data["persons"]["nodes"]
            assert [b"SOURCE_UNAVAILABLE" in each for each in told.errors] == [True]
    finally:
        books.of(Department.ESTABLISHMENT).is_down = False


async def test_a_page_in_scope_costs_no_statement_more(books: ScopedCity, paths: Paths) -> None:
    """By division none; by units those that say which codes they have elsewhere."""
    text = """{ persons(first: 20) { totalCount nodes { name unit { name } payroll {
        payrollStatus { code } } } }
        units(first: 5) { nodes { name children { nodes { id } } } } }"""
    open_ = await planned(paths, books, EVERYTHING, text)
    divisions = list(books.books.divisions.values())
    division = DivisionCode(max(sorted(set(divisions)), key=divisions.count))
    for told in await both_paths(paths, books, Scope(divisions=frozenset({division})), text):
        assert told.statements == open_.statements
    top = next(p for k, p in sorted(books.books.parents.items()) if k.department is OFFICE and p)
    tree = Scope(trees=frozenset({UnitCode(top)}))
    for told in await both_paths(paths, books, tree, text):
        more = {"establishment": open_.statements["establishment"] + 1}
        assert told.statements == {**open_.statements, **more}


async def test_a_past_code_in_scope_does_not_lead_to_a_successor_out_of_it(
    books: ScopedCity, paths: Paths
) -> None:
    """Neither in lists nor in the ledger, whose pools of such a row stand for themselves."""
    text = "{ units { nodes { id unitCode } } ledger { nodes { unit { id unitCode } } } }"
    codes = [k for k in books.books.parents if k.department is OFFICE]
    found = await books.store.units.find([UnitAsk(key=key) for key in codes], Tally())
    successors = {
        key.text: encode_id(UNIT, unit.unit_id)
        for key, unit in zip(codes, found, strict=True)
        if unit is not None and key not in {link.key for link in unit.links}
    }
    assert successors
    for code, successor in successors.items():
        for told in await both_paths(paths, books, Scope(units=frozenset({UnitCode(code)})), text):
            assert told.data is not None
            assert told.data["units"]["nodes"] == []
            units = [node["unit"] for node in told.data["ledger"]["nodes"]]
            assert all(unit["id"] != successor and unit[h.UNIT_CODE] == code for unit in units)
