"""The canonical values and rows of one unit, once its persons are counted."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from demo.clock import TODAY
from demo.identifiers import CITY
from demo.units.plan import Fill, Pool, UnitPlan, UsePlan
from demo.values import Rows, Values
from domain.catalogue import handles as h
from domain.catalogue.codes import code_set
from domain.catalogue.indicators import catalogue
from domain.model.keys import IndicatorName

REL, QTA, OCC, LDQ, FUN = (
    catalogue().category_of(name)
    for name in (
        h.UNIT_SUCCESSION, h.QUOTA_DOC_NO, h.PLAN_NO, h.LEADER_POST_RANK, h.MONTHLY_PAYROLL_TOTAL,
    )
)  # fmt: skip
EXTRA: Final = IndicatorName("@extra")
_CEILING_ROOM: Final = Decimal("1.02")


def _basics(unit: UnitPlan) -> Values:
    place = code_set("division")[unit.division[:6]].name_zh
    return {
        h.UNIT_CODE: unit.code,
        h.UNIT_NAME: unit.name,
        h.UNIT_SHORT_NAME: unit.short,
        h.UNIT_OTHER_NAME: (f"{unit.name}（分部）",) if unit.number % 23 == 0 else None,
        h.USCC: unit.uscc,
        h.UNIT_NATURE: unit.nature,
        h.UNIT_LEVEL: unit.level,
        h.INSTITUTION_CATEGORY: unit.category,
        h.UNIT_DIVISION: unit.division,
        h.UNIT_STATUS: unit.status,
        h.UNIT_DUTIES: f"负责{place}{unit.short}职责范围内的工作。",
        h.UNIT_HEAD: unit.head,
        h.UNIT_ADDRESS: f"{place}府前街{unit.number % 300 + 1}号",
        h.UNIT_PHONE: f"0536-8{unit.number % 900 + 100:03d}000",
        h.FUNDING_MODE: unit.funding,
        h.BUDGET_UNIT_CODE: unit.budget_code,
        h.BUDGET_LEVEL: "3" if unit.division == CITY else "4" if len(unit.division) == 6 else "5",
        h.PAYROLL_BASE_COUNT: unit.payroll_heads,
    }


def _affiliation(unit: UnitPlan) -> Values:
    return {
        h.AFFILIATION: "3" if unit.division == CITY else "4" if len(unit.division) == 6 else "5",
        h.PARENT_UNIT_CODE: unit.parent,
        h.COMPETENT_DEPT_CODE: unit.competent,
        h.UNIT_APPROVED_ON: unit.approved_on,
        h.UNIT_APPROVAL_DOC_NO: f"潍编〔{unit.approved_on.year}〕{unit.number % 97 + 1}号",
        h.UNIT_ABOLISHED_ON: unit.abolished_on,
    }


def _approved(unit: UnitPlan, *types: str) -> int:
    return sum(pool.approved for pool in unit.pools if pool.type in types)


def _quota(unit: UnitPlan, ceiling: int) -> Values:
    return {
        h.APPROVED_TOTAL: sum(pool.approved for pool in unit.pools),
        h.APPROVED_ADMINISTRATIVE: _approved(unit, "11"),
        h.APPROVED_CIVIL_SERVANT_LAW_INSTITUTION: _approved(unit, "2"),
        h.APPROVED_INSTITUTION: _approved(unit, "31", "32", "33"),
        h.APPROVED_WORKER: _approved(unit, "41"),
        h.APPROVED_SPECIAL: _approved(unit, "12", "91"),
        h.QUOTA_CEILING: ceiling,
    }


def applicable(unit: UnitPlan, pool: Pool) -> int:
    """Posts of the pool a plan may still be asked for. Source: business.md section 1."""
    if unit.fill is not Fill.VACANT:
        return 0
    return max(0, pool.approved - pool.occupied - pool.locked - pool.promised(TODAY))


def _use(unit: UnitPlan) -> Values:
    approved = sum(pool.approved for pool in unit.pools)
    frozen = {Fill.VACANT: "OPEN", Fill.FULL: "FULL", Fill.OVER: "OVER"}[unit.fill]
    return {
        h.OCCUPIED_COUNT: unit.occupied,
        h.VACANT_COUNT: approved - unit.occupied,
        h.OVER_COUNT: max(0, unit.occupied - approved),
        h.APPLICABLE_COUNT: sum(applicable(unit, pool) for pool in unit.pools),
        h.USABLE_COUNT: sum(pool.promised(TODAY) for pool in unit.pools),
        h.FREEZE_STATUS: frozen,
    }


def _leadership(unit: UnitPlan) -> Values:
    principal = sum(line.approved for line in unit.leaders if line.position == "1")
    deputy = sum(line.approved for line in unit.leaders if line.position == "2")
    filled = sum(line.filled for line in unit.leaders)
    over = any(line.filled > line.approved for line in unit.leaders)
    return {
        h.APPROVED_LEADER_POSTS: principal + deputy,
        h.APPROVED_PRINCIPAL_POSTS: principal,
        h.APPROVED_DEPUTY_POSTS: deputy,
        h.APPROVED_OFFICE_LEADER_POSTS: unit.occupied // 6,
        h.OCCUPIED_LEADER_POSTS: filled,
        h.VACANT_LEADER_POSTS: principal + deputy - filled,
        h.OVER_APPOINTMENT_DEADLINE: date(2027, 12, 31) if over else None,
    }


def _quota_documents(unit: UnitPlan) -> list[Values]:
    first: Values = {
        h.QUOTA_APPROVED_ON: unit.approved_on,
        h.QUOTA_DOC_NO: f"潍编核〔{unit.approved_on.year}〕{unit.number + 1}号",
        h.QUOTA_CHANGE_KIND: "7",
    }
    if unit.number % 5:
        return [first]
    later: Values = {
        h.QUOTA_APPROVED_ON: date(2023, 5, 20),
        h.QUOTA_DOC_NO: f"潍编核〔2023〕{unit.number + 1}号",
        h.QUOTA_CHANGE_KIND: "2",
    }
    return [first, later]


def _plan_number(plan: UsePlan) -> str:
    return plan.number


def _plans(unit: UnitPlan) -> list[Values]:
    return [
        {
            h.PLAN_NO: plan.number,
            h.PLAN_APPROVED_COUNT: plan.approved,
            h.PLAN_VALID_UNTIL: plan.valid_until,
        }
        for plan in sorted((p for pool in unit.pools for p in pool.plans), key=_plan_number)
    ]


def _months(unit: UnitPlan) -> list[Values]:
    return [
        {
            EXTRA: period,
            h.ANNUAL_PERSONNEL_BUDGET: unit.payroll_total * 12,
            h.MONTHLY_PAYROLL_TOTAL: unit.payroll_total,
        }
        for period in ("2026-06", "2026-05")
    ]


def _events(unit: UnitPlan) -> list[Values]:
    return [
        {
            EXTRA: event.on,
            h.UNIT_SUCCESSION: event.kind,
            IndicatorName("@document"): event.document,
            IndicatorName("@predecessor"): event.predecessor,
            IndicatorName("@successor"): event.successor,
        }
        for event in sorted(unit.successions, key=lambda e: (e.on, e.predecessor))
    ]


def ceilings(units: Sequence[UnitPlan]) -> dict[str, int]:
    """The division ceilings: what is approved there today and two in a hundred more."""
    sums: dict[str, int] = {}
    for unit in units:
        place = unit.division[:6]
        sums[place] = sums.get(place, 0) + sum(pool.approved for pool in unit.pools)
    return {place: int(total * _CEILING_ROOM) for place, total in sums.items()}


def unit_facts(unit: UnitPlan, ceiling: int) -> tuple[Values, Rows]:
    """What the city truly knows of a unit: values and rows by category."""
    values = _basics(unit) | _affiliation(unit)
    rows: Rows = {REL.code: _events(unit)}
    if unit.is_living:
        values |= _quota(unit, ceiling) | _use(unit) | _leadership(unit)
        rows |= {
            QTA.code: _quota_documents(unit),
            OCC.code: _plans(unit),
            LDQ.code: [{h.LEADER_POST_RANK: line.rank} for line in unit.leaders],
            FUN.code: _months(unit),
        }
    return values, rows
