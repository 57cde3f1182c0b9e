"""The inputs of lists, and the records that resolvers take."""

from datetime import date
from typing import Any, TypeVar

import strawberry

from domain.model.quota import FreezeStatus as DomainFreeze
from resolvers.filters import LedgerFilter as LedgerRecord
from resolvers.filters import PersonFilter as PersonRecord
from resolvers.filters import UnitFilter as UnitRecord
from schema.enums import FreezeStatus
from schema.fields import described

T = TypeVar("T")


def _field(zh: str, en: str) -> Any:  # noqa: ANN401 - Strawberry's field marker has no public type
    return strawberry.field(description=described(zh, en), default=strawberry.UNSET)


@strawberry.input(
    description=described(
        "人员筛选：各项须同时满足；省略或为空的不限",
        "Which persons are listed: all that is given must be met",
    )
)
class PersonFilter:
    """Filters hold only what the Establishment Office holds; they become SQL of the driver."""

    name: str | None = _field("姓名，规范化后相等", "the name, equal after normalisation")
    name_prefix: str | None = _field("姓名开头", "what the name begins with")
    id_numbers: list[str] | None = _field(
        "身份证号，最多 200 个", "exact ID numbers, at most 200; also as 15 digits or with x"
    )
    unit_id: strawberry.ID | None = _field(
        "占编单位的全局标识", "the id of the unit whose quota is used"
    )
    unit_code: str | None = _field(
        "占编单位的编办标准编码，可为曾用编码",
        "the standard code of that unit, past ones included",
    )
    include_subordinate_units: bool | None = strawberry.field(
        description=described("是否包含下级单位", "whether units below that one count too"),
        default=False,
    )
    division: str | None = _field(
        "占编单位所在区划，含下级区划", "the division of that unit, divisions below included"
    )
    establishment_type: list[str] | None = _field(
        "编制类型代码，含其下级", "codes of establishment types, those below included"
    )
    occupancy_status: list[str] | None = _field("占编状态代码", "codes of occupancy status")
    person_status: list[str] | None = _field("人员状态代码", "codes of person status")
    entered_from: date | None = _field("入编时间，自（含）", "entered on this day or later")
    entered_to: date | None = _field("入编时间，至（含）", "entered on this day or before")


@strawberry.input(
    description=described(
        "机构筛选：各项须同时满足；省略或为空的不限",
        "Which units are listed: all that is given must be met",
    )
)
class UnitFilter:
    """Filters of units; they become SQL of the driver."""

    name: str | None = _field("机构名称，规范化后相等", "the name, equal after normalisation")
    name_contains: str | None = _field("机构名称包含", "a part of the name")
    division: str | None = _field("所在区划，含下级区划", "the division, divisions below included")
    nature: list[str] | None = _field("机构性质代码", "codes of the nature")
    level: list[str] | None = _field("机构规格代码", "codes of the level")
    status: list[str] | None = _field("机构状态代码", "codes of the status")
    parent_id: strawberry.ID | None = _field(
        "直接上级单位的全局标识", "the id of the unit directly above"
    )


@strawberry.input(
    description=described(
        "台账筛选：各项须同时满足；省略或为空的不限",
        "Which pools are listed: all that is given must be met",
    )
)
class LedgerFilter:
    """Filters of pools; they become SQL of the Establishment Office."""

    division: str | None = _field(
        "单位所在区划，含下级区划", "the division, divisions below included"
    )
    unit_id: strawberry.ID | None = _field("单位的全局标识", "the id of a unit")
    establishment_type: list[str] | None = _field(
        "编制类型代码，含其下级", "codes of establishment types, those below included"
    )
    freeze: list[FreezeStatus] | None = _field(
        "冻结状态；FULL 不含核定与实有均为 0 的编制池",
        "freeze; FULL leaves out pools without quota and without people",
    )
    min_over: int | None = _field("超编数不少于", "over-staffed by at least so many")


def given(value: T | None) -> T | None:
    """A value; None where it was left out."""
    return None if value is strawberry.UNSET else value


def person_filter(asked: PersonFilter | None) -> PersonRecord:
    """The record of a filter; without one, every person."""
    if not asked:
        return PersonRecord()
    return PersonRecord(
        name=given(asked.name),
        name_prefix=given(asked.name_prefix),
        id_numbers=_tuple(asked.id_numbers),
        unit_id=given(asked.unit_id),
        unit_code=given(asked.unit_code),
        with_subordinates=bool(asked.include_subordinate_units),
        division=given(asked.division),
        establishment_type=_tuple(asked.establishment_type),
        occupancy_status=_tuple(asked.occupancy_status),
        person_status=_tuple(asked.person_status),
        entered_from=given(asked.entered_from),
        entered_to=given(asked.entered_to),
    )


def unit_filter(asked: UnitFilter | None) -> UnitRecord:
    """The record of a filter; without one, every unit."""
    if not asked:
        return UnitRecord()
    return UnitRecord(
        name=given(asked.name),
        name_contains=given(asked.name_contains),
        division=given(asked.division),
        nature=_tuple(asked.nature),
        level=_tuple(asked.level),
        status=_tuple(asked.status),
        parent_id=given(asked.parent_id),
    )


def ledger_filter(asked: LedgerFilter | None) -> LedgerRecord:
    """The record of a filter; without one, every pool."""
    if not asked:
        return LedgerRecord()
    freeze = _tuple(asked.freeze)
    return LedgerRecord(
        division=given(asked.division),
        unit_id=given(asked.unit_id),
        establishment_type=_tuple(asked.establishment_type),
        freeze=None if freeze is None else tuple(sorted({DomainFreeze[f.name] for f in freeze})),
        min_over=given(asked.min_over),
    )


def _tuple(values: list[T] | None) -> tuple[T, ...] | None:
    return tuple(values) if values else None if given(values) is None else ()
