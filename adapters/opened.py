"""All statements of a source, planned over one look at its live schema."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Dialect

from adapters.mapping.model import SourceMapping
from adapters.port import Look
from adapters.sql.headcount import HeadcountPlans, keeps_headcount
from adapters.sql.lists import ListPlans
from adapters.sql.losses import Losses
from adapters.sql.operational import OperationalPlans
from adapters.sql.pieces import Pieces
from adapters.sql.plans import EntityPlans
from adapters.sql.pool_lists import PoolListPlans
from adapters.sql.shapes import Shapes
from adapters.sql.unit_plans import UnitPlan
from domain.model.keys import EntityKind


@dataclass(frozen=True, slots=True)
class Opened:
    """What is known once the live schema has been seen; `losses` is what of it does not fit."""

    entities: dict[EntityKind, EntityPlans]
    lists: dict[EntityKind, ListPlans]
    kept: frozenset[str]
    operational: OperationalPlans
    headcount: Callable[[int], UnitPlan] | None
    pool_lists: PoolListPlans | None
    losses: Losses
    look: Look = field(default_factory=Look)


def planned(dialect: Dialect, mapping: SourceMapping, shapes: Shapes, losses: Losses) -> Opened:
    """The plans over a look at the schema."""
    pieces = Pieces(dialect, shapes)
    rules = mapping.entities
    person = rules.get(EntityKind.PERSON)
    entities = {kind: EntityPlans(rule, shapes, pieces) for kind, rule in rules.items()}
    units = entities.get(EntityKind.UNIT)
    return Opened(
        entities=entities,
        lists={kind: ListPlans(plans, pieces, units) for kind, plans in entities.items()},
        kept=frozenset(mapping.operational),
        operational=OperationalPlans(mapping.operational, shapes, pieces),
        headcount=HeadcountPlans(person, shapes, pieces).headcount
        if person and keeps_headcount(person)
        else None,
        pool_lists=PoolListPlans(mapping, shapes, pieces)
        if "pool" in mapping.operational
        else None,
        losses=losses,
    )
