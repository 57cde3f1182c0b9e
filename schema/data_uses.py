"""The graph's view of the audit log: who read the data of a department, and for which purpose."""

from datetime import UTC, datetime
from typing import Any

import strawberry

from domain.model.departments import Department as DomainDepartment
from resolvers.pages import Page
from resolvers.uses import DataUse as Used
from resolvers.uses import UseFilter
from schema.connections import PageInfo
from schema.enums import Department
from schema.fields import described, plain
from schema.filters import given


@strawberry.type(
    description=described("查阅的指标", "Sensitive indicators of one level under one decision")
)
class UsedFields:
    """Indicators that were asked for."""

    rows: str | None = plain(
        "数据行类别；早期记录为空",
        "which rows it was decided for: home (in scope), host (seconded) or case; null in entries"
        " that do not say",
    )
    level: str = plain("敏感级别", "personal or secret")
    decision: str = plain("处理结果", "allowed, masked or denied")
    indicators: list[str] = plain("指标英文名", "the indicators' English names")


@strawberry.type(description=described("查阅的数据源", "One source that was asked"))
class UsedSource:
    """A source of the department."""

    source: str = plain("数据源", "the source")
    rows: int = plain("返回行数", "rows it gave")
    state: str = plain("状态", "OK, or why it gave none")


@strawberry.type(description=described("一次数据使用", "One entry of the audit log"))
class DataUse:
    """Who read, when and why; everything but the time is null or empty once erased."""

    at: datetime = plain("时间", "when")
    erased: bool = plain("内容是否已清除", "whether the entry's contents were erased")
    account: str | None = plain("账号名", "the name of the account that read")
    account_id: strawberry.ID | None = plain("账号标识", "the opaque id of that account")
    roles: list[str] = plain("角色", "its roles at that time")
    account_department: Department | None = plain("账号所属部门", "the department it belongs to")
    client: str | None = plain("使用的系统", "the program that asked")
    address: str | None = plain("客户端地址", "the address it asked from")
    purpose: str | None = plain("使用目的", "the purpose that was stated")
    case_number: str | None = plain("业务或文件编号", "the case or order of that purpose")
    operation: str | None = plain("查询名", "the name of the operation")
    document: str | None = plain("查询文本摘要", "the digest of the document")
    result: str | None = plain("结果", "allowed, masked, refused or failed")
    persons: int = plain("涉及人数", "how many persons it touched")
    units: int = plain("涉及机构数", "how many units it touched")
    fields: list[UsedFields] = plain(
        "查阅的敏感指标", "sensitive indicators that the department holds"
    )
    sources: list[UsedSource] = plain("查阅的数据源", "sources of the department that were asked")
    trace_id: str | None = plain("追踪号", "the id of the request in logs and errors")


@strawberry.input(description=described("数据使用的筛选条件", "Which uses of data are listed"))
class DataUseFilter:
    """What is left out does not matter."""

    department: Department | None = strawberry.field(
        description=described("谁的数据；本部门人员可省略", "whose data; default: the own"),
        default=strawberry.UNSET,
    )
    person_id: strawberry.ID | None = strawberry.field(
        description=described("涉及的人员", "the id of a person whose data were read"),
        default=strawberry.UNSET,
    )
    since: datetime | None = strawberry.field(
        description=described("自何时起", "from this instant on"), default=strawberry.UNSET
    )


def use_filter(asked: DataUseFilter | None) -> UseFilter:
    """The filter as resolvers take it."""
    if not asked:
        return UseFilter()
    department, since = given(asked.department), given(asked.since)
    return UseFilter(
        department=DomainDepartment[department.name] if department else None,
        person_id=given(asked.person_id),
        since=None if since is None else _aware(since),
    )


def _aware(instant: datetime) -> datetime:
    """An instant without an offset is meant in UTC."""
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


@strawberry.type(
    description=described("数据使用列表的一页，最新在前", "One page of uses of data, newest first")
)
class DataUsePage:
    """Uses and where they stand; no connection: a use has no id to be found by again."""

    page: strawberry.Private[Page[Used]]

    @strawberry.field(description=described("各次数据使用", "the uses themselves"))
    def nodes(self) -> list[DataUse]:
        """In order."""
        return [make_use(use) for use in self.page.nodes]

    @strawberry.field(description=described("分页信息", "where the page stands in its list"))
    def page_info(self) -> PageInfo:
        """Where the page stands."""
        page = self.page
        return PageInfo(page=page, has_next_page=page.has_next, has_previous_page=page.has_previous)

    @strawberry.field(
        description=described(
            "符合条件的总数，只在查询时计算", "how many uses meet the filter; counted when asked"
        )
    )
    async def total_count(self) -> int | None:
        """Counted in the log."""
        return await self.page.total()


def make_use(used: Used) -> DataUse:
    """The graph's view of one entry."""
    told: dict[str, Any] = dict(used.told or {})
    actor, subjects = told.get("actor", {}), told.get("subjects", {})
    department = actor.get("department")
    return DataUse(
        at=used.at,
        erased=used.told is None,
        account=actor.get("name"),
        account_id=strawberry.ID(actor["sub"]) if actor.get("sub") else None,
        roles=actor.get("roles", []),
        account_department=Department[department.upper()] if department else None,
        client=actor.get("client"),
        address=actor.get("address"),
        purpose=told.get("purpose"),
        case_number=told.get("case"),
        operation=told.get("operation"),
        document=told.get("document"),
        result=told.get("result"),
        persons=len(subjects.get("person", ())),
        units=len(subjects.get("unit", ())),
        fields=[
            UsedFields(**{**f._asdict(), "indicators": list(f.indicators)}) for f in used.fields
        ],
        sources=[UsedSource(**one._asdict()) for one in used.sources],
        trace_id=told.get("trace"),
    )
