"""Job `page`: 100 persons of a unit and all below it, 12 fields of three departments."""

import asyncio
from binascii import b2a_base64
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Any, Final

from benchmarks.floor.columns import read_fields
from benchmarks.floor.databases import Databases
from benchmarks.floor.holders import Holders
from benchmarks.floor.pools import Row
from benchmarks.floor.server import Handler, Variables
from benchmarks.jobs.job import OF_LISTS, Job
from benchmarks.jobs.page_keys import OFFICE, PAGE, cursors, list_keys, opened_unit
from domain.catalogue.handles import (
    ESTABLISHMENT_ENTRY_DATE,
    ESTABLISHMENT_TYPE,
    GENDER,
    OCCUPANCY_STATUS,
    PAYROLL_FROM_MONTH,
    PAYROLL_STATUS,
    PAYROLL_UNIT_CODE,
    PERSON_NAME,
    PERSON_STATUS,
    POST_GRADE,
    POST_TYPE,
    POST_WAGE_STANDARD,
)

NAME: Final = "page"
# Who gives each of them is told by the lists of `lookup`.
PATHS: Final = (
    "basics.personName",
    "basics.gender",
    "basics.personStatus",
    "occupation.establishmentType",
    "occupation.occupancyStatus",
    "occupation.establishmentEntryDate",
    "employment.postType",
    "employment.postGrade",
    "wageStandard.postWageStandard",
    "payroll.payrollStatus",
    "payroll.payrollFromMonth",
    "payroll.payrollUnitCode",
)
_UNIT: Final = """
SELECT local_key FROM unit_link
WHERE unit_id = $1 AND source = 'establishment' AND valid_to IS NULL
"""
_SLOTS: Final = ", ".join(["%s"] * PAGE)
_FROM: Final = {
    # Unit after unit in the order of their codes: the database reads little more than the page.
    "establishment": """
WITH RECURSIVE below(k) AS (
  SELECT unnest($1::varchar[])
  UNION SELECT u."unitCode" FROM "unitRegister" u JOIN below ON u."superiorUnit" = below.k
)
SELECT p."personId", {columns} FROM (
  SELECT k FROM below WHERE k COLLATE "C" >= $2 ORDER BY k COLLATE "C"
) b CROSS JOIN LATERAL (
  SELECT * FROM "personCard" c
  WHERE c."postUnit" = b.k AND (b.k COLLATE "C" > $2 OR c."personId" > $3)
) p ORDER BY b.k COLLATE "C", p."personId" LIMIT 100
""",
    "hr": "SELECT p.grbh, {columns} FROM ryjbxx p LEFT JOIN rygz gz ON gz.grbh = p.grbh "
    "WHERE p.grbh = ANY($1) AND p.yxbz = 'Y'",
    "finance": "SELECT p.PAY_NO, {columns} FROM PAY_MEMBER p WHERE p.PAY_NO IN ({slots})",
    "organization": "SELECT p.A0000, {columns} FROM A01 p WHERE p.A0000 IN ({slots})",
}
# One row a key, in the order of the keys; only what is certain or confirmed says who somebody is.
_LINKS: Final = """
SELECT a.person_id,
  min(l.local_key COLLATE "C") FILTER (WHERE l.source = 'hr'),
  (min(l.local_key COLLATE "C") FILTER (WHERE l.source = 'finance'))::bigint,
  min(l.local_key COLLATE "C") FILTER (WHERE l.source = 'organization')
FROM unnest($1::varchar[]) WITH ORDINALITY q(hash, place)
JOIN person_link a ON a.key_hmac = q.hash AND a.valid_to IS NULL
JOIN person_link l ON l.person_id = a.person_id AND l.valid_to IS NULL
  AND (l.level IN ('CERTAIN', 'HIGH') OR l.confirmed_by IS NOT NULL)
GROUP BY q.place, a.person_id ORDER BY q.place
"""
Shown = dict[str, object]
ByKey = Mapping[Any, Row]  # Any: keys are numbers at Finance and texts elsewhere


class PageFloor:
    """The hand-written answer."""

    def __init__(self, databases: Databases) -> None:
        self._sources = databases.sources
        self._platform = databases.platform
        self._seals = databases.seals
        fields = {field.path: field for field in read_fields("lookup")}
        self._holders = Holders([fields[path] for path in PATHS])
        self._usual = usual_shape(self._holders)
        self._sql = {
            department: sql.format(columns=self._holders.columns(department), slots=_SLOTS)
            for department, sql in _FROM.items()
        }

    async def __call__(self, variables: Variables) -> object:
        """The persons behind a cursor."""
        unit, hashed = variables["unit"], self._seals.blind_index
        behind, key = cursors(self._seals, unit).open(variables["after"]).position
        codes = [row[0] for row in await self._platform.rows(_UNIT, opened_unit(unit))]
        office = self._sources[OFFICE]
        rows = await office.rows(self._sql[OFFICE], codes, behind, int(key or ""))
        hashes = [hashed(f"establishment\0{row[0]}", "local-key") for row in rows]
        links = await self._platform.rows(_LINKS, hashes)
        return {"persons": {"nodes": await self._nodes(rows, links)}}

    async def _nodes(self, rows: Sequence[Row], links: Sequence[Row]) -> list[Shown]:
        asking = asyncio.ensure_future(self._hr([link[1] for link in links if link[1]]))
        pay = await self._slots("finance", [link[2] for link in links if link[2] is not None])
        hr = await asking
        lacking = [link[3] for link in links if link[1] not in hr and link[3]]
        party = await self._slots("organization", lacking)
        usual, nodes = self._usual, []
        for row, (person, hr_key, pay_key, party_key) in zip(rows, links, strict=True):
            public = b2a_base64(b"Person:" + person.encode(), newline=False).decode()
            post, paid = hr.get(hr_key), pay.get(pay_key)
            if post is not None and paid is not None:
                nodes.append(usual(public, row, post, paid))
                continue
            held = {"hr": post, "finance": paid, "organization": party.get(party_key), OFFICE: row}
            nodes.append({"id": public, **self._holders.shown(held)})
        return nodes

    async def _hr(self, keys: Sequence[str]) -> ByKey:
        rows = await self._sources["hr"].rows(self._sql["hr"], keys)
        return {row[0].rstrip(" "): row for row in rows}

    async def _slots(self, source: str, keys: Sequence[object]) -> ByKey:
        """Rows of a department on MariaDB, which takes no lists."""
        if not keys:
            return {}
        filled = [*keys, *[keys[-1]] * (PAGE - len(keys))]
        return {row[0]: row for row in await self._sources[source].rows(self._sql[source], *filled)}


def usual_shape(holders: Holders) -> Callable[[str, Row, Row, Row], Shown]:
    """Writes a person whom the Office, HR and Finance have: nothing is looked up or decided."""
    firsts = dict(zip(PATHS, holders.firsts(), strict=True))
    name_at, name = firsts["basics.personName"]
    sex_at, sex = firsts["basics.gender"]
    status_at, status = firsts["basics.personStatus"]
    kind_at, kind = firsts["occupation.establishmentType"]
    taken_at, taken = firsts["occupation.occupancyStatus"]
    entry_at, entry = firsts["occupation.establishmentEntryDate"]
    post_at, post = firsts["employment.postType"]
    grade_at, grade = firsts["employment.postGrade"]
    wage_at, wage = firsts["wageStandard.postWageStandard"]
    pay_at, pay = firsts["payroll.payrollStatus"]
    since_at, since = firsts["payroll.payrollFromMonth"]
    payer_at, payer = firsts["payroll.payrollUnitCode"]

    def shape(public: str, card: Row, held: Row, paid: Row) -> Shown:
        return {
            "id": public,
            "basics": {
                PERSON_NAME: name(held[name_at]),
                GENDER: sex(held[sex_at]),
                PERSON_STATUS: status(card[status_at]),
            },
            "occupation": {
                ESTABLISHMENT_TYPE: kind(card[kind_at]),
                OCCUPANCY_STATUS: taken(card[taken_at]),
                ESTABLISHMENT_ENTRY_DATE: entry(card[entry_at]),
            },
            "employment": {POST_TYPE: post(held[post_at]), POST_GRADE: grade(held[grade_at])},
            "wageStandard": {POST_WAGE_STANDARD: wage(held[wage_at])},
            "payroll": {
                PAYROLL_STATUS: pay(paid[pay_at]),
                PAYROLL_FROM_MONTH: since(paid[since_at]),
                PAYROLL_UNIT_CODE: payer(paid[payer_at]),
            },
        }

    return shape


def make_floor(databases: Databases) -> Handler:
    """The handler over open databases."""
    return PageFloor(databases)


def _document() -> str:
    return resources.files(__package__).joinpath(f"{NAME}.graphql").read_text(encoding="utf-8")


PAGE_JOB: Final = Job(NAME, _document(), list_keys, make_floor, OF_LISTS)
