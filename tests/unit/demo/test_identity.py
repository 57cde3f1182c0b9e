"""The identity levels of truth.json are those the domain's own rules find in the books."""

import pytest

from domain.catalogue import handles as h
from domain.identity.id_numbers import normalise_id_number
from domain.identity.matching import MatchLevel, PersonEvidence, decide_person
from domain.model.departments import PERSON_DRIVERS, Department
from tests.unit.demo.conftest import City

pytestmark = pytest.mark.slow
BY_RULE = {"CERTAIN", "HIGH", "CONFLICT"}


def _evidence(city: City, department: Department, key: str) -> PersonEvidence:
    values = city.books[department].persons[key].values
    former = values.get(h.FORMER_NAME) or []
    assert isinstance(former, list)
    return PersonEvidence(
        normalise_id_number(str(values[h.ID_NUMBER] or "")),
        str(values[h.PERSON_NAME]),
        tuple(former),
    )


def test_levels_are_those_of_the_rules(city: City) -> None:
    for person in city.truth["persons"]:
        keys = {Department(d): key for d, key in person["keys"].items()}
        reference = next(d for d in PERSON_DRIVERS if d in keys)
        theirs = _evidence(city, reference, keys[reference])
        for department, key in keys.items():
            told = person["level"][department]
            found = decide_person(theirs, _evidence(city, department, key)).level
            # MEDIUM and LOW need more than number and name; by these alone the two are strangers.
            assert found == (told if told in BY_RULE else MatchLevel.NONE), person


def test_two_books_that_agree_make_a_person_linkable(city: City) -> None:
    for person in city.truth["persons"]:
        levels = list(person["level"].values())
        sure = sum(level in {"CERTAIN", "HIGH"} for level in levels)

        assert person["linkable"] == (sure >= 2 and "CONFLICT" not in levels)


def test_a_wrong_number_is_nobodys_number(city: City) -> None:
    right = {str(r.values[h.ID_NUMBER]).upper() for r in city.books[Department.HR].persons.values()}

    for entry in city.truth["identity_medium"]:
        assert entry["stored"] not in right
        assert not normalise_id_number(entry["stored"]).is_valid


def test_namesakes_share_the_name_and_nothing_else(city: City) -> None:
    persons = city.truth["persons"]
    book = city.books[Department.HR].persons
    for entry in city.truth["namesakes"]:
        one = book[entry["keys"]["hr"]].values
        other = book[persons[entry["others"][0]]["keys"]["hr"]].values

        assert one[h.PERSON_NAME] == other[h.PERSON_NAME]
        assert one[h.ID_NUMBER] != other[h.ID_NUMBER]
        assert one[h.BIRTH_DATE] != other[h.BIRTH_DATE]
