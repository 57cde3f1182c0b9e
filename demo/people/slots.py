"""All places of the city in the order in which persons take them: unit by unit, leaders first."""

from collections.abc import Iterator, Sequence

from demo.people.draft import Slot, Standing
from demo.units.plan import LeaderLine, UnitPlan


def _lines(unit: UnitPlan) -> Iterator[LeaderLine]:
    for line in unit.leaders:
        for _ in range(line.filled):
            yield line


def slots(units: Sequence[UnitPlan]) -> Iterator[Slot]:
    """Every place once; leadership posts go to the first people of the first pool."""
    for unit in units:
        lines = _lines(unit)
        for pool in unit.pools:
            for _ in range(pool.occupied):
                yield Slot(unit, Standing.IN_POST, pool.type, next(lines, None))
        for standing, count in (
            (Standing.OUTSIDE, unit.outside),
            (Standing.EXITED, unit.exited),
            (Standing.RETIRED, unit.retired),
        ):
            for _ in range(count):
                yield Slot(unit, standing, unit.type)
