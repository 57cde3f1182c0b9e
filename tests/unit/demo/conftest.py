"""One small city in SQLite for all tests of this folder, read whole."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.city import CityOptions, CitySummary, make_city
from demo.progress import Silence
from domain.model.departments import Department
from tests.unit.demo.reader import Book, read_city


@dataclass(frozen=True, slots=True)
class City:
    """A made city: where, what was told of it, and what its four books hold."""

    folder: Path
    summary: CitySummary
    truth: dict[str, Any]
    books: dict[Department, Book]


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """The default city."""
    folder = tmp_path_factory.mktemp("city")
    summary = make_city(CityOptions(folder), Silence())
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    return City(folder, summary, truth, read_city(folder))
