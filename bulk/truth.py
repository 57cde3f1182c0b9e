"""Reads the identity lists of a planted truth.json line by line; the rest of it is passed over."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from domain.identity.matching import MatchLevel
from domain.model.departments import Department
from domain.model.errors import BadInputError
from domain.model.keys import EntityKind

LISTS: Final = {EntityKind.PERSON: "persons", EntityKind.UNIT: "units"}
DUPLICATES: Final = "duplicates"

Entry = Mapping[str, Any]  # Any: one JSON object of the file


@dataclass(frozen=True, slots=True)
class PlantedRow:
    """One record and the level it should reach."""

    department: Department
    key: str
    level: MatchLevel


@dataclass(frozen=True, slots=True)
class Planted:
    """One true person or unit: its records, the reference first."""

    rows: tuple[PlantedRow, ...]
    linkable: bool


def read_entries(path: Path, name: str) -> Iterator[Entry]:
    """The entries of one list, in order. Raises BadInputError for a file of another form."""
    opening = f'"{name}": ['
    try:
        with path.open(encoding="utf-8") as lines:
            found = any(line.startswith(opening) for line in lines)
            for line in lines if found else ():
                text = line.strip().removesuffix(",")
                if text.startswith("]"):
                    return
                yield json.loads(text)
    except (OSError, ValueError) as error:
        raise BadInputError(f"{path} cannot be read as a truth.json") from error
    if not found:
        raise BadInputError(f"{path} has no list {name}: it is no truth.json")


def require_truth(path: Path) -> None:
    """Raises BadInputError for a file that is no truth.json, before a city is read for it."""
    for name in LISTS.values():
        next(read_entries(path, name), None)


def read_planted(
    path: Path, entity: EntityKind, drivers: tuple[Department, ...]
) -> Iterator[Planted]:
    """Every true person or unit; second records of one department follow its first."""
    second = _second_keys(path) if entity is EntityKind.PERSON else {}
    for entry in read_entries(path, LISTS[entity]):
        more = second.get(entry[entity.value], {})
        yield Planted(tuple(_rows(entry, more, drivers)), bool(entry["linkable"]))


def _second_keys(path: Path) -> Mapping[object, Mapping[str, str]]:
    return {each["person"]: each["second_keys"] for each in read_entries(path, DUPLICATES)}


def _rows(
    entry: Entry, second: Mapping[str, str], drivers: tuple[Department, ...]
) -> Iterator[PlantedRow]:
    for department in drivers:
        for keys in (entry["keys"], second):
            if department in keys:
                level = MatchLevel(entry["level"][department])
                yield PlantedRow(department, keys[department], level)
