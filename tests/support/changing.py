"""Small cities whose departments go on changing, and the links they end up with."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from adapters.port import LINK_KEY
from bulk.linking import CityLinks
from domain.catalogue.handles import (
    BIRTH_DATE,
    FORMER_NAME,
    GENDER,
    ID_NUMBER,
    OCCUPIED_UNIT_CODE,
    PERSON_NAME,
)
from domain.identity.id_numbers import FEMALE, MALE, check_character
from domain.model.departments import Department
from domain.model.keys import IndicatorName
from domain.model.records import Value
from store.database import Store
from store.tables import PERSON_LINK, UNIT_LINK
from tests.support.fakes import FakeRow, FakeSource
from tests.support.linking import BORN, USCC_A, USCC_B, a_unit

FIRST_VERSION = 1_000_000_000
_STEMS = [f"3707021985031510{n}" for n in range(8)]
VALID = [stem[:17] + check_character(stem[:17]) for stem in (f"{s}1" for s in _STEMS)]
NEAR = [number[:12] + number[13] + number[12] + number[14:] for number in VALID[:3]]
NUMBERS = [*VALID, *VALID, *NEAR, VALID[0][:6] + VALID[0][8:17], "", "bad"]
NAMES = ["张三", "张 三", "李四", "李峰", "李峯", "王?", "赵六", "钱七"]
CODES = ["A", "B", "", "C"]
LINK_KEYS = ["", "", "p1", "P1", "p2", "p3"]


@dataclass(slots=True)
class ChangingCity:
    """Four departments under one dice; some stamp their rows, one may link by key."""

    dice: random.Random
    sources: list[FakeSource]
    clock: int = FIRST_VERSION
    serial: int = 0

    @classmethod
    def made(cls, seed: int, *, linked_by_key: bool = False, people: int = 16) -> "ChangingCity":
        """A city of a few persons."""
        dice = random.Random(seed)
        sources = [
            FakeSource(each, versioned=dice.random() < 0.7, mapping="1") for each in Department
        ]
        for source in sources:
            source.link_key = "staffNo" if linked_by_key and dice.random() < 0.8 else ""
        city = cls(dice, sources)
        for code, uscc in (("A", USCC_A), ("B", USCC_B)):
            city.office.units.append(a_unit(code, uscc, name=f"{code}局"))
        for source in sources[1:]:
            if source is not city.office:
                source.units.append(a_unit(f"{source.source}-1", USCC_A))
        for _ in range(people):
            city.insert()
        return city

    @property
    def office(self) -> FakeSource:
        """The Establishment Office."""
        return next(each for each in self.sources if each.department is Department.ESTABLISHMENT)

    def change(self) -> None:
        """One more change somewhere."""
        acts = [self.insert, self.insert, self.update, self.update, self.update, self.delete]
        self.dice.choice([*acts, self.swap, self.copy, self.change_unit])()

    def insert(self) -> None:
        """A new record."""
        source = self.dice.choice(self.sources)
        self.serial += 1
        source.people.append(self._row(source, f"{self.serial:04}"))

    def update(self) -> None:
        """Other values of a record, stamped."""
        source, at = self._somebody()
        if source is not None:
            row = source.people[at]
            fresh = self._row(source, row.key)
            names = self.dice.sample(sorted(fresh.values), self.dice.randint(1, len(fresh.values)))
            values = {**row.values, **{name: fresh.values[name] for name in names}}
            source.people[at] = replace(fresh, values=values)

    def delete(self) -> None:
        """A record less."""
        source, at = self._somebody()
        if source is not None:
            del source.people[at]

    def swap(self) -> None:
        """A record less and another more in the same department: the count stays."""
        source, at = self._somebody()
        if source is not None:
            self.serial += 1
            source.people[at] = self._row(source, f"{self.serial:04}")

    def copy(self) -> None:
        """A person comes to a further department."""
        source, at = self._somebody()
        if source is not None:
            to = self.dice.choice(self.sources)
            self.serial += 1
            fresh = self._row(to, f"{self.serial:04}")
            values = {n: v for n, v in source.people[at].values.items() if n in fresh.values}
            to.people.append(replace(fresh, values={**fresh.values, **values}))

    def change_unit(self) -> None:
        """A unit is renamed, gets or loses a record, or another code."""
        office, act = self.office, self.dice.randrange(4)
        if act == 0:
            office.units[0] = replace(
                office.units[0], values={**office.units[0].values, **a_unit("A", USCC_A).values}
            )
        elif act == 1 and len(office.units) == 2:
            office.units.append(a_unit("C", name="C局"))
        elif act == 2 and len(office.units) == 3:
            del office.units[2]
        else:
            other = self.dice.choice([each for each in self.sources if each is not office])
            self.serial += 1
            other.units = [a_unit(self.dice.choice("ABC"), self.dice.choice([USCC_A, USCC_B]))]

    def _somebody(self) -> tuple[FakeSource | None, int]:
        held = [each for each in self.sources if each.people]
        if not held:
            return None, 0
        source = self.dice.choice(held)
        return source, self.dice.randrange(len(source.people))

    def _row(self, source: FakeSource, key: str) -> FakeRow:
        dice = self.dice
        self.clock += dice.randrange(2)
        values: dict[IndicatorName, Value] = {
            PERSON_NAME: dice.choice(NAMES),
            ID_NUMBER: dice.choice(NUMBERS),
            OCCUPIED_UNIT_CODE: dice.choice(CODES),
            GENDER: dice.choice([MALE, MALE, FEMALE]),
            BIRTH_DATE: BORN,
        }
        if source.department is Department.HR:
            values[FORMER_NAME] = (dice.choice(NAMES),)
        if source.link_key:
            values[LINK_KEY] = dice.choice(LINK_KEYS)
        version = None if dice.random() < 0.1 else self.clock
        return FakeRow(key, values, version=version)


async def history(store: Store) -> list[list[tuple[Any, ...]]]:
    """Every judgement ever made, by person or unit; not by their ids, which are random."""
    told = []
    for table, owner in ((PERSON_LINK, "person_id"), (UNIT_LINK, "unit_id")):
        names = ("source", "key_hmac", "level", "evidence")
        owners: dict[str, list[tuple[Any, ...]]] = {}
        for row in await store.database.read(select(table), {}):
            times = tuple(t.isoformat() if t else "" for t in (row["valid_from"], row["valid_to"]))
            owners.setdefault(row[owner], []).append((*(row[name] for name in names), *times))
        told += [sorted(each) for each in owners.values()]
    return sorted(told)


def counted(done: CityLinks) -> list[dict[str, int]]:
    """The summary of a run, as words and numbers."""
    return [
        {f"{outcome} {department}": number for (outcome, department), number in each.counts.items()}
        for each in (done.people, done.units)
    ]


def reread(sources: Sequence[FakeSource]) -> tuple[int, int]:
    """Rows streamed and rows read by key since the last call."""
    told = sum(each.streamed for each in sources), sum(each.reread for each in sources)
    for each in sources:
        each.streamed = each.reread = 0
    return told
