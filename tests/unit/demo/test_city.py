"""The whole city: the same twice, posts that add up, every kind planted, files as promised."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text

from demo.city import CityOptions, CitySummary, make_city
from demo.clock import TODAY
from demo.errors import CityDatabaseError, CityOptionsError
from demo.layouts import layout
from demo.planting.schedule import KINDS
from demo.progress import Silence
from domain.catalogue import handles as h
from domain.model.departments import Department
from tests.unit.demo.conftest import City
from tests.unit.demo.reader import Record

pytestmark = pytest.mark.slow
SMALL = {"persons": 500, "units": 40}


def _make(folder: Path, **options: Any) -> CitySummary:  # noqa: ANN401  # the fields of CityOptions
    return make_city(CityOptions(folder, **(SMALL | options)), Silence())


def _rows(folder: Path) -> list[object]:
    rows: list[object] = []
    for department in Department:
        engine = create_engine(f"sqlite:///{folder / department}.sqlite")
        with engine.connect() as connection:
            for table in layout(department).tables:
                quoted = engine.dialect.identifier_preparer.quote(table.name)
                found = connection.execute(text(f"SELECT * FROM {quoted} ORDER BY rowid"))
                rows += [tuple(row) for row in found]
        engine.dispose()
    return rows


def test_the_same_seed_makes_the_same_city_and_another_seed_another(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        _make(tmp_path / name, seed=seed)

    truths = [(tmp_path / name / "truth.json").read_bytes() for name in "abc"]
    assert truths[0] == truths[1] != truths[2]
    assert _rows(tmp_path / "a") == _rows(tmp_path / "b") != _rows(tmp_path / "c")


def test_every_kind_is_planted(city: City) -> None:
    lists = {
        name: {entry.get("kind") for entry in entries}
        for name, entries in city.truth.items()
        if isinstance(entries, list)
    }

    for kind in KINDS:
        assert kind.name in lists[kind.truth_list], kind.name
    assert all(city.truth[name] for name in lists), lists


def test_everybody_is_told_once_with_the_keys_the_books_have(city: City) -> None:
    told: dict[str, set[str]] = {d: set() for d in Department}
    for person in city.truth["persons"]:
        for department, key in person["keys"].items():
            told[department].add(key)
    for entry in city.truth["duplicates"]:
        for department, key in entry["second_keys"].items():
            told[department].add(key)

    assert [p["person"] for p in city.truth["persons"]] == list(range(2000))
    for department, book in city.books.items():
        assert set(book.persons) == told[department]


def test_the_cadre_system_knows_two_fifths_of_all_persons(city: City) -> None:
    share = len(city.books[Department.ORGANIZATION].persons) / 2000

    assert 0.35 < share < 0.5


def _number_of(book: Record) -> object:
    return book.values[h.ID_NUMBER]


def test_no_two_people_of_the_establishment_have_one_number(city: City) -> None:
    numbers = [_number_of(r) for r in city.books[Department.ESTABLISHMENT].persons.values()]

    assert len(numbers) == len(set(numbers))


def _pool_heads(city: City) -> dict[tuple[str, str], int]:
    heads: dict[tuple[str, str], int] = {}
    for spell in city.books[Department.ESTABLISHMENT].operational["occupation"]:
        if spell["from"] <= TODAY and (spell["to"] is None or spell["to"] > TODAY):
            key = (spell["unit"], spell["type"])
            heads[key] = heads.get(key, 0) + 1
    return heads


def test_only_planted_units_are_full_or_over_staffed(city: City) -> None:
    heads = _pool_heads(city)
    pools = city.books[Department.ESTABLISHMENT].operational["pool"]
    keyed = {(p["unit"], p["type"]): p["approved"] for p in pools}

    full = {key for key, approved in keyed.items() if heads[key] == approved}
    over = {key for key, approved in keyed.items() if heads[key] > approved}

    assert set(heads) == set(keyed)
    assert full == {(e["unit"], e["type"]) for e in city.truth["full_units"]}
    assert over == {(e["unit"], e["type"]) for e in city.truth["over_staffed_units"]}


def test_promises_never_exceed_the_vacancies_of_a_pool(city: City) -> None:
    book = city.books[Department.ESTABLISHMENT].operational
    heads = _pool_heads(city)
    promised: dict[tuple[str, str], int] = {}
    for plan in book["plan"]:
        if plan["valid_until"] >= TODAY:
            key = (plan["unit"], plan["type"])
            left = plan["approved"] - plan["used"] - plan["returned"]
            promised[key] = promised.get(key, 0) + left

    assert any(plan["valid_until"] < date(2026, 1, 1) for plan in book["plan"])
    assert promised
    for pool in book["pool"]:
        key = (pool["unit"], pool["type"])
        if key in promised:
            assert heads[key] + promised[key] + pool["locked"] <= pool["approved"]


def test_the_sums_of_a_unit_are_those_of_its_pools(city: City) -> None:
    book = city.books[Department.ESTABLISHMENT]
    heads = _pool_heads(city)
    for code, unit in book.units.items():
        own = [p for p in book.operational["pool"] if p["unit"] == code]
        if not own:
            continue
        approved = sum(p["approved"] for p in own)
        occupied = sum(heads[code, p["type"]] for p in own)
        assert unit.values[h.APPROVED_TOTAL] == approved
        assert unit.values[h.OCCUPIED_COUNT] == occupied
        assert unit.values[h.VACANT_COUNT] == approved - occupied


def test_leaders_filled_are_people_on_leadership_posts(city: City) -> None:
    book = city.books[Department.ESTABLISHMENT]
    spoilt = {e["key"] for e in city.truth["differing_values"] if "row" in e}
    leading: dict[object, int] = {}
    doubtful: set[object] = set()
    for key, person in book.persons.items():
        unit = person.values[h.OCCUPIED_UNIT_CODE]
        if key in spoilt:
            doubtful.add(unit)
        if any(r[h.IS_LEADERSHIP_POST] and r[h.IS_MAIN_POST] for r in person.rows.get("POS", [])):
            leading[unit] = leading.get(unit, 0) + 1
    filled: dict[object, int] = {}
    for line in book.operational["leader_line"]:
        filled[line["unit"]] = filled.get(line["unit"], 0) + line["filled"]

    sure = [unit for unit in filled if unit not in doubtful]
    assert len(sure) > 5
    assert all(leading.get(unit, 0) == filled[unit] for unit in sure)


def test_columns_of_the_mapping_are_in_the_databases(city: City) -> None:
    for department in Department:
        engine = create_engine(f"sqlite:///{city.folder / department}.sqlite")
        live = inspect(engine)
        for table in layout(department).tables:
            columns = {c["name"] for c in live.get_columns(table.name)}
            assert {c.name for c in table.columns} <= columns
        engine.dispose()


def test_other_tables_of_a_database_are_left_alone(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'hr.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE guest (a INTEGER)"))
        connection.execute(text("INSERT INTO guest VALUES (7)"))

    _make(tmp_path)
    _make(tmp_path)

    with engine.connect() as connection:
        assert connection.execute(text("SELECT a FROM guest")).scalar_one() == 7
    engine.dispose()


def test_keys_are_kept_and_stale_links_go(tmp_path: Path) -> None:
    _make(tmp_path)
    key = (tmp_path / "keys/index.key").read_text("ascii")
    (tmp_path / "platform.sqlite").write_text("links")

    _make(tmp_path)

    assert (tmp_path / "keys/index.key").read_text("ascii") == key
    assert len(bytes.fromhex(key)) == 32
    assert (tmp_path / "keys/data.key").stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "platform.sqlite").exists()


def test_a_platform_database_beside_no_city_is_not_ours_to_delete(tmp_path: Path) -> None:
    (tmp_path / "platform.sqlite").write_text("somebody's")

    _make(tmp_path)

    assert (tmp_path / "platform.sqlite").read_text() == "somebody's"


@pytest.mark.parametrize(
    "options", [{"persons": 124}, {"units": 24}, {"persons": 500, "units": 101}]
)
def test_a_city_too_small_to_be_one_is_refused(tmp_path: Path, options: dict[str, int]) -> None:
    with pytest.raises(CityOptionsError, match="at least"):
        _make(tmp_path, **options)


@pytest.mark.parametrize(("persons", "units"), [(125, 25), (200, 40), (500, 100)])
def test_a_small_city_is_made_and_says_what_it_cannot_show(
    tmp_path: Path, persons: int, units: int
) -> None:
    summary = _make(tmp_path, persons=persons, units=units)

    assert (summary.planted["persons"], summary.planted["units"]) == (persons, units)
    assert all(isinstance(kind, str) for kind in summary.missing)


def test_a_file_instead_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "city").write_text("")

    with pytest.raises(CityOptionsError, match="is a file"):
        _make(tmp_path / "city")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CityOptionsError, match="cannot be written"):
        _make(tmp_path / "file" / "city")


@pytest.mark.parametrize("url", ["nonsense", "nodialect://x/y", "sqlite:////nowhere/at/all.db"])
def test_a_database_that_refuses_is_named_without_its_url(tmp_path: Path, url: str) -> None:
    with pytest.raises(CityDatabaseError) as caught:
        _make(tmp_path, urls={Department.HR: url})

    assert caught.value.department is Department.HR
    assert url not in str(caught.value)


def test_a_city_stays_whole_when_a_new_one_cannot_be_begun(tmp_path: Path) -> None:
    _make(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.glob("*.*")}

    with pytest.raises(CityDatabaseError):
        _make(tmp_path, seed=2, urls={Department.HR: "sqlite:////nowhere/at/all.db"})

    assert {path: path.read_bytes() for path in tmp_path.glob("*.*")} == before


def test_a_city_file_with_passwords_is_for_its_owner_only(tmp_path: Path) -> None:
    _make(tmp_path)

    assert (tmp_path / "city.toml").stat().st_mode & 0o077 == 0
