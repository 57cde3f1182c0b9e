"""`fourfold link` as it is called: what is wrong is told before a city is read."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bulk.reports import Stage, Step
from commands.link import LINES_APART, Lines
from commands.main import main
from domain.model.keys import EntityKind


def test_a_truth_that_is_none_is_told_before_any_source_is_read(tmp_path: Path) -> None:
    (tmp_path / "truth.json").write_text("{}", encoding="utf-8")
    for file in (tmp_path / "truth.json", tmp_path / "none.json"):
        words = ["link", "--config", str(tmp_path / "city.toml"), "--truth", str(file)]

        result = CliRunner().invoke(main, words)

        assert result.exit_code == 2
        assert str(file) in result.stderr
        assert "truth.json" in result.stderr


def test_plain_lines_tell_what_is_read_and_how_far_a_long_reading_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = Lines()

    for done in (59, 60, LINES_APART + 1, LINES_APART + 2):
        lines.report(Step(Stage.READ, EntityKind.UNIT, "hr", done))

    assert capsys.readouterr().err.splitlines() == [
        "read unit hr",
        f"read unit hr: {LINES_APART + 1} records",
    ]
