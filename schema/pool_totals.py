"""Sums over the pools of a unit and of all units below it."""

from dataclasses import asdict

import strawberry

from domain.model.quota import PoolTotals as DomainTotals
from schema.fields import described, plain


@strawberry.type(
    description=described(
        "本单位及下属各单位编制池合计", "Sums over the pools of a unit and of all units below it"
    )
)
class PoolTotals:
    """A sum is null where one of its numbers is not known, never too small."""

    units: int = plain("单位数，含本单位", "units counted, the unit itself included")
    pools: int = plain("编制池数", "pools counted")
    approved: int | None = plain("核定数合计", "sum of A")
    occupied: int | None = plain("实有占编数合计", "sum of O")
    vacant: int | None = plain("空编数合计", "sum of V; negative pools count too")
    over: int | None = plain(
        "超编数合计", "sum of what each pool is over; vacancies of others do not offset it"
    )
    locked: int | None = plain("锁定数合计", "sum of L")
    plan_unused: int | None = plain("计划未用数合计", "sum of Pa")
    plan_pending: int | None = plain("在途申请数合计", "sum of Po")
    entry_reserved: int | None = plain("入编预占数合计", "sum of Re")
    exit_pending: int | None = plain("待出编数合计", "sum of X")
    applicable: int | None = plain("可申请数合计", "sum of what may be applied for in each pool")
    usable: int | None = plain("可使用数合计", "sum of Pa - Re")
    usable_now: int | None = plain("现可使用数合计", "sum of what may be filled today in each pool")


def make_totals(totals: DomainTotals) -> PoolTotals:
    """The graph's sums."""
    return PoolTotals(**asdict(totals))
