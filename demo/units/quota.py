"""Heads, pools, plans and leadership lines of units; full and over-staffed only where planted."""

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Final

from demo.scale import CITY_FROZEN_UNITS, by_units
from demo.units.plan import Fill, LeaderLine, Pool, UnitPlan, UsePlan

PUBLIC_BODY_SHARE: Final = 0.38
RETIRED_SHARE: Final = 0.15
OUTSIDE_SHARE: Final = 0.03
EXITED_SHARE: Final = 0.02
LEAST_IN_SERVICE: Final = 5
PLAN_SHARE: Final = 0.3
_RANKS: Final = {
    "21": ("121", "122"),
    "31": ("131", "132"),
    "41": ("141", "142"),
    "42": ("142", None),
    "50": (None, None),
}
_VALID_UNTIL: Final = (
    date(2026, 12, 31),
    date(2027, 6, 30),
    date(2028, 12, 31),
    date(2031, 12, 31),
)
_EXPIRED: Final = date(2025, 12, 31)
_CIVIL_MODES: Final = (("11", "12"), ("11",), ("13", "14", "16"), ("31",), ("16", "41"))
_OTHER_MODES: Final = (("21",), ("21", "22"), ("22", "23"), ("31", "32"), ("41",))
_CIVIL_TYPES: Final = frozenset({"11", "12", "2"})


def _institution_factor(units: Sequence[UnitPlan]) -> float:
    """How much larger institutions must be for public bodies to have their share of all persons."""
    public = sum(unit.weight for unit in units if unit.is_public_body)
    others = sum(unit.weight for unit in units if not unit.is_public_body)
    return (1 - PUBLIC_BODY_SHARE) / PUBLIC_BODY_SHARE * public / others


def share_heads(rng: Random, units: Sequence[UnitPlan], persons: int) -> list[int]:
    """Persons of each unit by its weight; the sum is exact and no unit gets fewer than it needs."""
    larger = _institution_factor(units)
    weights = [
        unit.weight * rng.uniform(0.6, 1.4) * (1.0 if unit.is_public_body else larger)
        for unit in units
    ]
    free = persons - LEAST_IN_SERVICE * len(units)
    scale = free / sum(weights)
    heads = [LEAST_IN_SERVICE + int(weight * scale) for weight in weights]
    for place in range(persons - sum(heads)):
        heads[place % len(heads)] += 1
    return heads


def _types(unit: UnitPlan, in_service: int) -> list[tuple[str, int]]:
    """Establishment types of the unit's pools with the posts occupied in each."""
    if unit.nature in {"12", "13"} and in_service >= 8:
        second, share = "31", 0.4
    elif unit.is_public_body and in_service >= 12:
        second, share = "41", 0.1
    elif unit.sector == "HEA" and in_service >= 20:
        second, share = "91", 0.2
    else:
        return [(unit.type, in_service)]
    part = max(1, round(in_service * share))
    return [(unit.type, in_service - part), (second, part)]


def _settle(rng: Random, unit: UnitPlan, heads: int) -> None:
    room = heads - LEAST_IN_SERVICE
    unit.retired = min(room, round(heads * RETIRED_SHARE))
    unit.outside = min(room - unit.retired, int(heads * OUTSIDE_SHARE + rng.random()))
    rest = room - unit.retired - unit.outside
    unit.exited = min(rest, int(heads * EXITED_SHARE + rng.random()))
    in_service = heads - unit.retired - unit.outside - unit.exited
    unit.pools = tuple(Pool(kind, count) for kind, count in _types(unit, in_service))


def _approve(rng: Random, unit: UnitPlan, pool: Pool) -> None:
    if unit.fill is Fill.FULL:
        pool.approved = pool.occupied
    elif unit.fill is Fill.OVER:
        pool.approved = max(1, pool.occupied - 1 - int(rng.random() * 2))
    else:
        pool.approved = pool.occupied + 1 + int(rng.random() * 3) + round(pool.occupied * 0.05)
        pool.locked = 1 if rng.random() < 0.08 else 0


def _plan(rng: Random, pool: Pool, number: str, room: int, *, expired: bool) -> UsePlan:
    left = 1 + int(rng.random() * min(room, 3))
    used = int(rng.random() * 3)
    returned = 1 if rng.random() < 0.2 else 0
    choices = _CIVIL_MODES if pool.type in _CIVIL_TYPES else _OTHER_MODES
    modes = choices[int(rng.random() * len(choices))]
    until = _EXPIRED if expired else _VALID_UNTIL[int(rng.random() * len(_VALID_UNTIL))]
    return UsePlan(number, left + used + returned, used, returned, modes, until)


def _promise(rng: Random, unit: UnitPlan, pool: Pool) -> None:
    """Plans leave O + Pa + L at most A; a frozen pool keeps only expired ones."""
    room = pool.approved - pool.occupied - pool.locked
    stem = f"用编{{}}-{unit.code}-{pool.type}"
    plans: list[UsePlan] = []
    if rng.random() < PLAN_SHARE / 2 or unit.fill is not Fill.VACANT:
        plans.append(_plan(rng, pool, stem.format(2024), 2, expired=True))
    if room > 0 and rng.random() < PLAN_SHARE:
        plans.append(_plan(rng, pool, stem.format(2026), room, expired=False))
    pool.plans = tuple(plans)


def _lead(rng: Random, unit: UnitPlan, *, over: bool) -> None:
    principal, deputy = _RANKS[unit.level]
    if principal is None:
        return
    posts = unit.pools[0].occupied
    lines = [LeaderLine(principal, "1", 1, 1 if rng.random() < 0.92 else 0)]
    if deputy:
        approved = 2 + int(rng.random() * 3)
        filled = min(approved - int(rng.random() * 2), max(1, posts // 4))
        if over and posts >= 6:
            approved, filled = 2, 3
        lines.append(LeaderLine(deputy, "2", approved, filled))
    unit.leaders = tuple(lines)


def _spread(units: Sequence[UnitPlan], count: int, offset: float) -> list[UnitPlan]:
    step = len(units) / count
    return [units[int((place + offset) * step)] for place in range(count if units else 0)]


def _freeze(units: Sequence[UnitPlan]) -> None:
    """Units planted full and over-staffed, spread over the city."""
    half = by_units(CITY_FROZEN_UNITS // 2, len(units))
    single = [u for u in units if len(u.pools) == 1]
    chosen = single if len(single) >= 4 * half else units
    for unit in _spread(chosen, half, 0.25):
        unit.fill = Fill.FULL
    for unit in _spread(chosen, half, 0.75):
        unit.fill = Fill.OVER


def settle(rng: Random, units: Sequence[UnitPlan], persons: int) -> None:
    """Gives every living unit its heads, pools, plans and leadership lines."""
    for unit, heads in zip(units, share_heads(rng, units, persons), strict=True):
        _settle(rng, unit, heads)
    _freeze(units)
    leading = [u for u in units if u.level in {"31", "41"} and u.pools[0].occupied >= 6]
    over = {u.number for u in _spread(leading, by_units(40, len(units)), 0.5)}
    for unit in units:
        for pool in unit.pools:
            _approve(rng, unit, pool)
            _promise(rng, unit, pool)
        _lead(rng, unit, over=unit.number in over)
