"""Code sets: the values a coded indicator may take, with their names and parents."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One value of a code set."""

    code: str
    name_zh: str
    name_en: str
    parent: str | None


CodeSet = Mapping[str, CodeEntry]


@cache
def code_set(name: str) -> CodeSet:
    """The entries of one code set by code, in file order.

    Raises KeyError for a set that does not exist.
    """
    folder = resources.files(__package__).joinpath("codesets")
    path = folder.joinpath(f"{name}.csv")
    if not path.is_file():
        raise KeyError(name)
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return {
        row["code"]: CodeEntry(row["code"], row["name_zh"], row["name_en"], row["parent"] or None)
        for row in rows
    }


@cache
def code_set_names() -> tuple[str, ...]:
    """The names of all code sets, sorted."""
    folder = resources.files(__package__).joinpath("codesets")
    return tuple(
        sorted(p.name.removesuffix(".csv") for p in folder.iterdir() if p.name.endswith(".csv"))
    )
