"""Whatever makes statements makes them for Oracle and SQL Server too, which no test can run.

`test_statements.py` and `test_list_statements.py` parse what reads and lists; here is the rest,
and the list of all that makes statements.
"""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.checking.measuring import blanks_statement, doubles_statement
from adapters.checking.uses import uses_of
from adapters.checking.words import worded_columns, words_statement
from adapters.mapping.model import SourceMapping
from adapters.mapping.reader import read_mapping
from adapters.port import OWN_KEY, Condition, Operator
from adapters.sql.lists import ListPlans
from adapters.sql.operational import OperationalPlans
from adapters.sql.pieces import Pieces
from adapters.sql.plans import EntityPlans
from adapters.sql.pool_lists import PoolListPlans, PoolShape
from adapters.sql.shapes import Shapes, look_at, tables_of
from adapters.sql.spaces import probes
from domain.model.keys import EntityKind
from domain.model.quota import FreezeStatus
from tests.contract import source_city as city
from tests.contract.test_source_hosting import MAPPING as SECONDMENTS
from tests.contract.test_source_hosting import TODAY
from tests.contract.test_source_hosting import tables as absences
from tests.contract.test_source_successions import REGISTER, TABLES
from tests.support.project import python_sources
from tests.unit.adapters.test_statements import DIALECTS, expect_parsed

MAKERS = {
    "adapters/sql/plans.py": "test_statements.py",
    "adapters/sql/child_plans.py": "test_statements.py",
    "adapters/sql/unit_plans.py": "test_statements.py",
    "adapters/sql/pool_lists.py": "test_statements.py, bounded here",
    "adapters/sql/lists.py": "test_list_statements.py",
    "adapters/sql/successions.py": "here",
    "adapters/sql/spaces.py": "here",
    "adapters/checking/words.py": "here",
    "adapters/checking/measuring.py": "here",
}
"""Which module makes statements, and where these are parsed."""
CITIES = {
    "people": (city.PEOPLE, city.TABLES),
    "units": (city.UNITS, city.TABLES),
    "pairs": (city.PAIRS, city.TABLES),
    "cased": (city.CASED, city.TABLES),
    "register": (REGISTER, TABLES),
}


def test_every_maker_of_statements_is_known_here() -> None:
    makers = [
        source.path
        for source in python_sources()
        if source.path.startswith("adapters/") and re.search(r"\.runnable\(", source.text)
    ]

    assert sorted(makers) == sorted(MAKERS)


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("case", CITIES)
def test_questions_beside_the_graph_compile(name: str, case: str, tmp_path: Path) -> None:
    mapping, shapes, pieces = _opened(name, *CITIES[case], tmp_path)
    uses = list(uses_of(mapping))
    found = [doubles_statement(use, shapes, pieces) for use in uses]
    found += [blanks_statement(use, shapes, pieces) for use in uses if len(use.columns) == 1]
    found += [words_statement(each, shapes, pieces) for each in worded_columns(mapping)]
    found += [probe.statement for probe in probes(mapping, shapes, pieces)]
    if "succession" in mapping.operational:
        found.append(OperationalPlans(mapping.operational, shapes, pieces).successions().statement)

    for statement in found:
        expect_parsed(name, statement)
    assert found


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("reach", [(2, 0), (0, 2), (1, 2)], ids=str)
def test_pools_within_reach_compile(name: str, reach: tuple[int, int], tmp_path: Path) -> None:
    lists = PoolListPlans(*_opened(name, city.UNITS, city.TABLES, tmp_path))
    every = frozenset(FreezeStatus)

    for shape in (
        PoolShape(units=1, types=2, reach=reach, freeze=every, is_over=True, is_after=True),
        PoolShape(under=2, reach=reach, has_people=True, has_plans=True),
    ):
        expect_parsed(name, lists.page(shape).statement)
        expect_parsed(name, lists.count(shape).statement)


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("style", ["date", "text"])
def test_who_is_hosted_compiles(name: str, style: str, tmp_path: Path) -> None:
    pattern = ', date = "%Y.%m.%d"' if style == "text" else ""
    text = SECONDMENTS.replace("FROM", pattern).replace("TO", pattern)
    mapping, shapes, pieces = _opened(name, text, tuple(absences(style)), tmp_path)
    lists = ListPlans(
        EntityPlans(mapping.entities[EntityKind.PERSON], shapes, pieces), pieces, None
    )
    (by,) = lists.conditions.bound([Condition(OWN_KEY, Operator.IN, ("1", "2"))])
    values = {f"c0_{i}": value for i, value in enumerate(by.values)}
    values |= lists.hosting.values(("A", "B", "C"), TODAY)

    judged = lists.judge(by.shape, None, lists.hosting.size(("A", "B", "C")))

    expect_parsed(name, judged)
    assert len(judged.parameters(values)) == len(judged.names)


def _opened(
    name: str, text: str, tables: tuple[str, ...], folder: Path
) -> tuple[SourceMapping, Shapes, Pieces]:
    """A mapping for a dialect, over tables as SQLAlchemy reflects them from SQLite."""
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    read_as, dialect = DIALECTS[name]
    mapping = read_mapping(path, read_as)
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        for statement in tables:
            if statement.startswith("CREATE TABLE"):
                connection.exec_driver_sql(statement)
        shapes = look_at(connection, tables_of(mapping))
    engine.dispose()
    return mapping, shapes, Pieces(dialect, shapes)
