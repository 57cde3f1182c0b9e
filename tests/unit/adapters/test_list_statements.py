"""Every shape of a list compiles for every dialect, those too that no test can run."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.mapping.reader import read_mapping
from adapters.port import Condition, Operator, Reach
from adapters.sql.lists import LIMITS, ListPlans, PageShape, limit_bucket
from adapters.sql.pieces import Pieces
from adapters.sql.plans import EntityPlans
from adapters.sql.shapes import Shapes, look_at, tables_of
from domain.catalogue import handles as h
from domain.model.keys import EntityKind
from tests.contract.list_city import STYLES, Style
from tests.unit.adapters.test_statements import DIALECTS, expect_parsed

CONDITIONS = (
    Condition(h.PERSON_NAME, Operator.IN, ("张三",)),
    Condition(h.PERSON_NAME, Operator.BEGINS, ("张", "李")),
    Condition(h.PERSON_NAME, Operator.CONTAINS, ("三",)),
    Condition(h.ESTABLISHMENT_TYPE, Operator.IN, ("1", "3")),
    Condition(h.ESTABLISHMENT_ENTRY_DATE, Operator.FROM, ("2010-01-01",)),
    Condition(h.ESTABLISHMENT_ENTRY_DATE, Operator.TO, ("9999-12-31",)),
    Condition(h.UNIT_DIVISION, Operator.BEGINS, ("3707",)),
    Condition(h.OCCUPIED_UNIT_CODE, Operator.UNDER, ("12",)),
    Condition(h.OCCUPIED_UNIT_CODE, Operator.IN, ("12", "13")),
)

REACH = Reach(("3707", "371"), ("12", "13", "14"))


def shapes_of(style: Style, folder: Path) -> Shapes:
    """The tables as SQLAlchemy reflects them from SQLite."""
    path = folder / "mapping.toml"
    path.write_text(style.mapping(), encoding="utf-8")
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        for statement in style.tables([]):
            connection.exec_driver_sql(statement)
        shapes = look_at(connection, tables_of(read_mapping(path, "sqlite")))
    engine.dispose()
    return shapes


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("style", STYLES, ids=str)
def test_every_shape_of_a_list_compiles(name: str, style: Style, tmp_path: Path) -> None:
    read_as, dialect = DIALECTS[name]
    shapes = shapes_of(style, tmp_path)
    mapping = read_mapping(tmp_path / "mapping.toml", read_as)
    pieces = Pieces(dialect, shapes)
    plans = {k: EntityPlans(rule, shapes, pieces) for k, rule in mapping.entities.items()}
    lists = ListPlans(plans[EntityKind.PERSON], pieces, plans[EntityKind.UNIT])
    bounds = lists.conditions.bound(CONDITIONS)
    tests = tuple(bound.shape for bound in bounds)
    values = {f"c{i}_{j}": v for i, b in enumerate(bounds) for j, v in enumerate(b.values)}
    wanted = frozenset({h.PERSON_NAME})

    for each in (None, h.OCCUPIED_UNIT_CODE):
        for has_unit in (True, False):
            after = (has_unit, *(True for _ in lists.parts[1:]))
            page = lists.page(PageShape(wanted, tests, 21, after, each)).statement
            names = {f"a{i}": "1" for i in range(sum(after))}
            assert len(page.parameters({**values, **names})) == len(page.names)
            expect_parsed(name, page)
        within = lists.conditions.within(REACH)
        assert within is not None
        reach = tuple(bound.shape for bound in within)
        values |= {f"r{i}_{j}": v for i, b in enumerate(within) for j, v in enumerate(b.values)}
        bounded = lists.page(PageShape(wanted, tests, 21, None, each, reach)).statement
        assert len(bounded.parameters(values)) == len(bounded.names)
        judged = lists.judge(tests[0], reach)
        assert len(judged.parameters(values)) == len(judged.names)
        count = lists.count(tests, each, reach).statement
        assert len(count.parameters(values)) == len(count.names)
        for statement in (bounded, judged, count):
            expect_parsed(name, statement)


def test_pages_of_usual_sizes_have_statements_of_their_own() -> None:
    assert [limit_bucket(size + 1) for size in (1, 5, 10, 20, 50, 100, 200)] == list(LIMITS)
    assert limit_bucket(30) == 51
