"""Made-up rows are as wide as the statement they answer."""

import pytest

from adapters.rehearsal.lane import width_of


@pytest.mark.parametrize(
    ("sql", "width"),
    [
        ("SELECT 1", 1),
        ("select a, b from t where c in (1, 2) order by a, b", 2),
        ("SELECT coalesce(a, b), (SELECT c, d FROM u), e FROM t", 3),
        ("WITH w AS (SELECT a, b, c FROM t) SELECT w.a, w.b FROM w, x", 2),
        ('SELECT a AS "from, (", `b,` AS "c)", \', FROM\' FROM t', 3),
        ("SELECT a, extract(year FROM b) FROM t UNION ALL SELECT c, d FROM u", 2),
    ],
)
def test_the_columns_of_the_outermost_select_are_counted(sql: str, width: int) -> None:
    assert width_of(sql) == width
