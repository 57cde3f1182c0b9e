"""Random scopes, and random questions that lead to persons, units and pools by every field."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from domain.catalogue import handles as h
from domain.model.access import Scope
from domain.model.global_ids import PERSON, UNIT, encode_id
from domain.model.keys import DivisionCode, UnitCode
from tests.support.scopes import OFFICE, ScopedCity

Values = dict[str, Any]  # Any: variables of any type
DEEP = """__typename id links { source } records { source state values { indicator } }
    unit { __typename id parent { __typename id } persons(first: 3) { totalCount nodes {
      __typename id unit { __typename id persons(first: 2) { nodes { __typename id } } } } } }"""
SHALLOW = "__typename id name unit { __typename id name } education { school }"
OF_UNIT = """__typename id name parent { __typename id } pools { id approved occupied }
    poolTotals { units pools approved } children(first: 3) { totalCount nodes { __typename id
      persons(first: 2) { totalCount nodes { __typename id } } } }
    persons(first: 3) { totalCount nodes { __typename id links { source } } }"""
DOCUMENTS: Mapping[str, str] = {
    "person": "query($a: ID) { person(id: $a) { DEEP } }",
    "shallow": "query($a: ID) { person(id: $a) { SHALLOW } }",
    "number": "query($a: String) { person(idNumber: $a) { DEEP } }",
    "nodes": """query($a: [ID!]!) { nodes(ids: $a) { __typename id
        ... on Person { SHALLOW } ... on Unit { OF_UNIT } } }""",
    "entities": """query($a: [_Any!]!) { _entities(representations: $a) {
        ... on Person { SHALLOW } ... on Unit { OF_UNIT } } }""",
    "persons": """query($a: PersonFilter, $n: Int) { persons(filter: $a, first: $n) {
        totalCount nodes { DEEP } } }""",
    "page": """query($a: PersonFilter, $n: Int) { persons(filter: $a, first: $n) {
        totalCount nodes { SHALLOW } } }""",
    "units": """query($a: UnitFilter, $n: Int) { units(filter: $a, first: $n) {
        totalCount nodes { OF_UNIT } } }""",
    "unit": "query($a: ID) { unit(id: $a) { OF_UNIT } }",
    "code": "query($a: String) { unit(unitCode: $a) { OF_UNIT } }",
    "credit": "query($a: String) { unit(creditCode: $a) { OF_UNIT } }",
    "ledger": """query($a: LedgerFilter) { ledger(filter: $a, first: 9) { totalCount nodes {
        id approved occupied unit { __typename id persons(first: 2) { nodes {
          __typename id } } } } } }""",
}


def expanded(text: str) -> str:
    """The document with the selections that its words in capitals stand for."""
    for short, long in (("DEEP", DEEP), ("SHALLOW", SHALLOW), ("OF_UNIT", OF_UNIT)):
        text = text.replace(short, long)
    return text


@dataclass(frozen=True, slots=True)
class Chance:
    """Random scopes and questions over a city."""

    random: Random
    city: ScopedCity

    def scope(self) -> Scope:
        """Divisions, units, trees, several of them, or nothing."""
        pick, books = self.random, self.city.books
        tops = sorted({p for k, p in books.parents.items() if k.department is OFFICE and p})
        places = sorted({*books.divisions.values(), "370700", "370799"})
        kind = pick.randrange(6)
        divisions = pick.sample(places, 1 + pick.randrange(2)) if kind in {0, 1} else []
        units = pick.sample(self.codes, 1 + pick.randrange(3)) if kind in {1, 2, 3} else []
        trees = pick.sample(tops, 1) if kind in {3, 4} else []
        return Scope(
            divisions=frozenset(map(DivisionCode, divisions)),
            units=frozenset(map(UnitCode, units)),
            trees=frozenset(map(UnitCode, trees)),
        )

    @property
    def codes(self) -> list[str]:
        """Every standard code of a unit."""
        return sorted(k.text for k in self.city.books.parents if k.department is OFFICE)

    def person(self) -> str:
        """Somebody's id."""
        return encode_id(PERSON, self.random.choice(self.city.books.persons).id)

    def unit(self) -> str:
        """A unit's id."""
        return encode_id(UNIT, self.random.choice(self.city.books.units).id)

    def number(self) -> str:
        """Somebody's ID number."""
        return self.random.choice(sorted(filter(None, self.city.books.numbers.values())))

    def question(self) -> tuple[str, Values]:
        """A document and its variables."""
        name = self.random.choice(sorted(DOCUMENTS))
        text = expanded(DOCUMENTS[name])
        values = self._values(name)
        if "$n" in text:
            values["n"] = self.random.choice((0, 1, 4, 9))
        return text, values

    def _values(self, name: str) -> Values:
        pick = self.random
        code = pick.choice(self.codes)
        credit = pick.choice(sorted(self.city.books.credit_codes))
        named: list[Values] = [
            {"__typename": "Person", "id": self.person()},
            {"__typename": "Unit", h.UNIT_CODE: code},
        ]
        several = [*(self.person() for _ in range(4)), self.unit(), self.unit()]
        units = pick.choice(({}, {"parentId": self.unit()}, {"nature": ["1", "2"]}))
        pools = pick.choice(({}, {"unitId": self.unit()}, {"minOver": 0}))
        people = self._person_filter()
        values = {
            "person": self.person(),
            "shallow": self.person(),
            "number": self.number(),
            "nodes": several,
            "entities": named,
            "persons": people,
            "page": people,
            "units": units,
            "unit": self.unit(),
            "code": code,
            "credit": credit,
            "ledger": pools,
        }
        return {"a": values[name]}

    def _person_filter(self) -> Values:
        pick, is_whole = self.random, self.random.random() < 0.5
        filters: tuple[Values, ...] = (
            {},
            {},
            {"division": "370702"},
            {"idNumbers": [self.number() for _ in range(5)]},
            {"unitId": self.unit(), "includeSubordinateUnits": is_whole},
            {h.UNIT_CODE: pick.choice(self.codes), "includeSubordinateUnits": is_whole},
            {h.PERSON_STATUS: ["1"]},
            {h.ESTABLISHMENT_TYPE: ["3"], h.PERSON_STATUS: ["1"]},
        )
        return pick.choice(filters)
