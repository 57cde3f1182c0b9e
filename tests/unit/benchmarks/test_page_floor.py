"""The floor of the page: its pure parts, and the places it is asked behind."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.floor.columns import read_fields
from benchmarks.floor.holders import Holders
from benchmarks.jobs.job import CityData
from benchmarks.jobs.page import PAGE_JOB, PATHS, usual_shape
from benchmarks.jobs.page_keys import PAGE, cursors, list_keys, opened_unit, public_unit
from domain.catalogue import handles
from domain.catalogue.indicators import catalogue
from domain.model.access import Scope
from domain.model.errors import BadInputError
from domain.model.keys import DivisionCode, IndicatorName
from store.sealing import Seals

FIELDS = {field.path: field for field in read_fields("lookup")}
HOLDERS = Holders([FIELDS[path] for path in PATHS])
SEALS = Seals(b"i" * 32, b"d" * 32)
OFFICE = "establishment"
NAMES = {"hr": "王一", "organization": "王二", OFFICE: "王三"}
ROWS: dict[str, list[Any]] = {  # Any: cells as drivers give them
    "hr": ["370", NAMES["hr"], "男", "管理岗位", "101", None, None, None],
    "finance": [6, None, None, None, None],
    "organization": ["a", NAMES["organization"], "2"],
    OFFICE: [1, NAMES[OFFICE], "1", "1", "11", "OCCUPIED", None, "WORKER", "101", *[None] * 3],
}


def test_twelve_fields_of_three_departments_are_asked() -> None:
    names = [IndicatorName(path.rpartition(".")[2]) for path in PATHS]
    authorities = {catalogue().indicators[name].holders[0].value for name in names}

    assert len(names) == 12
    assert all(name in PAGE_JOB.document for name in names)
    assert authorities == {"hr", "finance", OFFICE}


@pytest.mark.parametrize("path", PATHS)
def test_holders_are_asked_in_the_order_of_the_catalogue(path: str) -> None:
    asked = [cell.department for cell in FIELDS[path].cells]
    holders = catalogue().indicators[IndicatorName(path.rpartition(".")[2])].holders

    assert asked == [each.value for each in holders if each.value in asked]


@given(st.frozensets(st.sampled_from(["hr", "finance", "organization"])))
def test_a_field_comes_from_its_first_holder_that_has_the_person(present: frozenset[str]) -> None:
    held = {name: row if name in {*present, OFFICE} else None for name, row in ROWS.items()}
    first = next(name for name in NAMES if name in {*present, OFFICE})

    basics = cast("dict[str, object]", HOLDERS.shown(held)["basics"])

    assert basics[handles.PERSON_NAME] == NAMES[first]


def test_a_person_whom_all_three_have_is_written_as_any_other() -> None:
    usual = usual_shape(HOLDERS)("x", ROWS[OFFICE], ROWS["hr"], ROWS["finance"])

    assert usual == {"id": "x", **HOLDERS.shown({**ROWS, "organization": None})}


def test_places_have_a_page_of_linked_persons_behind_them() -> None:
    tree = [("top", None), ("sub", "top"), ("other", "sub"), ("apart", None)]
    persons = [("other", 1), *[("sub", n) for n in range(2, PAGE + 4)], ("top", 900), ("apart", 7)]
    keys = list_keys(_city(tree, persons, unsure=900))

    places = {(opened_unit(k.floor["unit"]), _opened(k.floor)) for k in keys}

    # Not behind ("sub", "4"): the last person of the page is known to no link.
    assert places == {
        ("id-top", ("other", "1")),
        ("id-top", ("sub", "2")),
        ("id-top", ("sub", "3")),
        ("id-sub", ("other", "1")),
        ("id-sub", ("sub", "2")),
        ("id-sub", ("sub", "3")),
    }


def _city(tree: Sequence[Any], persons: Sequence[Any], unsure: int) -> CityData:  # Any: rows
    links = [(str(key),) for _, key in persons if key != unsure]
    units = [(code, f"id-{code}") for code, _ in tree]
    return CityData(
        department=lambda _, sql: tree if "unitRegister" in sql else persons,
        platform=lambda sql: links if "person_link" in sql else units,
        seals=SEALS,
    )


def _opened(key: dict[str, str]) -> tuple[str | None, ...]:
    return cursors(SEALS, key["unit"]).open(key["after"]).position


def test_who_has_a_scope_gets_cursors_of_its_own() -> None:
    persons = [("a", n) for n in range(PAGE + 1)]
    city = _city([("a", None)], persons, unsure=-1)
    scope = Scope(divisions=frozenset({DivisionCode("370700")}))

    (key,) = list_keys(replace(city, scope=scope))

    assert cursors(SEALS, key.ours["unit"], scope).open(key.ours["after"]).position == ("a", "0")
    with pytest.raises(BadInputError):
        cursors(SEALS, key.ours["unit"]).open(key.ours["after"])
    assert _opened(key.floor) == ("a", "0")


def test_the_id_of_a_unit_is_read_as_it_is_written() -> None:
    assert opened_unit(public_unit("45cf11e22b954822")) == "45cf11e22b954822"
