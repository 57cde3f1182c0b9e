"""Job `lookup`: one person by ID number, 30 fields of four databases and six of the unit."""

import asyncio
import base64
import re
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

from benchmarks.floor.cells import Convert, as_it_is
from benchmarks.floor.columns import Cell, Shape, read_fields
from benchmarks.floor.databases import Databases
from benchmarks.floor.links import Links
from benchmarks.floor.pools import Row
from benchmarks.floor.server import Handler, Variables
from benchmarks.jobs.job import CityData, Job, Key
from domain.model.departments import Department

NAME: Final = "lookup"
CODE: Final = "code"
UNIT: Final = "unit."
ESTABLISHMENT: Final = Department.ESTABLISHMENT.value
Found = tuple[Row | None, dict[str, object] | None]
"""A department's row, and the unit where that department names it."""
Read = Coroutine[None, None, Found]
_NUMBER: Final = re.compile(r"[0-9]{17}[0-9X]")
_WHOLE_KEYS: Final = frozenset({ESTABLISHMENT, Department.FINANCE.value})

# What stands between the columns and the parameter; a join is left out where no column needs it.
_FROM: Final = {
    "organization": ("A01 p", {"r": "A05 r ON r.A0000 = p.A0000"}, "p.A0000 = %s"),
    "establishment": (
        '"personCard" p',
        {
            "u": '"unitRegister" u ON u."unitCode" = p."postUnit"',
            "q": '"unitQuota" q ON q."unitCode" = u."unitCode"',
        },
        'p."personId" = $1',
    ),
    "finance": ("PAY_MEMBER p", {}, "p.PAY_NO = %s"),
    "hr": (
        "ryjbxx p",
        {"gz": "rygz gz ON gz.grbh = p.grbh", "sb": "rysb sb ON sb.grbh = p.grbh"},
        "p.grbh = $1 AND p.yxbz = 'Y'",
    ),
}
_UNIT_FROM: Final = (
    '"unitRegister" u',
    {"q": '"unitQuota" q ON q."unitCode" = u."unitCode"'},
    'u."unitCode" = $1',
)

_LINKED_NUMBERS: Final = """
SELECT n.number_hash FROM person_number n
WHERE EXISTS (SELECT 1 FROM person_link l WHERE l.person_id = n.person_id AND l.valid_to IS NULL)
"""
_STORED_NUMBERS: Final = "SELECT sfzh FROM ryjbxx WHERE yxbz = 'Y' ORDER BY grbh"
_PLACED_NUMBERS: Final = """
SELECT p."citizenId" FROM "personCard" p JOIN "unitRegister" u ON u."unitCode" = p."postUnit"
"""


def _statement(
    source: tuple[str, dict[str, str], str], cells: Sequence[str], *, quoted: bool
) -> str:
    table, joins, condition = source
    used = {name.partition(".")[0] for name in cells}
    columns = [name.replace(".", '."') + '"' if quoted else name for name in cells]
    lefts = "".join(f" LEFT JOIN {join}" for alias, join in joins.items() if alias in used)
    return f"SELECT {', '.join(columns)} FROM {table}{lefts} WHERE {condition}"  # noqa: S608 - our own names


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a person held by certain departments is read; made once for each set of departments."""

    statements: tuple[tuple[str, str], ...]
    person: tuple[tuple[int, Convert], ...]
    unit: tuple[tuple[int, Convert], ...] | None
    code_source: str
    code: tuple[int, Convert]


class LookupFloor:
    """The hand-written answer."""

    def __init__(self, databases: Databases) -> None:
        self._sources = databases.sources
        self._links = Links(databases)
        fields = read_fields(NAME)
        self._code = next(field for field in fields if field.path == CODE)
        self._unit = [field for field in fields if field.path.startswith(UNIT)]
        self._person = [f for f in fields if f is not self._code and f not in self._unit]
        self._person_shape = Shape([field.path for field in self._person])
        self._unit_shape = Shape([field.path.removeprefix(UNIT) for field in self._unit])
        self._unit_sql = _statement(_UNIT_FROM, [f.cells[0].name for f in self._unit], quoted=True)
        self._plans: dict[frozenset[str], _Plan] = {}

    async def __call__(self, variables: Variables) -> object:
        """The person of a number."""
        found = await self._links.person(variables["number"].strip().upper())
        return {"person": await self._read(*found) if found else None}

    async def _read(self, person_id: str, keys: dict[str, str]) -> dict[str, object] | None:
        held = frozenset(keys)
        plan = self._plans.get(held) or self._make_plan(held)
        rows = await _all_at_once(
            [self._row(plan, source, sql, keys[source]) for source, sql in plan.statements]
        )
        cells: list[object] = [None]
        unit = None
        lost = []
        for (source, _), (row, its_unit) in zip(plan.statements, rows, strict=True):
            if row is None:
                lost.append(source)
                continue
            cells += row
            unit = its_unit or unit
        if lost:  # The row went after it was linked: the next holders answer.
            return await self._read(person_id, {s: k for s, k in keys.items() if s not in lost})
        shown = self._person_shape([convert(cells[place]) for place, convert in plan.person])
        shown["id"] = _public("Person", person_id)
        shown["unit"] = unit
        return shown

    async def _row(self, plan: _Plan, source: str, sql: str, key: str) -> Found:
        """A department's row; the one that names the unit goes on without waiting for others."""
        row = await self._sources[source].row(sql, int(key) if source in _WHOLE_KEYS else key)
        if row is None or source != plan.code_source:
            return row, None
        place, convert = plan.code
        code = convert(row[place])
        if code is None:
            return row, None
        if plan.unit is None:
            return row, await self._other_unit(source, code)
        unit_id = await self._links.unit(code)
        if unit_id is None:
            return row, None
        return row, self._shown_unit(unit_id, [convert(row[at]) for at, convert in plan.unit])

    async def _other_unit(self, source: str, code: str) -> dict[str, object] | None:
        """The unit of a person whom the Establishment Office does not know."""
        found = await self._links.unit_and_key(source, code)
        if found is None:
            return None
        row = await self._sources[ESTABLISHMENT].row(self._unit_sql, found[1])
        values = zip(self._unit, row or [None] * len(self._unit), strict=True)
        return self._shown_unit(found[0], [field.cells[0].convert(cell) for field, cell in values])

    def _shown_unit(self, unit_id: str, values: Sequence[object]) -> dict[str, object]:
        shown = self._unit_shape(values)
        shown["id"] = _public("Unit", unit_id)
        return shown

    def _make_plan(self, held: frozenset[str]) -> _Plan:
        """Each field from its first holder; the unit comes with the Establishment Office's row."""
        chosen = [field.choice(held) for field in self._person]
        code = self._code.choice(held)
        unit = [field.cells[0] for field in self._unit] if ESTABLISHMENT in held else []
        wanted = [cell for cell in (*chosen, code, *unit) if cell is not None]
        columns = {source: _columns(wanted, source) for source in sorted(held)}
        places = _places(columns)
        own = columns.get(code.department, []) if code else []
        plan = _Plan(
            statements=tuple(
                (source, _statement(_FROM[source], names, quoted="$1" in _FROM[source][2]))
                for source, names in columns.items()
                if names
            ),
            person=tuple(_place(places, cell) for cell in chosen),
            unit=tuple((own.index(cell.name), cell.convert) for cell in unit) or None,
            code_source=code.department if code else "",
            code=(own.index(code.name), code.convert) if code else (0, as_it_is),
        )
        self._plans[held] = plan
        return plan


async def _all_at_once(reads: Sequence[Read]) -> list[Found]:
    """As `gather` does, without a task for one of them."""
    tasks = [asyncio.ensure_future(read) for read in reads[1:]]
    return [await reads[0], *[await task for task in tasks]]


def _columns(wanted: Sequence[Cell], source: str) -> list[str]:
    return list(dict.fromkeys(cell.name for cell in wanted if cell.department == source))


def _places(columns: dict[str, list[str]]) -> dict[tuple[str, str], int]:
    """Where each column stands when the rows are laid end to end behind one empty cell."""
    names = [(source, name) for source, own in columns.items() for name in own]
    return {name: place for place, name in enumerate(names, start=1)}


def _place(places: dict[tuple[str, str], int], cell: Cell | None) -> tuple[int, Convert]:
    return (places[cell.department, cell.name], cell.convert) if cell else (0, as_it_is)


def _public(kind: str, local: str) -> str:
    return base64.urlsafe_b64encode(f"{kind}:{local}".encode()).rstrip(b"=").decode()


def make_floor(databases: Databases) -> Handler:
    """The handler over open databases."""
    return LookupFloor(databases)


def list_keys(city: CityData) -> list[Key]:
    """The ID numbers of all linked persons whom the HR bureau writes down in the usual spelling.

    Where the caller has a scope, those to whom the Establishment Office has given a unit in it.
    """
    hashes = {row[0] for row in city.platform(_LINKED_NUMBERS)}
    stored = city.department(Department.HR, _STORED_NUMBERS)
    numbers = dict.fromkeys(str(row[0]) for row in stored)
    if not city.scope.is_everything:
        placed = {str(row[0]) for row in city.department(Department.ESTABLISHMENT, _PLACED_NUMBERS)}
        numbers = dict.fromkeys(number for number in numbers if number in placed)
    return [
        Key.same({"number": number})
        for number in numbers
        if _NUMBER.fullmatch(number) and city.seals.blind_index(number) in hashes
    ]


def _document() -> str:
    return resources.files(__package__).joinpath(f"{NAME}.graphql").read_text(encoding="utf-8")


LOOKUP: Final = Job(NAME, _document(), list_keys, make_floor)
