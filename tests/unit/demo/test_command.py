"""`fourfold demo make` as a person or a script meets it."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from commands.demo_make import make

APP = typer.Typer()
APP.command()(make)
SMALL = ("--persons", "500", "--units", "40")


def _run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(APP, words)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.slow
def test_json_tells_rows_plants_and_files(tmp_path: Path) -> None:
    status, out, progress = _run("--dir", str(tmp_path), *SMALL, "--json")

    told = json.loads(out)
    assert status == 0
    assert set(told["rows"]) == {"organization", "establishment", "finance", "hr"}
    assert told["planted"]["persons"] == 500
    assert str(tmp_path / "city.toml") in told["files"]
    assert "persons: 500 of 500" in progress


@pytest.mark.slow
def test_tables_are_for_people(tmp_path: Path) -> None:
    status, out, _ = _run("--dir", str(tmp_path), *SMALL)

    assert status == 0
    assert "establishment" in out
    assert str(tmp_path / "truth.json") in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--url", "hr"), "department=URL"),
        (("--url", "hr="), "department=URL"),
        (("--url", "police=sqlite:///a.db"), "unknown department"),
        (("--url", "hr=sqlite:///a.db", "--url", "hr=sqlite:///b.db"), "twice"),
        (("--persons", "10"), "at least 125"),
    ],
)
def test_wrong_use_is_status_two(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    status, _, errors = _run("--dir", str(tmp_path), *words)

    assert status == 2
    assert message in errors


def test_a_database_out_of_reach_is_status_one_without_its_url(tmp_path: Path) -> None:
    url = "sqlite:////nowhere/secret/hr.db"

    status, out, errors = _run("--dir", str(tmp_path), *SMALL, "--url", f"hr={url}")

    assert status == 1
    assert "the database of hr" in errors
    assert "secret" not in out + errors
    assert "Traceback" not in out + errors
