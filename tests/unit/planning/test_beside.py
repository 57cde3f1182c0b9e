"""Fields beside each other: what one of them meets is no matter of the other, on either path."""

import orjson

from domain.catalogue.handles import PARENT_UNIT_CODE, UNIT_NAME
from domain.model.departments import RECORD_ORDER
from domain.model.keys import UnitId
from domain.model.pools import PoolRow
from resolvers.context import RequestContext
from resolvers.planning.planner import Question
from tests.unit.planning.both import PLANNED, by_stock, expect_same, make_paths
from tests.unit.resolvers.city import (
    CitySource,
    LinkedUnits,
    Stored,
    a_context,
    a_key,
    a_linked_unit,
)

PATHS = make_paths()
ORG, EST, FIN, HR = RECORD_ORDER


class TwoUnits:
    """Unit A stands below nobody, unit B below A; the office has a pool of each."""

    def __init__(self) -> None:
        cells = {"A": {UNIT_NAME: "甲"}, "B": {UNIT_NAME: "乙", PARENT_UNIT_CODE: "A"}}
        self.office = CitySource(
            EST,
            units=[Stored(code, own) for code, own in cells.items()],
            pool_rows=[PoolRow(code, "3", 5, 2) for code in cells],
        )

    def context(self) -> RequestContext:
        units = [a_linked_unit(a_key(self.office, code), unit_id=code) for code in "AB"]
        return a_context(self.office, units=LinkedUnits(units, {c: UnitId(c) for c in "AB"}))


async def both(of_a: str, code: str, of_b: str) -> object:
    """What both paths say of unit A, and as `b` of a unit that is asked for beside it."""
    text = f'{{ a: unit(unitCode: "A") {{ {of_a} }} b: unit(unitCode: "{code}") {{ {of_b} }} }}'
    question = Question(text, None, None)
    assert await expect_same(PATHS, TwoUnits(), question) == PLANNED
    return orjson.loads((await by_stock(PATHS, TwoUnits(), question)).data)


async def test_an_error_that_blanks_a_unit_takes_its_pools_from_nobody_who_waits_beside_it() -> (
    None
):
    blanked = 'provenance(indicators: ["no"]) { readAt } pools { locked }'

    found = await both(blanked, "A", "pools { locked }")

    assert found == {"a": None, "b": {"pools": [{"locked": 2}]}}


async def test_pools_of_a_unit_above_may_be_asked_of_one_that_stands_below_nobody() -> None:
    found = await both("parent { pools { locked } }", "B", "parent { name }")

    assert found == {"a": {"parent": None}, "b": {"parent": {"name": "甲"}}}
