"""Renames, mergers and an abolition: what became of units, with dates and documents."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from random import Random
from typing import Final

from demo.clock import REFORM_ON
from demo.scale import by_units
from demo.units.plan import Succession, UnitPlan

CITY_RENAMES: Final = 70
CITY_MERGERS: Final = 25
CITY_ABOLITIONS: Final = 15
SET_UP, RENAMED, MERGED, ABOLISHED = "1", "2", "3", "5"


def _document(unit: UnitPlan, year: int) -> str:
    return f"潍编发〔{year}〕{unit.number % 97 + 1}号"


def _set_up(rng: Random, unit: UnitPlan) -> None:
    unit.approved_on = date(1984 + int(rng.random() * 30), 1 + int(rng.random() * 12), 15)
    event = Succession(
        SET_UP, unit.approved_on, _document(unit, unit.approved_on.year), unit.number, unit.number
    )
    unit.successions.append(event)


def _rename(unit: UnitPlan) -> None:
    unit.former_name = (
        unit.name.removesuffix("中心") + "服务站"
        if "中心" in unit.name
        else (unit.name + "（筹）" if unit.name.endswith("院") else "原" + unit.name)
    )
    unit.successions.append(
        Succession(RENAMED, REFORM_ON, _document(unit, REFORM_ON.year), unit.number, unit.number)
    )


def _predecessor(heir: UnitPlan, number: int, place: int) -> UnitPlan:
    """A closed unit that keeps codes of its own beside those of its heir."""
    return replace(
        heir,
        number=number,
        name=heir.name + ("东西"[place % 2] + "校区" if heir.sector == "EDU" else f"第{place}分部"),
        short=f"{heir.short}分部{place}",
        code=f"{heir.code}-{place}",
        tree_code=f"{heir.tree_code}.9{place:02d}",
        budget_code=f"{heir.budget_code[:9]}9{place:02d}",
        pools=(), leaders=(), retired=0, outside=0, exited=0, former_name=None,
        successions=[], status="5", abolished_on=REFORM_ON,
    )  # fmt: skip


def _close(unit: UnitPlan, kind: str, heir: UnitPlan) -> None:
    document = _document(heir, REFORM_ON.year)
    unit.status = "5" if kind == MERGED else "4"
    unit.successions.append(Succession(kind, REFORM_ON, document, unit.number, heir.number))
    if kind == MERGED:
        heir.successions.append(Succession(kind, REFORM_ON, document, unit.number, heir.number))


def _spread(units: Sequence[UnitPlan], count: int, offset: float) -> list[UnitPlan]:
    step = len(units) / count
    return [units[int((place + offset) * step)] for place in range(count)]


def closed_count(units: int) -> int:
    """How many of so many units are closed predecessors."""
    return 2 * by_units(CITY_MERGERS, units, 1) + by_units(CITY_ABOLITIONS, units, 1)


def write_history(rng: Random, living: list[UnitPlan], total: int) -> list[UnitPlan]:
    """Sets every unit up, renames and merges some; answers the closed units to add at the end."""
    for unit in living:
        _set_up(rng, unit)
    institutions = [unit for unit in living if unit.nature == "11"]
    for unit in _spread(institutions, by_units(CITY_RENAMES, total), 0.2):
        _rename(unit)
    closed: list[UnitPlan] = []
    for heir in _spread(institutions, by_units(CITY_MERGERS, total, 1), 0.6):
        for place in (1, 2):
            closed.append(_predecessor(heir, len(living) + len(closed), place))
            _close(closed[-1], MERGED, heir)
    for heir in _spread(institutions, by_units(CITY_ABOLITIONS, total, 1), 0.85):
        closed.append(_predecessor(heir, len(living) + len(closed), 3))
        _close(closed[-1], ABOLISHED, heir)
    return closed
