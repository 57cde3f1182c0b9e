"""`fourfold check` as it is called: exit status, lines, JSON, wrong use."""

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commands.main import main

CITY = """[platform]
url = "sqlite:///platform.sqlite"
index_key = "{key}"
data_key = "{key}"
[[sources]]
name = "hr"
department = "hr"
url = "sqlite:///hr.sqlite"
mapping = "hr.toml"
[[sources]]
name = "gone"
department = "finance"
url = "postgresql://u:geheim@127.0.0.1:1/d"
connect_timeout = 1
mapping = "hr.toml"
"""
MAPPING = """format = 1
[person]
table = "ry"
key = "grbh"
[person.indicators]
personName = "xm"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "city.toml").write_text(CITY.format(key="ab" * 32), encoding="utf-8")
    (tmp_path / "hr.toml").write_text(MAPPING, encoding="utf-8")
    with sqlite3.connect(tmp_path / "hr.sqlite") as connection:
        connection.execute("CREATE TABLE ry (grbh TEXT NOT NULL PRIMARY KEY, xm TEXT)")
    connection.close()
    return tmp_path / "city.toml"


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["check", *words])
    return result.exit_code, result.output


def test_every_source_is_checked_and_errors_fail(config: Path) -> None:
    status, output = run("--config", str(config))

    assert status == 1
    assert f"{config}:13: error: gone: no connection" in output
    assert "no index of ry begins with xm -> CREATE INDEX ix_ry_xm ON ry (xm);" in output
    assert "geheim" not in output


def test_warnings_alone_are_no_failure(config: Path) -> None:
    status, output = run("--config", str(config), "--source", "hr")

    assert status == 0
    assert "gone" not in output
    assert "1 warning" in output


def test_findings_as_json(config: Path) -> None:
    status, output = run("--config", str(config), "--json")

    told = json.loads(output)
    assert status == 1
    assert told["counts"] == {"error": 1, "warning": 1, "info": told["counts"]["info"]}
    assert set(told["findings"][0]) == {"source", "severity", "file", "line", "message", "fix"}
    assert told["sources"] == ["hr", "gone"]


@pytest.mark.parametrize(
    "words",
    [["--config", "nowhere.toml"], ["--config", "{config}", "--source", "x"], ["--nonsense"]],
)
def test_wrong_use_has_a_status_of_its_own(config: Path, words: list[str]) -> None:
    status, output = run(*(word.format(config=config) for word in words))

    assert status == 2
    assert output


def test_a_url_with_a_sign_that_must_be_escaped_repeats_nothing_of_the_password(
    config: Path,
) -> None:
    text = config.read_text(encoding="utf-8").replace("u:geheim@", "u:geheim@sehr:geheim@")
    config.write_text(text, encoding="utf-8")

    result = CliRunner().invoke(main, ["check", "--config", str(config)])

    assert result.exit_code == 2
    assert "source gone:1: the URL cannot be read" in result.stderr
    assert "as %40" in result.stderr
    assert "geheim" not in result.stderr
