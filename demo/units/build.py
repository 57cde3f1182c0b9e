"""All units of a city from its size and seed, in the order in which persons are drawn."""

from random import Random

from demo.identifiers import uscc
from demo.units.history import closed_count, write_history
from demo.units.plan import UnitPlan
from demo.units.quota import settle
from demo.units.tree import grow


def build_units(units: int, persons: int, seed: int) -> list[UnitPlan]:
    """So many units, closed ones last; the heads of all add up to `persons`."""
    rng = Random(f"units:{seed}")
    living = grow(units - closed_count(units))
    settle(rng, living, persons)
    everyone = living + write_history(rng, living, units)
    for unit in everyone:
        unit.uscc = uscc(4000 + unit.number * 7, unit.division, public_body=unit.is_public_body)
    return everyone
