"""The designs as data: every indicator in every holder, code maps both ways, columns once."""

import tomllib
from typing import Any

import pytest

from demo.layouts import ALREADY_THERE, layout
from demo.mappingfile import mapping_text
from domain.catalogue.codes import code_set
from domain.catalogue.indicators import Indicator, catalogue
from domain.model.departments import Department

DEPARTMENTS = tuple(Department)


def _mapping(department: Department) -> dict[str, Any]:
    return tomllib.loads(mapping_text(layout(department)))


def _words(mapping: dict[str, Any], indicator: Indicator) -> dict[str, Any]:
    category = catalogue().category_of(indicator.name)
    section = mapping[category.subject]
    if category.is_row(indicator):
        section = section["rows"].get(category.code, {"indicators": {}})
    words: dict[str, Any] = section["indicators"]
    return words


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_a_department_maps_what_the_catalogue_says_it_holds_and_nothing_else(
    department: Department,
) -> None:
    mapping = _mapping(department)

    mapped = {i.name for i in catalogue().indicators.values() if i.name in _words(mapping, i)}

    assert mapped == {i.name for i in catalogue().indicators.values() if department in i.holders}


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_a_table_has_each_column_once_in_any_case(department: Department) -> None:
    for table in layout(department).tables:
        names = [column.name.lower() for column in table.columns]
        assert len(names) == len(set(names)), table.name


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_a_column_said_to_be_there_already_is_there(department: Department) -> None:
    own = layout(department)
    stored = {
        (own.table_of(column.part), column.name)
        for column in own.columns
        if column.type != ALREADY_THERE
    }

    for column in own.columns:
        assert (own.table_of(column.part), column.name) in stored


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_code_maps_know_their_code_set_and_lose_nothing_but_detail(department: Department) -> None:
    for name, codes in layout(department).codes.items():
        known = code_set(name)
        for standard, stored in codes.stored.items():
            canonical = codes.canonical[stored]
            assert standard in known
            assert canonical in {standard, known[standard].parent}, (name, standard)


def test_no_two_designs_share_their_tables_or_person_keys() -> None:
    tables = [t.name.lower() for d in DEPARTMENTS for t in layout(d).tables]
    keys = {layout(d).skeleton["person"]["key"] for d in DEPARTMENTS}

    assert len(tables) == len(set(tables))
    assert len(keys) == len(DEPARTMENTS)


def test_only_the_establishment_office_has_the_operational_entities() -> None:
    for department in DEPARTMENTS:
        has = {"pool", "plan", "leader_line", "occupation"} & set(layout(department).skeleton)
        assert bool(has) == (department is Department.ESTABLISHMENT)
