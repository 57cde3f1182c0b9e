"""The Node interface, and what persons and units share: categories, links, records, provenance."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, NamedTuple

import strawberry

from domain.catalogue.indicators import Category, Indicator, Shape, catalogue
from domain.identity.stitching import Gathered, stitch_value
from domain.model.keys import IndicatorName
from domain.model.records import Value
from domain.model.subjects import IdentityLink as DomainLink
from domain.model.subjects import IdentityState, Subject
from domain.model.values import canonical_text
from resolvers import provenance as tracing
from resolvers import records as recording
from resolvers.context import CITY_TIME, RequestContext
from resolvers.planning.metadata import (
    PLAN,
    ReadsCategory,
    ReadsProvenance,
    ReadsRecords,
    ShowsSubject,
)
from resolvers.sight import Sight
from resolvers.wanted import Wanted
from schema.categories import CATEGORY_TYPES, category_rows, category_view
from schema.codes import Code, make_code
from schema.enums import Department, ValueState, department_value
from schema.fields import Info, argument, described, plain, planned, sight_at


@strawberry.interface(description=described("有全局标识的对象", "An object with a global id"))
class Node:
    """Anything that `node(id)` finds again."""

    id: strawberry.ID = plain("全局标识，不透明", "the global id, opaque")


@strawberry.type(
    description=described("身份关联", "One judgement that a department's record is this subject")
)
class IdentityLink:
    """A link as the cross-reference keeps it."""

    department: Department = plain("部门", "the department")
    source: str = plain("数据源", "the source")
    level: str = plain("把握程度", "CERTAIN, HIGH, MEDIUM or LOW")
    evidence: list[str] = plain("依据", "what the judgement rests on; codes, never values")
    confirmed_by: str | None = plain("确认人", "who confirmed it")
    valid_from: date | None = plain("起始日期", "first day it held")
    valid_to: date | None = plain("终止日期", "last day it held; empty while it holds")


@strawberry.type(description=described("部门原始值", "One value as a department stores it"))
class RecordValue:
    """A stored value; `row` counts a repeated indicator's rows from 0 in the source's order."""

    indicator: str = plain("指标英文名", "the indicator's English name")
    row: int | None = plain(
        "行号，从 0 起；单值指标为空", "row from 0 in the source's order; null for single values"
    )
    value: str | None = plain("规范值", "the canonical value as text")
    code: Code | None = plain("代码值", "the code of a coded indicator")
    raw: str | None = plain(
        "库中原文，与规范值相同时为空", "the stored text; null when equal to value"
    )


@strawberry.type(description=described("部门记录", "What one row of one department says"))
class DepartmentRecord:
    """One department's own view."""

    department: Department = plain("部门", "the department")
    source: str = plain("数据源", "the source")
    state: ValueState = plain("状态", "VALUE, NOT_HELD or UNAVAILABLE")
    values: list[RecordValue] = plain("各指标的值", "every mapped indicator")


@strawberry.type(
    description=described("数据来源（数据反查）", "Where one source holds one indicator")
)
class Provenance:
    """One entry per indicator and holding source."""

    indicator: str = plain("指标英文名", "the indicator's English name")
    department: Department = plain("部门", "the department")
    source: str | None = plain("数据源", "the source")
    table: str | None = plain("表", "the table")
    column: str | None = plain("字段", "the column or expression")
    value: str | None = plain(
        "规范值；多行指标为空", "the canonical value; null for repeated indicators"
    )
    state: ValueState = plain("取值状态", "why a value is there or not")
    authority: bool = plain("是否权威部门", "whether this department's value is the reference")
    used: bool = plain("是否被采用", "whether this source's value is the one shown")
    read_at: datetime | None = plain("读取时间", "when it was read")


class Seen(NamedTuple):
    """What the departments say of a subject, and what of it the caller may see."""

    gathered: Gathered
    wanted: Wanted
    sight: Sight


async def seen_of(fields: "SubjectFields", info: Info) -> Seen:
    """What may be read of a subject; read once a request."""
    sight = sight_at(info, fields.subject.row_class)
    wanted = sight.reduced(fields.wanted)
    loader = info.context.loaders.facts[fields.subject.kind]
    return Seen(await loader.load((fields.subject, wanted)), wanted, sight)


def show_links(subject: Subject) -> list[IdentityLink]:
    """The links of a subject, in the order of the departments; what is disputed is no link."""
    if subject.links is None:
        raise TypeError("the plan of a field that shows links says so")
    if subject.state is IdentityState.CONFLICT:
        return []
    return [_link(link) for link in subject.links if not link.is_disputed]


def _link(link: DomainLink) -> IdentityLink:
    return IdentityLink(
        department=department_value(link.key.department),
        source=link.key.source,
        level=link.level,
        evidence=list(link.evidence),
        confirmed_by=link.confirmed_by,
        valid_from=link.valid_from.astimezone(CITY_TIME).date(),
        valid_to=link.valid_to.astimezone(CITY_TIME).date() if link.valid_to else None,
    )


def show_records(
    context: RequestContext, gathered: Gathered, sight: Sight
) -> list[DepartmentRecord]:
    """Each department's own view of a subject."""
    return [_record(record) for record in recording.department_records(context, gathered, sight)]


def show_provenance(
    context: RequestContext, gathered: Gathered, indicators: Sequence[Indicator], sight: Sight
) -> list[Provenance]:
    """Where the values of these indicators come from."""
    return [_provenance(e) for e in tracing.provenance_of(context, gathered, indicators, sight)]


def _record(record: recording.DepartmentRecord) -> DepartmentRecord:
    return DepartmentRecord(
        department=department_value(record.department),
        source=record.source,
        state=ValueState[record.state],
        values=[_record_value(value) for value in record.values],
    )


def _record_value(value: recording.RecordValue) -> RecordValue:
    return RecordValue(
        indicator=value.indicator.name,
        row=value.row,
        value=canonical_text(value.value),
        code=_code(value.indicator.code_set, value.value),
        raw=value.raw,
    )


def _code(set_name: str | None, value: Value) -> Code | None:
    return make_code(set_name, value) if set_name and isinstance(value, str) else None


def _provenance(entry: tracing.Provenance) -> Provenance:
    return Provenance(
        indicator=entry.indicator.name,
        department=department_value(entry.department),
        source=entry.source,
        table=entry.table,
        column=entry.column,
        value=canonical_text(entry.value),
        state=ValueState[entry.state],
        authority=entry.is_authority,
        used=entry.is_used,
        read_at=entry.read_at,
    )


@strawberry.type
class SubjectFields:
    """What persons and units have in common; `wanted` is what the document asks at this level."""

    subject: strawberry.Private[Subject]
    wanted: strawberry.Private[Wanted]

    @planned(
        "与各部门记录的关联",
        "links to the departments' records",
        ShowsSubject(show_links, links=True),
    )
    def links(self) -> list[IdentityLink]:
        """Empty while nobody has linked the subject."""
        return show_links(self.subject)

    @planned(
        "各部门各自的记录（按其库中所存）",
        "each department's own view, as it stores it; order ORGANIZATION ESTABLISHMENT FINANCE HR",
        ReadsRecords(show_records),
    )
    async def records(self, info: Info) -> list[DepartmentRecord]:
        """One per local row, at least one per department."""
        gathered, _, sight = await seen_of(self, info)
        return show_records(info.context, gathered, sight)

    @planned(
        "数据反查：值从何而来",
        "drill-back: where each value comes from",
        ReadsProvenance(show_provenance),
    )
    async def provenance(
        self,
        info: Info,
        indicators: Annotated[
            list[str] | None,
            argument(
                "指标英文名或代码；省略则为全部", "names or codes of indicators; all when left out"
            ),
        ] = strawberry.UNSET,
    ) -> list[Provenance]:
        """One entry per indicator and holding source."""
        names = None if indicators is strawberry.UNSET else indicators
        asked = tracing.named_indicators(self.subject.kind, names)
        gathered, _, sight = await seen_of(self, info)
        return show_provenance(info.context, gathered, asked, sight)


async def text_of(fields: SubjectFields, info: Info, name: IndicatorName) -> str | None:
    """One single indicator of a subject as text, from the department that answers it."""
    gathered, _, sight = await seen_of(fields, info)
    value = stitch_value(gathered, catalogue().indicators[name]).value
    return canonical_text(sight.shown(name, value))


def _category_field(category: Category) -> Any:  # noqa: ANN401 - Strawberry's field marker has no public type
    made = CATEGORY_TYPES[category.code]
    is_list = category.shape is Shape.LIST

    async def resolve(self: SubjectFields, info: Info) -> object:
        gathered, wanted, sight = await seen_of(self, info)
        build = category_rows if is_list else category_view
        return build(gathered, category, wanted, sight)

    resolve.__annotations__["return"] = (list[made] if is_list else made) | None  # type: ignore[valid-type] # made at run time
    return strawberry.field(
        resolver=resolve,
        description=described(category.name_zh, category.name_en),
        metadata={PLAN: ReadsCategory(category.code)},
    )


def category_fields(subject: str) -> Mapping[str, Any]:
    """One field for each category of the person or the unit."""
    found = (c for c in catalogue().categories.values() if c.subject == subject)
    return {category.field: _category_field(category) for category in found}
