"""What `page` asks about: places in the lists of units that have a page of persons behind them."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from benchmarks.floor.server import Variables
from benchmarks.jobs.job import CityData, Key
from domain.model.access import EVERYTHING, Scope
from domain.model.departments import Department
from domain.model.keys import SourceName
from resolvers.cursors import Cursors, Place, digest_of
from resolvers.filters import PersonFilter
from resolvers.reaching import scope_marks
from store.sealing import Seals

PAGE: Final = 100
MOST: Final = 5000
OFFICE: Final = SourceName(Department.ESTABLISHMENT.value)
_PREFIX: Final = "Unit:"
_TREE: Final = 'SELECT "unitCode", "superiorUnit" FROM "unitRegister"'
_PERSONS: Final = """
SELECT "postUnit", "personId" FROM "personCard" WHERE "postUnit" IS NOT NULL
ORDER BY "postUnit" COLLATE "C", "personId"
"""
_UNITS: Final = """
SELECT local_key, unit_id FROM unit_link
WHERE source = 'establishment' AND valid_to IS NULL ORDER BY local_key
"""
_SURE: Final = """
SELECT local_key FROM person_link
WHERE source = 'establishment' AND valid_to IS NULL AND level IN ('CERTAIN', 'HIGH')
"""
Position = tuple[str, str]


def cursors(seals: Seals, unit: str, scope: Scope = EVERYTHING) -> Cursors:
    """The cursors of the list of a unit's persons and all below it, as a caller gets them."""
    asked = PersonFilter(unit_id=unit, with_subordinates=True)
    digest = digest_of(asked, *scope_marks(scope))
    return Cursors(seals, "Query.persons by unit and key", digest)


def opened_unit(public: str) -> str:
    """The unit's own id in its public one."""
    padded = public + "=" * (-len(public) % 4)
    return base64.urlsafe_b64decode(padded).decode().removeprefix(_PREFIX)


def public_unit(unit_id: str) -> str:
    """The public id of a unit."""
    return base64.urlsafe_b64encode(f"{_PREFIX}{unit_id}".encode()).rstrip(b"=").decode()


def list_keys(city: CityData) -> list[Key]:
    """Units with places that a page of linked persons follows, from all over their lists."""
    sure = {str(row[0]) for row in city.platform(_SURE)}
    persons = city.department(Department.ESTABLISHMENT, _PERSONS)
    by_unit = {
        str(unit): [(str(code), str(key)) for code, key in rows]
        for unit, rows in groupby(persons, key=lambda row: row[0])
    }
    below = _below(city.department(Department.ESTABLISHMENT, _TREE))
    places = [
        (public_unit(str(unit_id)), place)
        for code, unit_id in city.platform(_UNITS)
        for place in _starts(_persons_of(str(code), below, by_unit), sure)
    ]
    asked = places[:: max(1, len(places) // MOST)][:MOST]
    return [
        Key(*(_variables(city.seals, *each, s) for s in (EVERYTHING, city.scope))) for each in asked
    ]


def _variables(seals: Seals, unit: str, place: Position, scope: Scope) -> Variables:
    return {"unit": unit, "after": cursors(seals, unit, scope).seal(Place(OFFICE, place))}


def _below(tree: Sequence[Sequence[object]]) -> Mapping[str, list[str]]:
    """The units right below each unit."""
    below: dict[str, list[str]] = {}
    for unit, parent in tree:
        below.setdefault(str(parent), []).append(str(unit))
    return below


def _persons_of(
    top: str, below: Mapping[str, list[str]], by_unit: Mapping[str, list[Position]]
) -> list[Position]:
    """The persons of a unit and all below it, in the order of the list."""
    reached, waiting = {top}, [top]
    while waiting:
        fresh = [unit for unit in below.get(waiting.pop(), ()) if unit not in reached]
        reached.update(fresh)
        waiting += fresh
    return [place for unit in sorted(reached) for place in by_unit.get(unit, ())]


def _starts(places: Sequence[Position], sure: set[str]) -> Iterator[Position]:
    """The places that a whole page of persons follows whom a link in force knows."""
    unsure = [number for number, (_, key) in enumerate(places) if key not in sure]
    for number, place in enumerate(places[: max(0, len(places) - PAGE)]):
        if not any(number < each <= number + PAGE for each in unsure):
            yield place
