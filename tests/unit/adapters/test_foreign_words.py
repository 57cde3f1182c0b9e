"""The words for schemas that nobody here designed: mistakes in them, and SQL in every dialect."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adapters.mapping.model import SourceMapping
from adapters.mapping.reader import read_mapping
from adapters.sql.pieces import Pieces
from adapters.sql.plans import EntityPlans
from adapters.sql.shapes import Shapes, look_at, tables_of
from domain.model.errors import MappingError
from tests.support.foreign import SAMPLES, statements_of
from tests.unit.adapters.test_mapping_mistakes import GOOD
from tests.unit.adapters.test_statements import DIALECTS

# what is put after which line of GOOD, what is said, and where
CASES = [
    ("[person.indicators]", 'email = { concat = ["a"] }', "at least 2 items", 11),
    ("[person.indicators]", 'email = { concat = ["a", "zw.b"] }', "in different tables", 11),
    ("[person.indicators]", 'email = { concat = ["a", "xx.b"] }', "there is no join 'xx'", 11),
    (
        "[person.indicators]",
        'email = { concat = ["a", "b"], separator = ";" }',
        "separator cannot be used",
        11,
    ),
    (
        "[person.indicators]",
        "email = { concat = ['a\"', 'b'] }",
        "cannot be written in quotes",
        11,
    ),
    (
        "[person.indicators]",
        'email = { column = "a", separator = "-" }',
        "'separator' means nothing without 'concat'",
        11,
    ),
    ("[person.indicators]", 'email = { concat = ["a", "b"], column = "c" }', "2 of column", 11),
    ("[person.indicators]", 'email = { column = "a", empty = "x" }', "valid list", 11),
    ('key = "k"', 'link_key = "email"', "person.link_key: ", 7),
    ('key = "k"', 'link_key = { column = "email" }', "person.link_key.name: Field required", 7),
    ('key = "k"', 'link_key = { name = "email" }', "0 of column, sql, const, concat", 7),
    ('key = "k"', 'link_key = { const = 1, name = "x" }', "a key cannot be constant", 7),
    ('key = "k"', 'link_key = { column = "m", name = "e mail" }', "no name of a link key", 7),
    ('key = "k"', 'link_key = { column = "yy.m", name = "email" }', "there is no join 'yy'", 7),
    ('key = "k"', 'link_key = { column = "m", name = "e", date = "%Y" }', "'date' means not", 7),
    ('table = "zw"', "current = { }", "join.zw.current: no day is named", 9),
    ('table = "zw"', 'current = { to = "a", until = "b" }', "both `to` and `until`", 9),
    ('table = "zw"', 'current = { from = "a", open = ["x"] }', "means nothing without an end", 9),
    ('table = "zw"', 'current = { from = "yy.a" }', "there is no join 'yy'", 9),
    ('table = "zw"', "current = { from = { const = 1 } }", "a day that is the same for all", 9),
    ('table = "zw"', 'current = { frm = "a" }', "current.frm: Extra inputs", 9),
    ('table = "zw"', 'current = "a"', "person.join.zw.current: ", 9),
    (
        'table = "zw"',
        'current = { from = { column = "a", date = "%d.%m.%Y" } }',
        "cannot be compared in the database",
        9,
    ),
    ('table = "xl"', 'join.x = { on = { a = "b" }, parent = "y" }', "no parent 'y'", 14),
    ('table = "xl"', 'join.x = { on = { a = "b" }, parent = "x" }', "is its own parent", 14),
    ("[person.rows.EDU.indicators]", 'major = "zw.a"', "there is no join 'zw'", 16),
]


@pytest.mark.parametrize(("after", "line", "message", "number"), CASES)
def test_a_mistake_is_named_with_its_line(
    after: str, line: str, message: str, number: int, tmp_path: Path
) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(GOOD.replace(f"{after}\n", f"{after}\n{line}\n", 1), encoding="utf-8")

    with pytest.raises(MappingError) as caught:
        read_mapping(path, "sqlite")

    found = caught.value.findings
    assert [f.line for f in found if message in f.message] == [number], found
    assert all(finding.remedy for finding in found)


def _shapes(path: Path, mapping: SourceMapping) -> Shapes:
    """The tables of a sample as SQLAlchemy reflects them from SQLite."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        for statement in statements_of(path, "sqlite", "sqlite://"):
            connection.exec_driver_sql(statement)
        shapes = look_at(connection, tables_of(mapping))
    engine.dispose()
    return shapes


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/*.toml")), ids=lambda path: path.stem)
def test_every_statement_of_a_sample_compiles(name: str, path: Path, tmp_path: Path) -> None:
    read_as, dialect = DIALECTS[name]
    file = tmp_path / "mapping.toml"
    file.write_text(path.read_text(encoding="utf-8").replace("{schema}", "main."), encoding="utf-8")
    mapping = read_mapping(file, read_as)
    shapes = _shapes(path, mapping)
    pieces = Pieces(dialect, shapes)

    for rule in mapping.entities.values():
        plans = EntityPlans(rule, shapes, pieces)
        wanted = frozenset(rule.columns)
        built = [plans.by_key(wanted, 2).statement, plans.all_rows(wanted, after=True).statement]
        built += [
            plans.children.by_key(code, frozenset(rows.columns), 2, anchored=False).statement
            for code, rows in rule.rows.items()
        ]
        for statement in built:
            values: dict[str, Any] = dict.fromkeys(statement.names, 1)  # Any: of no type here
            assert len(statement.parameters(values)) == len(statement.names)
            assert set(statement.days) <= set(statement.names)


def test_a_day_that_nobody_gave_is_no_silent_null(tmp_path: Path) -> None:
    path = SAMPLES / "employees" / "establishment.toml"
    mapping = read_mapping(path, "sqlite")
    shapes = _shapes(path, mapping)
    (person, _) = mapping.entities.values()
    plans = EntityPlans(person, shapes, Pieces(DIALECTS["sqlite"][1], shapes))
    statement = plans.by_key(frozenset(person.columns), 1).statement

    with pytest.raises(KeyError):
        statement.parameters({"k0_0": 1})
