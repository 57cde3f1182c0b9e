"""Every copy equals the authority's value, except exactly where truth.json says otherwise."""

from decimal import Decimal

import pytest

from demo.scale import differences
from domain.model.departments import Department
from tests.unit.demo.comparing import UNIT_REFERENCES, Comparison, Found
from tests.unit.demo.conftest import City

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def comparison(city: City) -> Comparison:
    return Comparison(city.books, city.truth["units"])


def _told(city: City, name: str, subject: str) -> set[tuple[object, str, str]]:
    return {(e[subject], e["indicator"], e["department"]) for e in city.truth[name]}


def test_persons_differ_exactly_where_the_truth_says_so(city: City, comparison: Comparison) -> None:
    found: list[Found] = [
        each
        for person in city.truth["persons"]
        for each in comparison.differences("person", person["person"], person["keys"])
    ]

    written_otherwise = {(e["person"], e["indicator"]) for e in city.truth["format_differences"]}
    seen = {
        (each.subject, each.indicator, each.department)
        for each in found
        if (each.subject, each.indicator) not in written_otherwise
    }
    assert seen == _told(city, "differing_values", "person")


def test_a_text_written_otherwise_stands_in_its_cell(city: City) -> None:
    for entry in city.truth["format_differences"]:
        department = Department(entry["department"])
        record = city.books[department].persons[entry["keys"][department]]

        assert record.raws[entry["indicator"]] == entry["stored"] != entry["expected"]


def test_units_differ_exactly_where_the_truth_says_so(city: City, comparison: Comparison) -> None:
    found = {
        (each.subject, each.indicator, each.department)
        for unit in city.truth["units"]
        for each in comparison.differences("unit", unit["unit"], unit["keys"])
    }

    assert found == _told(city, "unit_differences", "unit")


def test_as_many_values_differ_as_in_the_brief(city: City) -> None:
    assert len(city.truth["differing_values"]) == pytest.approx(differences(2000), abs=5)


def test_the_value_told_is_the_value_read(city: City) -> None:
    for entry in city.truth["differing_values"]:
        record = city.books[Department(entry["department"])].persons[entry["key"]]
        if "row" in entry or entry["indicator"] in UNIT_REFERENCES:
            continue
        read = record.values[entry["indicator"]]
        told = entry["value"]

        assert (read if isinstance(read, bool | int | None) else str(read)) == (
            str(Decimal(told).quantize(read)) if isinstance(read, Decimal) else told
        )
