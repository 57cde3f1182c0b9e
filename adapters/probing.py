"""What a probe asks: every statement a source is asked, for keys that nobody has."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Final

from adapters.sql.pieces import Statement, key_values
from adapters.sql.plans import EntityPlans
from adapters.sql.unit_plans import UnitPlan

Asked = tuple[Statement, dict[str, object]]
_NO_UNIT: Final = key_values([(None,)], as_array=False)


def entity_probes(plans: EntityPlans) -> Iterator[Asked]:
    """All columns of an entity and of its child tables; no row has the key NULL."""
    entity = plans.entity
    nobody = key_values([(None,) * len(entity.key)], as_array=False)
    yield plans.by_key(frozenset(entity.columns), 1).statement, nobody
    for category, rule in entity.rows.items():
        plan = plans.children.by_key(category, frozenset(rule.columns), 1, anchored=False)
        yield plan.statement, nobody


def unit_probes(plans: Iterable[Callable[[int], UnitPlan]], today: date) -> Iterator[Asked]:
    """The statements by unit; no row has the unit NULL."""
    for plan in plans:
        sized = plan(1)
        yield sized.statement, {**sized.parameters(today), **_NO_UNIT}
