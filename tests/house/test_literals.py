"""An indicator is named by its constant in domain/catalogue/handles.py, never by a string."""

import ast
import csv
from collections.abc import Iterable, Iterator

import pytest

from tests.support.project import ROOT, Source, python_sources

CATALOGUE = "domain/catalogue/"


def indicator_names() -> frozenset[str]:
    """Every name and code; not the words that name a code set or a category too."""
    folder = ROOT / CATALOGUE
    if not (folder / "indicators.csv").exists():
        pytest.skip("no catalogue yet")
    rows = _rows("indicators.csv")
    names = {row["name_en"] for row in rows} | {row["code"] for row in rows}
    other_meanings = {path.stem for path in (folder / "codesets").glob("*.csv")}
    other_meanings |= {row["field"] for row in _rows("categories.csv")}
    return frozenset(names - other_meanings)


def _rows(name: str) -> list[dict[str, str]]:
    with (ROOT / CATALOGUE / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def strings(source: Source) -> Iterator[tuple[int, str]]:
    """Every string constant with its line; the fixed parts of f-strings are constants too."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def named_by_literal(sources: Iterable[Source], names: frozenset[str]) -> list[str]:
    """Where a whole string is an indicator's name; a GraphQL document that holds one is not."""
    return [
        f"{source.path}:{line} {value}"
        for source in sources
        if not source.path.startswith(CATALOGUE)
        for line, value in strings(source)
        if value.strip(" .:/") in names
    ]


def test_no_indicator_is_named_by_a_string_literal() -> None:
    assert named_by_literal(python_sources(), indicator_names()) == []


def test_the_guard_knows_names_and_codes() -> None:
    assert len(indicator_names()) > 400


def test_the_guard_sees_a_planted_literal_and_part_of_an_f_string() -> None:
    name = min(indicator_names(), key=len)
    planted = Source(
        "store/planted.py", f'a = "{name}"\nb = f"{{a}}.{name}"\nc = "query {{ {name} }}"'
    )
    at_home = Source(f"{CATALOGUE}handles.py", f'NAME = "{name}"')

    found = named_by_literal([planted, at_home], indicator_names())

    assert found == [f"store/planted.py:1 {name}", f"store/planted.py:2 .{name}"]
