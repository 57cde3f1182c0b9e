"""Streams the persons of the city into the four books and the truth."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from demo.changes import CERTAIN
from demo.keys import person_key, twin_key
from demo.people.career import EXT
from demo.people.draft import Draft, Standing
from demo.people.holding import holders_of
from demo.people.pay import PAY
from demo.people.person import make_person
from demo.people.slots import slots
from demo.planting.findings import Findings
from demo.planting.kind import Setting
from demo.planting.person import Person
from demo.planting.schedule import KINDS, Schedule
from demo.progress import Progress
from demo.truth import TruthWriter
from demo.units.plan import UnitPlan
from demo.writing.loading import Loader
from demo.writing.rows import Scribe
from domain.catalogue import handles as h
from domain.model.departments import Department

STEP: Final = 500
LABEL: Final = "persons"
PERSON_LISTS: Final = ("persons", "differing_values", *dict.fromkeys(k.truth_list for k in KINDS))


class PeopleMaker:
    """Makes one person after the other; keeps only the one before and counts on the units."""

    def __init__(
        self,
        units: Sequence[UnitPlan],
        persons: int,
        seed: int,
        truth: TruthWriter,
    ) -> None:
        self._units = units
        self._persons = persons
        self._seed = seed
        self._truth = truth
        self._schedule = Schedule(persons, seed)
        self._findings = Findings(units)

    def write(
        self,
        scribes: Mapping[Department, Scribe],
        loaders: Mapping[Department, Loader],
        progress: Progress,
    ) -> list[str]:
        """Writes everybody; answers the kinds that could not be planted as often as wanted."""
        previous: Person | None = None
        for number, slot in enumerate(slots(self._units)):
            draft = make_person(slot, number, self._seed, self._persons)
            person = self._person(draft, previous)
            for department in person.holders:
                self._write_one(person, draft, scribes[department], loaders[department])
            self._count(person, draft)
            previous = person
            if (number + 1) % STEP == 0 or number + 1 == self._persons:
                progress.advance(LABEL, number + 1, self._persons)
        return self._schedule.missing()

    def _person(self, draft: Draft, previous: Person | None) -> Person:
        person = Person(draft.number, draft.values, draft.rows, holders_of(draft), draft=draft)
        planted = self._schedule.plant(person, draft, Setting(self._units, previous))
        if planted is None:
            self._schedule.plant_quietly(person, draft)
        keys = self._keys(person)
        if planted:
            kind, entry = planted
            own = {"person": person.number, "kind": kind.name, "keys": keys}
            self._truth.add(kind.truth_list, own | entry | self._twin_keys(person))
        self._tell(person, keys)
        return person

    def _keys(self, person: Person) -> dict[str, str]:
        return {d: str(person_key(d, person.number, self._seed)) for d in person.holders}

    def _twin_keys(self, person: Person) -> dict[str, object]:
        if not person.twins:
            return {}
        return {
            "second_keys": {d: str(twin_key(d, person.number, self._seed)) for d in person.twins}
        }

    def _tell(self, person: Person, keys: Mapping[str, str]) -> None:
        found = list(self._findings.differences(person))
        for entry in found:
            own = {"person": person.number, "key": keys[str(entry["department"])]}
            self._truth.add("differing_values", own | entry)
        self._schedule.count(len(found))
        levels = {d: person.levels.get(d, CERTAIN) for d in person.holders}
        self._truth.add(
            "persons",
            {
                "person": person.number,
                "linkable": person.is_linkable,
                "keys": keys,
                "level": levels,
                "kinds": person.kinds,
            },
        )

    def _write_one(self, person: Person, draft: Draft, scribe: Scribe, loader: Loader) -> None:
        department = scribe.department
        key = person_key(department, person.number, self._seed)
        for table, row in scribe.write("person", key, person):
            loader.add(table, row)
        if department is Department.ESTABLISHMENT:
            for spell in _spells(draft):
                loader.add(*scribe.operational("occupation", {"person": key, **spell}))
        if department in person.twins:
            own = person.values_in(department) | person.twins[department]
            second = twin_key(department, person.number, self._seed)
            for table, row in scribe.headers("person", second, own, person.rows):
                loader.add(table, row)

    def _count(self, person: Person, draft: Draft) -> None:
        unit = draft.unit
        line = draft.slot.line
        if line and line.position == "1":
            unit.head = draft.name.text
        if Department.FINANCE not in person.holders:
            return
        if person.values[h.IN_UNIFIED_PAYROLL] and draft.standing is not Standing.RETIRED:
            unit.payroll_heads += 1
        for row in person.rows.get(PAY.code, ())[:1]:
            gross = row[h.GROSS_PAY]
            unit.payroll_total += gross if isinstance(gross, Decimal) else 0


def _spells(draft: Draft) -> list[dict[str, object]]:
    """The occupation rows of a person: the last one and, of those who moved, the one before."""
    spells: list[dict[str, object]] = [
        {
            "unit": draft.unit.number,
            "type": draft.slot.type,
            "from": draft.entered,
            "to": None if draft.in_post else draft.left,
        }
    ]
    before = draft.rows[EXT.code][0] if draft.in_post and draft.rows.get(EXT.code) else None
    if before:
        spells.append(
            {
                "unit": draft.unit.parent,
                "type": draft.slot.type,
                "from": min(draft.started, draft.entered),
                "to": before[h.ESTABLISHMENT_EXIT_DATE],
            }
        )
    return spells
