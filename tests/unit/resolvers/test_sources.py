"""The order of sources, what they cover, and what a request notes of those that fail."""

import pytest

from domain.catalogue.handles import EDUCATION, GROSS_PAY, PERSON_NAME, UNIT_NAME
from domain.catalogue.indicators import catalogue
from domain.model.departments import RECORD_ORDER
from domain.model.keys import DivisionCode, EntityKind
from resolvers.sources import Sources, covering, is_covered
from resolvers.troubles import Troubles, category_fields
from tests.unit.resolvers.city import CitySource, Stored, a_failure

ORG, EST, FIN, HR = RECORD_ORDER


def test_sources_are_ordered_by_department_then_name() -> None:
    given = [CitySource(HR), CitySource(EST, name="b"), CitySource(ORG), CitySource(EST, name="a")]

    found = [source.description.name for source in Sources(given).all]

    assert found == ["organization", "a", "b", "hr"]


def test_a_department_is_named_by_its_first_source() -> None:
    sources = Sources([CitySource(EST, name="b"), CitySource(EST, name="a")])

    assert sources.first_name(EST) == "a"
    assert sources.first_name(HR) == "hr"


def test_only_sources_whose_mapping_names_an_indicator_hold_it() -> None:
    maps = CitySource(EST, units=[Stored("1", {UNIT_NAME: "x"})], name="a")
    sources = Sources([maps, CitySource(EST, name="b")])

    assert sources.holding(EST, EntityKind.UNIT, UNIT_NAME) == (maps,)
    assert sources.holding(EST, EntityKind.PERSON, UNIT_NAME) == ()


@pytest.mark.parametrize(
    ("divisions", "asked", "covered"),
    [
        ([], "370702", True),
        (["370702"], "370702", True),
        (["370700"], "370702", True),
        (["370702"], "370700", True),
        (["370702"], "370702001", True),
        (["370702"], "370703", False),
        (["370702", "370703"], "370703", True),
        (["370781100"], "370781101", False),
        (["360000"], "370702", False),
    ],
)
def test_a_source_covers_divisions_inside_and_around_its_own(
    divisions: list[str], asked: str, *, covered: bool
) -> None:
    assert is_covered(list(map(DivisionCode, divisions)), asked) is covered


def test_where_no_division_is_known_every_source_may_hold_it() -> None:
    sources = [CitySource(EST, name="a", divisions=("370702",)), CitySource(EST, name="b")]

    assert covering(sources, None) == tuple(sources)
    assert covering(sources, "370703") == (sources[1],)


def test_a_source_that_fails_again_is_noted_once_with_all_fields() -> None:
    troubles, hr = Troubles(), CitySource(HR)
    first = a_failure(HR, hr.source)

    troubles.note(first, {"Person.basics"})
    troubles.note(a_failure(HR, hr.source), {"Person.rank"})
    troubles.again(hr.source, {"Person.payroll"})

    (trouble,) = troubles.by_source.values()
    assert trouble.error is first
    assert trouble.fields == {"Person.basics", "Person.rank", "Person.payroll"}


def test_fields_are_named_as_the_graph_names_categories() -> None:
    education = catalogue().category_of(EDUCATION).code

    assert category_fields(
        EntityKind.PERSON, frozenset({PERSON_NAME, GROSS_PAY}), frozenset({education})
    ) == {"Person.basics", "Person.payroll", "Person.education"}
    assert category_fields(EntityKind.UNIT, frozenset({UNIT_NAME}), frozenset()) == {"Unit.basics"}
