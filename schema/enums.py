"""Enumerations of the graph, each value described in Chinese and English."""

from enum import Enum

import strawberry

from domain.model.departments import Department as DomainDepartment


def _value(name: str, zh: str, en: str) -> str:
    value: str = strawberry.enum_value(name, description=f"{zh} · {en}")  # type: ignore[assignment] # Strawberry's marker becomes the value
    return value


@strawberry.enum(description="部门 · One of the four departments")
class Department(Enum):
    """The four departments."""

    ORGANIZATION = _value("ORGANIZATION", "组织部", "Organization Department")
    ESTABLISHMENT = _value("ESTABLISHMENT", "机构编制委员会办公室（编办）", "Establishment Office")
    FINANCE = _value("FINANCE", "财政局", "Finance Bureau")
    HR = _value("HR", "人力资源和社会保障局", "Human Resources and Social Security Bureau")


@strawberry.enum(description="身份归集状态 · How surely a person's records belong together")
class IdentityState(Enum):
    """States of identity."""

    LINKED = _value("LINKED", "已关联", "records of the departments are linked")
    CANDIDATE = _value("CANDIDATE", "待确认", "a link awaits confirmation")
    UNLINKED = _value("UNLINKED", "未关联", "found live only, no link is recorded")
    CONFLICT = _value("CONFLICT", "冲突", "one ID number, different names: one department answers")


@strawberry.enum(description="取值状态 · Why a value is there or not")
class ValueState(Enum):
    """Four different blanks, and a value."""

    VALUE = _value("VALUE", "有值", "the cell is not empty")
    NONE = _value("NONE", "空值", "the source has the record, the cell is empty")
    NOT_HELD = _value(
        "NOT_HELD", "未掌握", "the source lacks the record or does not keep this indicator"
    )
    UNAVAILABLE = _value("UNAVAILABLE", "不可用", "the source is down or did not answer")
    REDACTED = _value("REDACTED", "已遮蔽", "hidden by access control")


@strawberry.enum(description="数据源状态 · How a source is doing")
class SourceState(Enum):
    """States of a source."""

    UP = _value("UP", "正常", "answers")
    DEGRADED = _value("DEGRADED", "降级", "answers in part")
    DOWN = _value("DOWN", "中断", "does not answer")


@strawberry.enum(description="编制冻结状态 · Whether a pool may take applications")
class FreezeStatus(Enum):
    """Freeze of a pool, derived at each read."""

    OPEN = _value("OPEN", "正常", "open")
    FULL = _value("FULL", "满编冻结", "frozen because full")
    OVER = _value("OVER", "超编冻结", "frozen because over-staffed")
    ORDER = _value("ORDER", "指令冻结", "frozen by order")
    UNKNOWN = _value("UNKNOWN", "未知", "a number it rests on is not known")


def department_value(department: DomainDepartment) -> Department:
    """The graph's value of a department."""
    return Department[department.name]
