"""The shape of a mapping file, checked by pydantic: which words exist and what they take."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr

Word = StrictStr | StrictBool | StrictInt | float


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)


def _short_form(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


class ColumnPart(_Part):
    """One column of a mapping; `indicator = "column"` is short for `{ column = … }`."""

    column: StrictStr | None = Field(None, min_length=1)
    sql: StrictStr | None = Field(None, min_length=1)
    const: Word | None = None
    concat: list[StrictStr] | None = Field(None, min_length=2, max_length=8)
    separator: StrictStr = ""
    empty: list[Word] = []
    codes: dict[str, StrictStr] | StrictStr | None = None
    date: StrictStr | None = None
    true: list[Word] = []
    false: list[Word] = []
    divide: StrictInt | None = Field(None, gt=0)
    split: StrictStr | None = Field(None, min_length=1)


Column = Annotated[ColumnPart, BeforeValidator(_short_form)]
Names = Annotated[list[StrictStr], BeforeValidator(_one_or_many), Field(min_length=1)]
Pairs = Annotated[dict[str, StrictStr], Field(min_length=1)]


class LinkKeyPart(ColumnPart):
    """`link_key` of `[person]`: a column, and the name that several sources give it."""

    name: StrictStr = Field(min_length=1)


class PeriodPart(_Part):
    """`current` of a join: which of several rows is in force today."""

    begin: Column | None = Field(None, alias="from")
    to: Column | None = None
    until: Column | None = None
    open: list[Word] = []


class JoinPart(_Part):
    """`[person.join.NAME]` and `[person.rows.CATEGORY.join.NAME]`."""

    table: StrictStr | None = None
    on: Pairs
    parent: StrictStr | None = None
    where: StrictStr | None = None
    current: PeriodPart | None = None


class RowsPart(_Part):
    """`[person.rows.CATEGORY]`."""

    table: StrictStr
    on: Pairs
    order: list[StrictStr] = []
    limit: StrictInt = Field(200, ge=1, le=10_000)
    where: StrictStr | None = None
    join: dict[str, JoinPart] = {}
    period: Column | None = None
    effective_on: Column | None = Field(None, alias="effectiveOn")
    indicators: dict[str, Column]


class EntityPart(_Part):
    """`[person]` and `[unit]`."""

    table: StrictStr
    key: Names
    where: StrictStr | None = None
    personal_key: StrictBool = False
    link_key: LinkKeyPart | None = None
    version: StrictStr | None = None
    join: dict[str, JoinPart] = {}
    indicators: dict[str, Column] = {}
    rows: dict[str, RowsPart] = {}


class OperationalPart(_Part):
    """`[pool]`, `[plan]`, `[leader_line]`, `[occupation]` and `[succession]`."""

    table: StrictStr
    where: StrictStr | None = None
    columns: dict[str, Column]


class MappingFile(_Part):
    """A whole mapping file."""

    format: Literal[1]
    title: StrictStr | None = None
    codes: dict[str, dict[str, StrictStr]] = {}
    person: EntityPart | None = None
    unit: EntityPart | None = None
    pool: OperationalPart | None = None
    plan: OperationalPart | None = None
    leader_line: OperationalPart | None = None
    occupation: OperationalPart | None = None
    succession: OperationalPart | None = None
