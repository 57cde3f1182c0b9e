"""Every shape of statement compiles for every dialect, those too that no test can run."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import sqlglot
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite

from adapters.mapping.model import EntityRule, SourceMapping
from adapters.mapping.reader import read_mapping
from adapters.sql.fitting import misfits
from adapters.sql.headcount import HeadcountPlans
from adapters.sql.operational import OperationalPlans
from adapters.sql.pieces import Pieces, Statement
from adapters.sql.plans import EntityPlans
from adapters.sql.pool_lists import PoolListPlans, PoolShape
from adapters.sql.shapes import Shapes, TableShape, tables_of
from domain.catalogue import handles as h
from domain.model.keys import CategoryCode, EntityKind
from domain.model.quota import FreezeStatus
from tests.contract import source_city as city

DIALECTS: dict[str, tuple[str, sa.Dialect]] = {
    "oracle": ("oracle", oracle.dialect()),  # type: ignore[no-untyped-call] # SQLAlchemy has none
    "mssql": ("mssql", mssql.dialect()),  # type: ignore[no-untyped-call] # as above
    "mysql": ("mysql", mysql.dialect()),
    "postgresql": ("postgresql", postgresql.asyncpg.dialect()),  # type: ignore[no-untyped-call] # as above
    "sqlite": ("sqlite", sqlite.dialect()),
}
PARSED_AS = {
    "oracle": "oracle",
    "mssql": "tsql",
    "mysql": "mysql",
    "postgresql": "postgres",
    "sqlite": "sqlite",
}
TODAY = date(2024, 5, 15)


def _shapes(mapping: SourceMapping) -> Shapes:
    """The tables of the small department as SQLAlchemy would reflect them from SQLite."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        for statement in city.TABLES:
            connection.exec_driver_sql(statement)
        inspector = sa.inspect(connection)
        shapes = {
            name: TableShape(
                {column["name"]: column["type"] for column in inspector.get_columns(name.name)},
                tuple(inspector.get_pk_constraint(name.name)["constrained_columns"]),
            )
            for name in tables_of(mapping)
        }
    engine.dispose()
    return shapes


def expect_parsed(name: str, statement: Statement) -> None:
    """Runnable as it is, in the words of the dialect, with a value for each parameter."""
    assert "POSTCOMPILE" not in statement.sql
    # MySQL drivers write parameters and per cents in their own way.
    text = statement.sql.replace("%s", "?").replace("%%", "%")
    sqlglot.parse_one(text, read=PARSED_AS[name])
    values: dict[str, Any] = dict.fromkeys(statement.names, 1)  # Any: of no type here
    assert len(statement.parameters(values)) == len(statement.names)


def _mapping(text: str, dialect: str, folder: Path) -> SourceMapping:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path, dialect)


def _of_entity(rule: EntityRule, shapes: Shapes, pieces: Pieces) -> list[Statement]:
    plans = EntityPlans(rule, shapes, pieces)
    wanted = frozenset(rule.columns)
    by = next(iter(rule.columns))
    statements = [
        plans.by_key(wanted, 2).statement,
        plans.by_key(frozenset(), 1).statement,
        plans.by_value(by, wanted, 2).statement,
        plans.all_rows(wanted, after=True).statement,
        plans.all_rows(wanted, after=False).statement,
    ]
    return statements + [
        plans.children.by_key(category, frozenset(rows.columns), 2, anchored=anchored).statement
        for category, rows in rule.rows.items()
        for anchored in (True, False)
    ]


def _of_units(mapping: SourceMapping, shapes: Shapes, pieces: Pieces) -> list[Statement]:
    plans = OperationalPlans(mapping.operational, shapes, pieces)
    built = [plans.pools(2), plans.plans(2), plans.occupied(2)]
    for plan in built:
        assert set(plan.parameters(TODAY)) <= set(plan.statement.names)
    lists = PoolListPlans(mapping, shapes, pieces)
    every = PoolShape(2, 2, in_division=True, freeze=frozenset(FreezeStatus), is_over=True)
    whole = PoolShape(under=2, has_people=True, has_plans=True)
    wanted = [PoolShape(), every, every._replace(is_after=True, beside=True), whole]
    listed = [plan for shape in wanted for plan in (lists.page(shape), lists.count(shape))]
    return [*(plan.statement for plan in built), *(plan.statement for plan in listed)]


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("text", [city.PEOPLE, city.UNITS, city.PAIRS, city.CASED])
def test_every_shape_compiles(name: str, text: str, tmp_path: Path) -> None:
    read_as, dialect = DIALECTS[name]
    mapping = _mapping(text, read_as, tmp_path)
    shapes = _shapes(mapping)
    pieces = Pieces(dialect, shapes)

    statements = [s for rule in mapping.entities.values() for s in _of_entity(rule, shapes, pieces)]
    if mapping.operational:
        statements += _of_units(mapping, shapes, pieces)
    if text is city.PEOPLE:
        person = mapping.entities[EntityKind.PERSON]
        statements.append(HeadcountPlans(person, shapes, pieces).headcount(2).statement)

    assert misfits(mapping, shapes) == []
    for statement in statements:
        expect_parsed(name, statement)


def test_names_are_quoted_where_a_dialect_needs_it(tmp_path: Path) -> None:
    text = """format = 1
[person]
table = "Order"
key = "grbh"
[person.indicators]
personName = "select"
email = { sql = "UPPER(\\"Xm\\") || xm" }
"""
    mapping = _mapping(text, "postgresql", tmp_path)
    rule = mapping.entities[EntityKind.PERSON]
    kinds = {name: sa.Text() for name in ("grbh", "select", "Xm", "xm")}
    shapes = {rule.table: TableShape(kinds, ("grbh",))}

    plans = EntityPlans(rule, shapes, Pieces(DIALECTS["postgresql"][1], shapes))
    sql = plans.by_key(frozenset({h.PERSON_NAME, h.EMAIL}), None).statement.sql

    assert 'FROM "Order" AS m' in sql
    assert 'm."select"' in sql
    assert '(UPPER(m."Xm") || m.xm)' in sql


def test_all_misfits_are_named_with_their_lines(tmp_path: Path) -> None:
    mapping = _mapping(city.PEOPLE, "sqlite", tmp_path)
    shapes = dict(_shapes(mapping))
    for name, shape in list(shapes.items()):
        if name.name == "ryxl":
            del shapes[name]
        if name.name == "ryjb":
            kept = {c: t for c, t in shape.columns.items() if c not in {"xm", "yxbz", "dwdm"}}
            shapes[name] = TableShape({**kept, "XM": sa.Text()}, ())

    found = misfits(mapping, shapes)

    lines = city.PEOPLE.splitlines()
    assert [lines[finding.line - 1] for finding in found] == [
        "[person]",
        'personName = "xm"',
        next(line for line in lines if line.startswith(h.WORK_UNIT_CODE)),
        'payrollUnitCode = "dwdm"',
        "[person.rows.EDU]",
        *['education = { column = "xl", codes = "学历" }', 'graduationDate = "byrq"'],
        'school = "xx"',
    ]
    assert found[1].remedy == "did you mean 'XM'?"


def test_statements_are_kept_in_a_bounded_memory(tmp_path: Path) -> None:
    mapping = _mapping(city.PEOPLE, "sqlite", tmp_path)
    shapes = _shapes(mapping)
    rule = mapping.entities[EntityKind.PERSON]
    plans = EntityPlans(rule, shapes, Pieces(DIALECTS["sqlite"][1], shapes))
    builders: list[Any] = [
        plans.by_key,
        plans.by_value,
        plans.all_rows,
        plans.children.by_key,
    ]  # Any: an LRU

    first = plans.by_key(frozenset({h.PERSON_NAME}), 1)

    assert plans.by_key(frozenset({h.PERSON_NAME}), 1) is first
    assert {builder.cache_info().maxsize for builder in builders} == {512}


def test_a_category_is_read_by_its_own_table_alone(tmp_path: Path) -> None:
    mapping = _mapping(city.PEOPLE, "sqlite", tmp_path)
    shapes = _shapes(mapping)
    rule = mapping.entities[EntityKind.PERSON]
    plans = EntityPlans(rule, shapes, Pieces(DIALECTS["sqlite"][1], shapes))

    sql = plans.children.by_key(
        CategoryCode("EDU"), frozenset({h.SCHOOL}), 1, anchored=False
    ).statement.sql

    assert "ryjb" not in sql
