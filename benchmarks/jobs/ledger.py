"""Job `ledger`: 50 pools behind any other, with the persons in pay by Finance's own count."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Final

from benchmarks.floor.cells import converter
from benchmarks.floor.databases import Databases
from benchmarks.floor.pools import Row
from benchmarks.floor.server import Handler, Variables
from benchmarks.jobs.job import OF_LISTS, CityData, Job, Key
from demo.layouts import layout
from domain.catalogue import handles
from domain.catalogue.codes import code_set
from domain.model.access import EVERYTHING, Scope
from domain.model.departments import Department
from domain.model.keys import SourceName
from resolvers.cursors import Cursors, Place, digest_of
from resolvers.filters import LedgerFilter
from resolvers.ledger import CURSOR_NAME
from resolvers.reaching import scope_marks
from store.sealing import Seals

NAME: Final = "ledger"
PAGE: Final = 50
SLOTS: Final = 64
TYPES: Final = "establishment_type"
Parents = Mapping[str, str | None]
ESTABLISHMENT: Final = SourceName(Department.ESTABLISHMENT.value)
FINANCE: Final = Department.FINANCE
# One index scan for the page; every pool of its units comes with it, for the types of Finance.
_POOLS: Final = """
SELECT p.u, p.t, p.a, p.l, (
  SELECT array_agg(o."establishmentType") FROM "establishmentPool" o WHERE o."unitCode" = p.u
) FROM (
  SELECT "unitCode" u, "establishmentType" t, "approvedPosts" a, "lockedPosts" l
  FROM "establishmentPool"
  WHERE ("unitCode" COLLATE "C", "establishmentType" COLLATE "C") > ($1, $2)
  ORDER BY "unitCode" COLLATE "C", "establishmentType" COLLATE "C" LIMIT 50
) p ORDER BY p.u COLLATE "C", p.t COLLATE "C"
"""
_LINKS: Final = """
SELECT l.key_hmac, l.unit_id, f.local_key
FROM unit_link l
LEFT JOIN unit_link f ON f.unit_id = l.unit_id AND f.source = 'finance' AND f.valid_to IS NULL
WHERE l.key_hmac = ANY($1) AND l.valid_to IS NULL
"""
_POSITIONS: Final = """
SELECT "unitCode", "establishmentType" FROM "establishmentPool"
ORDER BY "unitCode" COLLATE "C", "establishmentType" COLLATE "C"
"""


def _payroll() -> str:
    """Persons in pay by unit and type, in Finance's own words."""
    words = layout(FINANCE).codes
    paying = _words(words["payroll_status"].canonical, {"1"})
    gone = _words(words["person_status"].canonical, {"4", "5", "6", "7"})
    slots = ", ".join(["%s"] * SLOTS)
    return (
        "SELECT PAYROLL_UNIT_CODE, ESTAB_TYPE, COUNT(*) FROM PAY_MEMBER "  # noqa: S608 - our own names
        f"WHERE PAYROLL_UNIT_CODE IN ({slots}) AND PAYROLL_STATUS IN ({paying}) "
        f"AND (PSN_STATUS IS NULL OR PSN_STATUS NOT IN ({gone})) "
        "GROUP BY PAYROLL_UNIT_CODE, ESTAB_TYPE"
    )


def _words(canonical: Mapping[str, str], codes: set[str]) -> str:
    return ", ".join(f"'{stored}'" for stored, code in canonical.items() if code in codes)


class LedgerFloor:
    """The hand-written answer."""

    def __init__(self, databases: Databases) -> None:
        self._sources = databases.sources
        self._platform = databases.platform
        self._hash = databases.seals.blind_index
        self._cursors = cursors(databases.seals)
        self._shown = converter(ESTABLISHMENT, f"code {TYPES}")
        self._payroll = _payroll()
        self._types = layout(FINANCE).codes[TYPES].canonical
        self._parents = {code: entry.parent for code, entry in code_set(TYPES).items()}

    async def __call__(self, variables: Variables) -> object:
        """The pools behind a cursor."""
        place = self._cursors.open(variables["after"])
        pools = await self._sources[ESTABLISHMENT].rows(_POOLS, *place.position)
        hashes = {unit: self._hash(f"establishment\0{unit}", "local-key") for unit, *_ in pools}
        links = await self._platform.rows(_LINKS, list(hashes.values()))
        ids = {row[0]: row[1] for row in links}
        codes: dict[str, list[str]] = {}
        for _, unit_id, code in links:
            if code is not None:
                codes.setdefault(unit_id, []).append(code)
        counted = await self._counted([code for each in codes.values() for code in each])
        nodes = [self._node(row, ids[hashes[row[0]]], codes, counted) for row in pools]
        return {"ledger": {"nodes": nodes}}

    async def _counted(self, codes: Sequence[str]) -> Mapping[str, list[tuple[str | None, int]]]:
        """Persons in pay by Finance's unit code, with their types in standard codes."""
        counted: dict[str, list[tuple[str | None, int]]] = {}
        for start in range(0, len(codes), SLOTS):
            asked = codes[start : start + SLOTS]
            filled = [*asked, *[asked[-1]] * (SLOTS - len(asked))]
            for unit, kind, count in await self._sources["finance"].rows(self._payroll, *filled):
                counted.setdefault(unit, []).append((self._types.get(kind), count))
        return counted

    def _node(
        self,
        row: Row,
        unit_id: str,
        codes: Mapping[str, list[str]],
        counted: Mapping[str, list[tuple[str | None, int]]],
    ) -> dict[str, object]:
        _, kind, approved, locked, types = row
        own = codes.get(unit_id)
        rows = None if own is None else [each for code in own for each in counted.get(code, ())]
        return {
            "id": _public("EstablishmentPool", f"{unit_id}/{kind}"),
            handles.ESTABLISHMENT_TYPE: self._shown(kind),
            "approved": approved,
            "locked": locked,
            "payrollHeadcount": None
            if rows is None
            else headcount(kind, types, rows, self._parents),
            "unit": {"id": _public("Unit", unit_id)},
        }


def headcount(
    kind: str, types: Sequence[str], rows: Iterable[tuple[str | None, int]], parents: Parents
) -> int | None:
    """What of Finance's count falls into a pool; unknown where a type fits none or several."""
    total = 0
    for paid, count in rows:
        pool = paid if paid in types else _nearest(paid, types, parents)
        if pool is None:
            return None
        total += count if pool == kind else 0
    return total


def _nearest(paid: str | None, types: Sequence[str], parents: Parents) -> str | None:
    above = parents.get(paid or "")
    if above in types:
        return above
    below = [kind for kind in types if paid and parents.get(kind) == paid]
    return below[0] if len(below) == 1 else None


def _public(kind: str, local: str) -> str:
    return base64.urlsafe_b64encode(f"{kind}:{local}".encode()).rstrip(b"=").decode()


def cursors(seals: Seals, scope: Scope = EVERYTHING) -> Cursors:
    """The cursors of the ledger without a filter, as a caller gets them."""
    return Cursors(seals, CURSOR_NAME, digest_of(LedgerFilter(), *scope_marks(scope)))


def make_floor(databases: Databases) -> Handler:
    """The handler over open databases."""
    return LedgerFloor(databases)


def list_keys(city: CityData) -> list[Key]:
    """The cursor of every pool that at least a whole page follows."""
    places = city.department(Department.ESTABLISHMENT, _POSITIONS)
    seals = [cursors(city.seals, scope).seal for scope in (EVERYTHING, city.scope)]
    ends = [Place(ESTABLISHMENT, (str(u), str(t))) for u, t in places[: max(1, len(places) - PAGE)]]
    return [Key(*({"after": seal(place)} for seal in seals)) for place in ends]


def _document() -> str:
    return resources.files(__package__).joinpath(f"{NAME}.graphql").read_text(encoding="utf-8")


LEDGER: Final = Job(NAME, _document(), list_keys, make_floor, OF_LISTS)
