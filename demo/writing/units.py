"""Writes the units, once their persons are counted, with pools, plans and leadership lines."""

from collections.abc import Iterator, Mapping, Sequence

from demo.changes import CERTAIN, Subject
from demo.clock import TODAY
from demo.keys import unit_key
from demo.planting.findings import Findings
from demo.truth import TruthWriter
from demo.units.facts import ceilings, unit_facts
from demo.units.plan import Fill, Succession, UnitPlan
from demo.units.planting import UnitSchedule, unit_holders
from demo.writing.loading import Loader
from demo.writing.rows import Scribe
from domain.catalogue import handles as h
from domain.model.departments import Department

UNIT_LISTS = (
    "units", "unit_differences", "full_units", "over_staffed_units", "unit_renames", "unit_mergers",
    "plans", "leadership_over_quota",
)  # fmt: skip
_EVENTS = {"2": "unit_renames", "3": "unit_mergers", "5": "unit_mergers"}


class UnitsMaker:
    """Writes all units into the four books and tells the truth about them."""

    def __init__(self, units: Sequence[UnitPlan], truth: TruthWriter) -> None:
        self._units = units
        self._truth = truth
        self._findings = Findings(units)
        self._schedule = UnitSchedule(units)

    def write(
        self, scribes: Mapping[Department, Scribe], loaders: Mapping[Department, Loader]
    ) -> None:
        """Writes every unit."""
        ceiling = ceilings(self._units)
        for unit in self._units:
            values, rows = unit_facts(unit, ceiling[unit.division[:6]])
            subject = Subject(unit.number, values, rows, unit_holders(unit))
            self._schedule.plant(subject, unit)
            for department in subject.holders:
                key = unit_key(department, unit)
                for table, row in scribes[department].write("unit", key, subject):
                    loaders[department].add(table, row)
            for entity, operational in _operational(unit):
                scribe = scribes[Department.ESTABLISHMENT]
                loaders[Department.ESTABLISHMENT].add(*scribe.operational(entity, operational))
            self._tell(unit, subject)

    def _tell(self, unit: UnitPlan, subject: Subject) -> None:
        keys = {str(d): str(unit_key(d, unit)) for d in subject.holders}
        kinds = [*subject.kinds, *(["closed"] if not unit.is_living else [])]
        head: dict[str, object] = {"unit": unit.code, "keys": keys}
        levels = {str(d): _level(subject, d) for d in subject.holders}
        linkable = sum(level == CERTAIN for level in levels.values()) > 1
        own = {"name": unit.name, "linkable": linkable, "level": levels, "kinds": kinds}
        self._truth.add("units", head | own)
        for entry in self._findings.differences(subject):
            self._truth.add("unit_differences", head | entry)
        self._tell_posts(unit, head)
        for event in unit.successions:
            if event.kind in _EVENTS and event.successor == unit.number:
                self._tell_event(unit, head, event)

    def _tell_event(self, unit: UnitPlan, head: dict[str, object], event: Succession) -> None:
        before = self._units[event.predecessor]
        own = {
            "change": event.kind,
            "on": event.on,
            "document": event.document,
            "predecessor": before.code,
            "former_name": unit.former_name if before is unit else before.name,
        }
        self._truth.add(_EVENTS[event.kind], head | own)

    def _tell_posts(self, unit: UnitPlan, head: dict[str, object]) -> None:
        for pool in unit.pools:
            if unit.fill is not Fill.VACANT:
                name = "full_units" if unit.fill is Fill.FULL else "over_staffed_units"
                self._truth.add(
                    name,
                    head
                    | {"type": pool.type, "approved": pool.approved, "occupied": pool.occupied},
                )
            for plan in pool.plans:
                self._truth.add(
                    "plans",
                    head
                    | {
                        "no": plan.number,
                        "type": pool.type,
                        "in_force": plan.valid_until >= TODAY,
                        "left": plan.approved - plan.used - plan.returned,
                    },
                )
        for line in unit.leaders:
            if line.filled > line.approved:
                own = {"rank": line.rank, "approved": line.approved, "filled": line.filled}
                self._truth.add("leadership_over_quota", head | own)


def _level(subject: Subject, department: Department) -> str:
    """A record is linked by credit code or standard code; the cadre system has no credit code."""
    codes = [h.UNIT_CODE] if department is Department.ORGANIZATION else [h.UNIT_CODE, h.USCC]
    lost = [subject.change_of(department, code, None) for code in codes]
    return "NONE" if all(lost) else CERTAIN


def _operational(unit: UnitPlan) -> Iterator[tuple[str, dict[str, object]]]:
    for pool in unit.pools:
        own: dict[str, object] = {"unit": unit.number, "type": pool.type}
        yield "pool", own | {"approved": pool.approved, "locked": pool.locked}
        for plan in pool.plans:
            yield (
                "plan",
                own
                | {
                    "no": plan.number,
                    "approved": plan.approved,
                    "used": plan.used,
                    "returned": plan.returned,
                    "modes": plan.modes,
                    "valid_until": plan.valid_until,
                },
            )
    for line in unit.leaders:
        yield (
            "leader_line",
            {
                "unit": unit.number,
                "rank": line.rank,
                "position": line.position,
                "approved": line.approved,
                "filled": line.filled,
            },
        )
