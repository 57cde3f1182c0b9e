"""A random city of sources in memory, with every fault that departments really have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import cast

from domain.catalogue import handles
from domain.catalogue.codes import code_set
from domain.catalogue.indicators import Indicator, ValueType, catalogue
from domain.identity.matching import MatchLevel
from domain.model.departments import RECORD_ORDER, Department
from domain.model.errors import SourceInvalidError, SourceTimeoutError, SourceUnavailableError
from domain.model.keys import CategoryCode, EntityKind, LocalKey, PersonId, UnitId
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.records import ChildRow, UnknownCode, Value
from domain.model.tally import Tally
from resolvers.context import RequestContext
from store.people import LinkedPerson, PersonLink
from store.units import LinkedUnit, UnitLink
from tests.unit.resolvers.city import (
    NOW,
    SEALS,
    CitySource,
    LinkedPeople,
    LinkedUnits,
    Stored,
    a_context,
)

NUMBERS = ("370702196803121239", "370702197001011231", "37070219850505122X")
PEOPLE = ("1", "2", "3", "4")
UNITS = ("u1", "u2", "u3")
DANGLING = "u9"
TYPES = ("1", "2", "3")
FAULTS = (SourceUnavailableError, SourceTimeoutError, SourceInvalidError)


class Chance(Random):
    """Random choices; `is_faulty` lets faults be planted."""

    is_faulty = True


@dataclass(slots=True)
class FaultySource(CitySource):
    """A source that may fail in any of the three ways."""

    fault: int | None = None

    def _count(self, table: str, tally: Tally) -> None:
        if self.fault is not None:
            raise FAULTS[self.fault](self.source, self.department, "planted")
        CitySource._count(self, table, tally)


@dataclass(frozen=True, slots=True)
class ChanceCity:
    """Sources and links; a context a request."""

    sources: Sequence[FaultySource]
    people: LinkedPeople
    units: LinkedUnits

    def context(self) -> RequestContext:
        return a_context(*self.sources, people=self.people, units=self.units)


def a_city(seed: int, *, faults: bool = True) -> ChanceCity:
    """The city of a seed; without `faults` every source answers and every value is in order."""
    chance = Chance(seed)
    chance.is_faulty = faults
    sources = [_source(chance, department) for department in RECORD_ORDER]
    if chance.random() < 0.3:
        sources.append(_source(chance, Department.HR, "hr2"))
    return ChanceCity(sources, _people(chance, sources), _units(chance, sources))


def _source(chance: Chance, department: Department, name: str = "") -> FaultySource:
    mapped = {
        kind: [i for i in catalogue().of_subject(kind) if _maps(chance, department, i)]
        for kind in EntityKind
    }
    people = _rows(chance, PEOPLE, mapped[EntityKind.PERSON])
    units = _rows(chance, UNITS, mapped[EntityKind.UNIT])
    source = FaultySource(
        department,
        people,
        units,
        name,
        also=[i.name for indicators in mapped.values() for i in indicators],
        is_personal=chance.random() < 0.2,
        fault=chance.randrange(3) if chance.is_faulty and chance.random() < 0.15 else None,
    )
    if department is Department.ESTABLISHMENT:
        _add_pools(chance, source)
    if department is Department.FINANCE and chance.random() < 0.8:
        source.headcount_rows = [HeadcountRow(u, chance.choice(TYPES), 3) for u in UNITS]
    return source


def _add_pools(chance: Chance, source: FaultySource) -> None:
    pairs = [(unit, kind) for unit in UNITS for kind in TYPES if chance.random() < 0.5]
    numbers = (None, 0, 1, 5, 9)
    source.pool_rows = [
        PoolRow(unit, kind, chance.choice(numbers), chance.choice(numbers)) for unit, kind in pairs
    ]
    if chance.random() < 0.8:
        source.occupied_rows = [OccupiedRow(u, k, chance.randrange(9)) for u, k in pairs[::2]]
    if chance.random() < 0.8:
        source.plan_rows = [PlanRow(u, k, chance.choice(numbers)) for u, k in pairs[1::2]]


def _maps(chance: Chance, department: Department, indicator: Indicator) -> bool:
    return department in indicator.holders and chance.random() < 0.8


def _rows(chance: Chance, keys: Sequence[str], mapped: Sequence[Indicator]) -> list[Stored]:
    held = [key for key in keys if chance.random() < 0.85]
    if chance.is_faulty and held and chance.random() < 0.3:
        held.append(chance.choice(held))  # two rows under one key
    return [_row(chance, key, mapped) for key in held]


def _row(chance: Chance, key: str, mapped: Sequence[Indicator]) -> Stored:
    singles = [i for i in mapped if not catalogue().category_of(i.name).is_row(i)]
    rows: dict[CategoryCode, list[ChildRow]] = {}
    for indicator in mapped:
        if catalogue().category_of(indicator.name).is_row(indicator):
            rows.setdefault(indicator.category, [])
    for code, children in rows.items():
        own = [i for i in mapped if i.category == code and i not in singles]
        children += [_child(chance, own, code) for _ in range(chance.randrange(4))]
    cells = {i.name: _value(chance, i) for i in singles if chance.random() < 0.9}
    raws = {name: f"raw of {name}" for name in cells if chance.random() < 0.1}
    return Stored(key, cells, rows, raws)


def _child(chance: Chance, own: Sequence[Indicator], code: CategoryCode) -> ChildRow:
    kind = catalogue().categories[code].extra_key
    right = "2026-10" if kind and kind[1] == "month" else date(2026, 10, 1)
    wrong = ("2026-10", date(2026, 10, 1)) if chance.is_faulty else ()
    extra = chance.choice((*wrong, right, right, None))
    return ChildRow({i.name: _value(chance, i) for i in own}, extra)


def _value(chance: Chance, indicator: Indicator) -> Value:
    if chance.random() < 0.15:
        return None
    if indicator.name in (handles.OCCUPIED_UNIT_CODE, handles.PARENT_UNIT_CODE):
        return chance.choice((*UNITS, DANGLING) if chance.is_faulty else UNITS)
    if indicator.name == handles.ID_NUMBER:
        return chance.choice(NUMBERS)
    if indicator.name in catalogue().categories[indicator.category].multi_valued:
        return chance.choice((("甲", "乙"), ("丙",), None))
    if chance.is_faulty and chance.random() < 0.002:
        return "no such day" if indicator.type is not ValueType.STRING else 7
    return _of_type(chance, indicator)


def _of_type(chance: Chance, indicator: Indicator) -> Value:  # noqa: PLR0911 - one a type
    match indicator.type:
        case ValueType.CODE:
            if chance.is_faulty and chance.random() < 0.2:
                return UnknownCode(chance.choice(("?", "1")))
            return chance.choice([*code_set(indicator.code_set or "")][:6])
        case ValueType.INT:
            return chance.randrange(-3, 1000)
        case ValueType.DECIMAL:
            return Decimal(chance.randrange(10**6)) / 100
        case ValueType.DATE:
            return date(1960 + chance.randrange(60), 1 + chance.randrange(12), 3)
        case ValueType.BOOLEAN:
            return chance.random() < 0.5
        case _:
            return f"text {chance.randrange(4)}"


def _keys(chance: Chance, sources: Sequence[FaultySource], keys: Sequence[str]) -> list[LocalKey]:
    """One row of most sources, sometimes two, sometimes one that is not there."""
    found = []
    for source in sources:
        texts = chance.sample(keys, 2 if chance.random() < 0.15 else 1)
        if chance.is_faulty and chance.random() < 0.1:
            texts.append("gone")
        if chance.random() < 0.85:
            found += [LocalKey(source.department, source.source, text) for text in texts]
    return found


def _level(chance: Chance) -> MatchLevel:
    usual = (MatchLevel.CERTAIN,) * 6 + (MatchLevel.HIGH,) * 2
    return chance.choice((*usual, MatchLevel.MEDIUM, MatchLevel.CONFLICT))


def _evidence(chance: Chance) -> tuple[str, ...]:
    if chance.is_faulty and chance.random() < 0.02:
        return (cast(str, None),)  # null where the graph says non-null
    return ("ID_NUMBER",)


def _people(chance: Chance, sources: Sequence[FaultySource]) -> LinkedPeople:
    people = []
    for number in range(1, 4):
        person = PersonId(f"p{number}")
        links = [
            PersonLink(person, key, _level(chance), _evidence(chance), "x", None, NOW, None)
            for key in _keys(chance, sources, PEOPLE)
        ]
        people.append(LinkedPerson(person, tuple(links)))
    numbers = dict(zip(NUMBERS[:2], (PersonId("p1"), PersonId("p2")), strict=True))
    return LinkedPeople(people, numbers, {"p0": PersonId("p1")})


def _units(chance: Chance, sources: Sequence[FaultySource]) -> LinkedUnits:
    units = []
    for number in range(1, 4):
        unit = UnitId(f"n{number}")
        links = [
            UnitLink(unit, key, _level(chance), _evidence(chance), "x", None, NOW, None)
            for key in _keys(chance, sources, UNITS)
        ]
        units.append(LinkedUnit(unit, tuple(links)))
    return LinkedUnits(units, {"u1": UnitId("n1"), "u2": UnitId("n2")}, {"n0": UnitId("n1")})


def a_sealed_key(city: ChanceCity) -> str:
    """What the id of a row that nobody linked seals."""
    name = city.sources[0].source
    return "~" + SEALS.seal(f"{name}\x1e1", f"id:{EntityKind.PERSON}")


NAMED: Sequence[str] = tuple(catalogue().indicators)
