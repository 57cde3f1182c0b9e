"""Retirement, wage standard, unified payroll, insurance."""

from datetime import date
from decimal import Decimal
from typing import Final

from demo.clock import TODAY, month_text, months_of
from demo.people.draft import Draft, Standing, Track
from demo.values import Values
from domain.catalogue import handles as h
from domain.catalogue.indicators import catalogue
from domain.model.keys import IndicatorName

SAL, PAY = (catalogue().category_of(n) for n in (h.WAGE_EFFECTIVE_FROM, h.GROSS_PAY))
PERIOD: Final = IndicatorName("@extra")
# Original age, base month, months of birth per month of delay, cap. Source: forecast.md section 1.
_TRACKS: Final = {
    "M60": (60, 1965 * 12, 4, 36),
    "F60": (60, 1965 * 12, 4, 36),
    "F55": (55, 1970 * 12, 4, 36),
    "F50": (50, 1975 * 12, 2, 60),
}
PAID_MONTHS: Final = ("2026-06", "2026-05")


def _category(draft: Draft) -> str:
    if draft.male:
        return "M60"
    return "F50" if draft.track is Track.WORKER else "F55"


def statutory_month(category: str, born: date) -> int:
    """The statutory retirement month as months since year 0."""
    age, base, step, cap = _TRACKS[category]
    late = months_of(born) - base
    delay = min(cap, late // step + 1) if late >= 0 else 0
    return months_of(born) + age * 12 + delay


def retirement(draft: Draft) -> None:
    """Fills category RET; sets the day a retired person left."""
    category = _category(draft)
    due = statutory_month(category, draft.born)
    retired = draft.standing is Standing.RETIRED
    if retired:
        draft.left = date(due // 12, due % 12 + 1, 28)
    division = draft.unit.level in {"21", "31"}
    draft.values |= {
        h.RETIREMENT_CATEGORY: category,
        h.STATUTORY_RETIREMENT_MONTH: month_text(due),
        h.FLEXIBLE_RETIREMENT_CHOICE: "0",
        h.APPROVED_RETIREMENT_DATE: draft.left if retired else None,
        h.RETIREMENT_TYPE: "2" if retired else None,
        h.RANK_BEFORE_RETIREMENT: "150" if retired and draft.is_civil else None,
        h.CIVIL_RANK_BEFORE_RETIREMENT: (
            ("22" if division else "31") if retired and draft.is_civil else None
        ),
        h.RETIREMENT_DOC_NO: f"潍人社退〔{due // 12}〕{draft.number}号" if retired else None,
    }


def _scheme(draft: Draft) -> str:
    if draft.is_civil:
        return "1"
    return "2" if draft.unit.is_public_body else "3"


def wages(draft: Draft) -> None:
    """Fills category SAL for people in post."""
    if not draft.in_post:
        return
    years = TODAY.year - draft.started.year
    step = 1 + years
    lead = 6 if draft.slot.line else 0
    since = max(draft.entered, date(2025, 7, 1))
    draft.values |= {
        h.WAGE_SCHEME: _scheme(draft),
        h.POST_WAGE_STANDARD: Decimal(1510 + 110 * (years // 4 + lead)),
        h.GRADE_WAGE_STANDARD: Decimal(1200 + 62 * step),
        h.WAGE_STEP: step,
        h.ALLOWANCE_STANDARD: Decimal(1800 + 150 * (years // 5 + lead)) + Decimal("0.50"),
        h.PERFORMANCE_WAGE_STANDARD: (
            None if draft.is_civil else Decimal(2100 + draft.number_in(0, 90) * 10)
        ),
    }
    draft.rows[SAL.code] = [
        {
            h.WAGE_APPROVAL_DOC_NO: f"潍人社薪〔{since.year}〕{draft.number}号",
            h.WAGE_EFFECTIVE_FROM: since,
        }
    ]


def _monthly(draft: Draft) -> Decimal:
    if draft.standing is Standing.RETIRED:
        return Decimal(4200 + draft.number_in(0, 300) * 10)
    names = (
        h.POST_WAGE_STANDARD,
        h.GRADE_WAGE_STANDARD,
        h.ALLOWANCE_STANDARD,
        h.PERFORMANCE_WAGE_STANDARD,
    )
    parts = (draft.values[name] for name in names)
    return sum((part for part in parts if isinstance(part, Decimal)), Decimal(0))


def month_row(period: str, gross: Decimal, share: Decimal) -> Values:
    """The pay of one month; fen are rounded once, in the deduction."""
    deduction = (gross * share).quantize(Decimal("0.01"))
    return {
        PERIOD: period,
        h.GROSS_PAY: gross,
        h.DEDUCTION_TOTAL: deduction,
        h.NET_PAY: gross - deduction,
    }


def is_paid(draft: Draft) -> bool:
    """Whether the unified payroll pays the person; half of self-supporting posts are not."""
    if draft.in_post:
        return draft.slot.type != "33" or draft.number % 2 == 0
    return draft.standing is Standing.RETIRED


def payroll(draft: Draft) -> None:
    """Fills category PAY: two months of people in post, one of retired people."""
    paid, gone = is_paid(draft), draft.standing is Standing.EXITED
    known = paid or gone
    retired = draft.standing is Standing.RETIRED
    begun = draft.left if retired and draft.left else draft.entered
    draft.values |= {
        h.IN_UNIFIED_PAYROLL: paid,
        h.FISCAL_SUPPORT_TYPE: ("3" if retired else "1") if known else None,
        h.PAYROLL_STATUS: "1" if paid else "3" if gone else "0",
        h.PAYROLL_FROM_MONTH: month_text(months_of(begun) + 1) if known else None,
        h.PAYROLL_TO_MONTH: month_text(months_of(draft.left)) if gone and draft.left else None,
        h.PAYROLL_STOP_REASON: "2" if gone else None,
        h.PAYROLL_UNIT_CODE: draft.unit.budget_code if known else None,
        h.BANK_ACCOUNT_NO: f"6200{draft.number:015d}" if known else None,
    }
    if not paid:
        return
    gross, share = _monthly(draft), Decimal("0.02") if retired else Decimal("0.18")
    months = PAID_MONTHS[: 1 if retired else 2]
    draft.rows[PAY.code] = [month_row(period, gross, share) for period in months]


def insurance(draft: Draft) -> None:
    """Fills category INS."""
    retired = draft.standing is Standing.RETIRED
    end = draft.left or TODAY
    months = max(0, months_of(end) - max(months_of(draft.started), 1996 * 12))
    base = draft.values.get(h.GRADE_WAGE_STANDARD)
    draft.values |= {
        h.PENSION_INSURANCE_STATUS: (
            "4" if retired else "2" if draft.standing is Standing.EXITED else "1"
        ),
        h.PENSION_INSURANCE_DIVISION: draft.unit.division[:6],
        h.PENSION_PAID_MONTHS: months,
        h.HAS_OCCUPATIONAL_ANNUITY: draft.in_post,
        h.CONTRIBUTION_BASE: base * 3 if isinstance(base, Decimal) else None,
        h.HAS_HOUSING_FUND: draft.in_post,
    }
