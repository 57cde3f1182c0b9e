"""docs/demo.md shows a real run: its excerpts and counts are those of the default city."""

from pathlib import Path

import pytest

from demo.planting.schedule import KINDS
from tests.unit.demo.conftest import City

pytestmark = pytest.mark.slow
MANUAL = Path(__file__).parents[3] / "docs" / "demo.md"


def test_excerpts_are_lines_of_the_default_city(city: City) -> None:
    lines = {
        line.rstrip(",") for line in (city.folder / "truth.json").read_text("utf-8").splitlines()
    }

    shown = [line for line in MANUAL.read_text("utf-8").splitlines() if line.startswith("{")]

    assert shown
    assert [line for line in shown if line not in lines] == []


def test_row_counts_are_those_of_the_default_city(city: City) -> None:
    text = MANUAL.read_text("utf-8")

    for department, rows in city.summary.rows.items():
        assert f"│ {department:<13} │ {rows:<5} │" in text


def test_every_list_and_kind_is_explained(city: City) -> None:
    text = MANUAL.read_text("utf-8")

    lists = [name for name, value in city.truth.items() if isinstance(value, list)]
    assert [name for name in lists if f"`{name}`" not in text] == []
    named = [kind.name for kind in KINDS if not kind.name.startswith(("lasting_", "id_fifteen"))]
    assert [name for name in named if f"`{name}`" not in text and name not in lists] == []
