"""Which department gives which field: the floor's lists of columns, read from a job's CSV file."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import groupby

from benchmarks.floor.cells import Convert, converter


@dataclass(frozen=True, slots=True)
class Cell:
    """One column that can give a field; `name` is its alias and column."""

    department: str
    name: str
    convert: Convert


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the answer and the columns that can give it, first choice first."""

    path: str
    cells: tuple[Cell, ...]

    def choice(self, departments: Iterable[str]) -> Cell | None:
        """The column to read where only these departments hold the subject."""
        held = frozenset(departments)
        return next((cell for cell in self.cells if cell.department in held), None)


def read_fields(job: str) -> list[Field]:
    """The fields of a job in the order of its file."""
    text = resources.files("benchmarks.jobs").joinpath(f"{job}.csv").read_text(encoding="utf-8")
    return [
        Field(path, tuple(_cell(row) for row in rows))
        for path, rows in groupby(csv.DictReader(text.splitlines()), key=lambda row: row["field"])
    ]


def _cell(row: Mapping[str, str]) -> Cell:
    department = row["department"]
    return Cell(department, row["cell"], converter(department, row["form"]))


class Shape:
    """Builds the nested answer from values in the order of the fields."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._own: list[str] = []
        self._groups: list[tuple[str, list[str], int, int]] = []
        start = 0
        for group, members in groupby(paths, key=lambda path: path.rpartition(".")[0]):
            names = [path.rpartition(".")[2] for path in members]
            if group:
                self._groups.append((group, names, start, start + len(names)))
            else:
                self._own = names
            start += len(names)

    def __call__(self, values: Sequence[object]) -> dict[str, object]:
        """The answer; fields without a group must come first."""
        shown: dict[str, object] = dict(zip(self._own, values, strict=False))
        for group, names, start, stop in self._groups:
            shown[group] = dict(zip(names, values[start:stop], strict=True))
        return shown
