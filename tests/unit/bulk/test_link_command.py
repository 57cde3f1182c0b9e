"""`fourfold link` on a small made-up city: what it prints, and its exit status."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from commands.main import main
from demo.city import CityOptions, make_city

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]


class Unseen:
    """Nobody watches the city being made."""

    def advance(self, label: str, done: int, total: int) -> None:
        """Let it pass."""


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    make_city(CityOptions(folder, persons=500, units=40), Unseen())
    return folder


@pytest.fixture(name="city")
def _city(made: Path, tmp_path: Path) -> Path:
    """A city of its own for each test: linking leaves links."""
    return shutil.copytree(made, tmp_path / "city") / "city.toml"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["link", *map(str, arguments)])


def test_a_city_is_linked_once_and_for_all(city: Path) -> None:
    first, second = run("--config", city, "--json"), run("--config", city, "--json")

    assert (first.exit_code, second.exit_code) == (0, 0)
    told, again = json.loads(first.stdout), json.loads(second.stdout)
    assert told["persons"]["changes"]["owners"] > 400
    assert told["unread"] == []
    assert set(again["persons"]["changes"].values()) == {0}
    assert set(again["units"]["changes"].values()) == {0}
    assert again["persons"]["records"] == told["persons"]["records"]


def test_the_summary_is_a_table_of_departments(city: Path) -> None:
    shown = run("--config", city).stdout

    assert "certain" in shown
    assert "establishment" in shown
    assert "links begun" in shown


def test_a_missing_source_is_named_and_makes_the_status_one(city: Path) -> None:
    finance = city.parent / "finance.sqlite"
    away = finance.rename(city.parent / "away")

    done = run("--config", city)
    away.rename(finance)

    assert done.exit_code == 1
    assert "finance (finance) was left as it is linked" in done.stdout


def test_a_city_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    assert run("--config", tmp_path / "none.toml").exit_code == 2


def test_links_are_measured_against_the_planted_truth(city: Path) -> None:
    done = run("--config", city, "--truth", city.parent / "truth.json", "--json")

    people = json.loads(done.stdout)["truth"]["persons"]
    assert (people["wrong"], people["recall"]) == (0, 1.0)
    assert list(people["levels"]) == ["CERTAIN", "HIGH", "MEDIUM", "LOW", "CONFLICT"]
    for of in people["levels"].values():
        assert (of["planted"], of["precision"], of["recall"]) == (of["judged"], 1.0, 1.0)


def test_a_file_that_is_no_truth_is_wrong_use(city: Path) -> None:
    assert run("--config", city, "--truth", city).exit_code == 2


def test_a_new_index_key_takes_the_old_one_s_place(city: Path) -> None:
    new = city.parent / "new.key"
    new.write_text("ab" * 32, encoding="utf-8")
    run("--config", city)

    told = run("--config", city, "--rekey", new)
    key = next(path for path in city.parent.rglob("*index*") if path.is_file())
    new.replace(key)
    again = run("--config", city, "--json")

    assert (told.exit_code, again.exit_code) == (0, 0)
    assert "stand under the new key" in told.stdout
    assert set(json.loads(again.stdout)["persons"]["changes"].values()) == {0}


def test_links_are_left_alone_under_another_key_until_it_is_called_lost(city: Path) -> None:
    run("--config", city)
    new = city.parent / "new.key"
    new.write_text("cd" * 32, encoding="utf-8")
    run("--config", city, "--rekey", new)

    refused = [run("--config", city), run("--config", city, "--rekey", new)]
    lost = run("--config", city, "--lost-key", "--json")

    assert [done.exit_code for done in refused] == [2, 2]
    assert all("the links stand under another index key" in done.output for done in refused)
    assert lost.exit_code == 0
    assert json.loads(lost.stdout)["persons"]["changes"]["owners"] > 400


def test_a_new_key_that_is_too_short_is_wrong_use(city: Path) -> None:
    short = city.parent / "short.key"
    short.write_text("abcd", encoding="utf-8")

    assert run("--config", city, "--rekey", short).exit_code == 2
