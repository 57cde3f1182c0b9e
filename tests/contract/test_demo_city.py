"""The demo city on SQLite, PostgreSQL and MariaDB: the same books everywhere, in little memory."""

import json
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, func, inspect, select, table

from demo.city import CityOptions, CitySummary, make_city
from demo.layouts import layout
from demo.progress import Silence
from demo.scale import differences
from demo.writing.loading import loading_url
from domain.model.departments import Department
from tests.support.databases import DatabaseMaker, Kind
from tests.unit.demo.comparing import Comparison
from tests.unit.demo.reader import read_city

PERSONS, UNITS = 600, 40
MEMORY_CEILING = 60 * 1024 * 1024
KIND_PARAMS = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.postgresql),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
]


def _make(
    folder: Path, kind: Kind, make_database: DatabaseMaker
) -> tuple[CitySummary, dict[Department, str]]:
    urls = {department: make_database(kind) for department in Department}
    return make_city(CityOptions(folder, PERSONS, UNITS, urls=urls), Silence()), urls


@contextmanager
def _engine(url: str, folder: Path) -> Iterator[Engine]:
    engine = create_engine(loading_url(url, folder))
    yield engine
    engine.dispose()


def _truth(folder: Path) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads((folder / "truth.json").read_text("utf-8"))
    return truth


@pytest.mark.slow
@pytest.mark.parametrize("kind", KIND_PARAMS)
def test_rows_in_the_database_are_those_of_the_summary_with_keys_and_indexes(
    kind: Kind, tmp_path: Path, make_database: DatabaseMaker
) -> None:
    summary, urls = _make(tmp_path, kind, make_database)

    for department, url in urls.items():
        with _engine(url, tmp_path) as engine, engine.connect() as connection:
            live = inspect(connection)
            tables = layout(department).tables
            counts = [
                connection.execute(select(func.count()).select_from(table(t.name))).scalar_one()
                for t in tables
            ]
            assert sum(counts) == summary.rows[department]
            assert all(counts)
            header = layout(department).skeleton["person"]
            keys = live.get_pk_constraint(header["table"])["constrained_columns"]
            assert keys == [header["key"]]
            assert len(live.get_indexes(header["table"])) >= 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", KIND_PARAMS)
def test_the_books_differ_exactly_as_planted_on_every_kind(
    kind: Kind, tmp_path: Path, make_database: DatabaseMaker
) -> None:
    _make(tmp_path, kind, make_database)
    truth = _truth(tmp_path)
    comparison = Comparison(read_city(tmp_path), truth["units"])

    found = {
        (each.subject, each.indicator, each.department)
        for person in truth["persons"]
        for each in comparison.differences("person", person["person"], person["keys"])
    }

    written_otherwise = {(e["person"], e["indicator"]) for e in truth["format_differences"]}
    told = {(e["person"], e["indicator"], e["department"]) for e in truth["differing_values"]}
    assert {each for each in found if each[:2] not in written_otherwise} == told
    assert len(told) == pytest.approx(differences(PERSONS), abs=5)


@pytest.mark.slow
@pytest.mark.postgresql
@pytest.mark.mariadb
def test_kind_of_database_changes_neither_truth_nor_mappings_nor_counts(
    tmp_path: Path, make_database: DatabaseMaker
) -> None:
    kinds: tuple[Kind, ...] = ("sqlite", "postgresql", "mariadb")
    summaries = [_make(tmp_path / kind, kind, make_database)[0] for kind in kinds]

    assert summaries[0].rows == summaries[1].rows == summaries[2].rows
    for name in ("truth.json", *(f"mappings/{d}.toml" for d in Department)):
        first, *others = ((tmp_path / kind / name).read_bytes() for kind in kinds)
        assert all(other == first for other in others), name


@pytest.mark.slow
@pytest.mark.parametrize("kind", KIND_PARAMS)
def test_a_city_can_be_made_again_over_the_old_one(
    kind: Kind, tmp_path: Path, make_database: DatabaseMaker
) -> None:
    first, urls = _make(tmp_path, kind, make_database)

    second = make_city(CityOptions(tmp_path, PERSONS, UNITS, urls=urls), Silence())

    assert first == second


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_memory_does_not_grow_with_the_number_of_persons(tmp_path: Path) -> None:
    peaks = []
    for persons in (2_000, 8_000):
        tracemalloc.start()
        make_city(CityOptions(tmp_path / str(persons), persons, 80), Silence())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < MEMORY_CEILING
    assert peaks[1] < 1.5 * peaks[0]
