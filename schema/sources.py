"""The departments' sources and the indicators of the catalogue, as the graph shows them."""

from datetime import datetime

import strawberry

from domain.catalogue.indicators import Indicator as DomainIndicator
from domain.catalogue.indicators import catalogue
from domain.model.errors import BadInputError
from resolvers.health import SourceHealth
from schema.enums import Department, SourceState, department_value
from schema.fields import described, plain


@strawberry.type(description=described("数据源", "One departmental database that is read live"))
class Source:
    """How one source is doing."""

    name: str = plain("名称", "its name in the city file")
    department: Department = plain("部门", "whose books it is")
    divisions: list[str] = plain("覆盖的行政区划，空为全部", "divisions it covers; empty means all")
    state: SourceState = plain("状态", "whether it answers")
    since: datetime | None = plain("该状态起始时间", "since when it is in this state")
    last_error: str | None = plain("最近一次失败原因", "why it failed last, in our own words")
    latency_ms: float | None = plain("平均响应毫秒", "moving average of a statement, milliseconds")
    waiting: int | None = plain("等待连接的请求数", "callers waiting for a connection now")
    breaker: str | None = plain(
        "熔断状态", "circuit breaker: CLOSED (asked), OPEN (not asked) or HALF_OPEN (being probed)"
    )


@strawberry.type(description=described("指标", "One of the 218 standard data items"))
class Indicator:
    """One entry of the catalogue."""

    code: str = plain("指标代码", "its code")
    name: str = plain("英文名", "its English name")
    name_zh: str = plain("中文名", "its Chinese name")
    category: str = plain("类别代码", "code of its category")
    entity: str = plain("所属实体", "person, unit or establishment")
    type: str = plain("数据类型", "string, int, decimal, date, boolean or code")
    code_set: str | None = plain("代码集", "the code set of a coded indicator")
    authority: Department = plain("权威部门", "the department whose value is the reference")
    other_holders: list[Department] = plain(
        "其他掌握部门", "departments that keep a copy, in order"
    )
    sensitivity: str = plain("敏感级别", "public, internal, personal or secret")


def show_source(health: SourceHealth) -> Source:
    """The graph's view of one source."""
    return Source(
        name=health.name,
        department=department_value(health.department),
        divisions=list(health.divisions),
        state=SourceState[health.state],
        since=health.since,
        last_error=health.last_error,
        latency_ms=health.latency_ms,
        waiting=health.waiting,
        breaker=health.breaker.state,
    )


def show_indicators(category: str | None) -> list[Indicator]:
    """The catalogue, or one category of it by code or field. Raises BadInputError."""
    found = [
        each
        for each in catalogue().categories.values()
        if category is None or category in {each.code, each.field, each.type_name}
    ]
    if not found:
        raise BadInputError("没有这样的指标类别 (unknown category; leave it out to see all)")
    return [_indicator(indicator) for each in found for indicator in each.indicators]


def _indicator(indicator: DomainIndicator) -> Indicator:
    return Indicator(
        code=indicator.code,
        name=indicator.name,
        name_zh=indicator.name_zh,
        category=indicator.category,
        entity=indicator.entity,
        type=indicator.type,
        code_set=indicator.code_set,
        authority=department_value(indicator.authority),
        other_holders=[department_value(holder) for holder in indicator.holders[1:]],
        sensitivity=indicator.sensitivity,
    )
