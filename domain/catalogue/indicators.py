"""Categories and indicators as records, read from the two CSV files beside this module."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from domain.model.departments import Department
from domain.model.keys import CategoryCode, IndicatorName


class ValueType(StrEnum):
    """The type of an indicator's value."""

    STRING = "string"
    INT = "int"
    DECIMAL = "decimal"
    DATE = "date"
    BOOLEAN = "boolean"
    CODE = "code"


class Shape(StrEnum):
    """How a category appears in the graph."""

    OBJECT = "object"
    LIST = "list"
    OBJECT_ROWS = "object+rows"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One standard data item (指标); `holders` begins with the authority, in catalogue order."""

    code: str
    name: IndicatorName
    name_zh: str
    category: CategoryCode
    entity: str
    many: bool
    type: ValueType
    code_set: str | None
    holders: tuple[Department, ...]
    sensitivity: str
    compare_step: int | None
    compare_rule: str | None
    definition: str

    @property
    def authority(self) -> Department:
        """The department whose value is the reference."""
        return self.holders[0]

    @property
    def is_money(self) -> bool:
        """Whether the value is an amount in yuan, shown with two decimals at least."""
        return self.type is ValueType.DECIMAL and "yuan" in self.definition

    @property
    def is_month(self) -> bool:
        """Whether the value is a month, a text YYYY-MM."""
        return self.type is ValueType.STRING and self.compare_rule == "date"


@dataclass(frozen=True, slots=True)
class Category:
    """One of the 26 categories with its shape in the graph; `subject` is person or unit.

    `ones` are shown on the object itself, multi-valued ones included; `manys`, also named in
    `row_names`, on its rows.
    """

    code: CategoryCode
    name_zh: str
    name_en: str
    subject: str
    field: str
    type_name: str
    shape: Shape
    row_authority: Department | None
    row_key: tuple[IndicatorName, ...]
    extra_key: tuple[str, str] | None
    multi_valued: frozenset[IndicatorName]
    indicators: tuple[Indicator, ...]
    row_names: frozenset[IndicatorName]
    ones: tuple[Indicator, ...]
    manys: tuple[Indicator, ...]

    def is_row(self, indicator: Indicator) -> bool:
        """Whether the indicator belongs to the rows of the category rather than to its object."""
        return indicator.name in self.row_names


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All categories and indicators; iteration order is that of the files."""

    categories: Mapping[CategoryCode, Category]
    indicators: Mapping[IndicatorName, Indicator]
    by_code: Mapping[str, Indicator]

    def find(self, name_or_code: str) -> Indicator | None:
        """The indicator with this English name or code."""
        return self.indicators.get(IndicatorName(name_or_code)) or self.by_code.get(name_or_code)

    def of_subject(self, subject: str) -> tuple[Indicator, ...]:
        """All indicators of the person or the unit, in catalogue order."""
        return tuple(
            i for c in self.categories.values() if c.subject == subject for i in c.indicators
        )

    def category_of(self, indicator: IndicatorName) -> Category:
        """The category an indicator belongs to."""
        return self.categories[self.indicators[indicator].category]


def _table(name: str) -> Iterator[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return iter(csv.DictReader(text.splitlines()))


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(";") if part)


def _indicator(row: Mapping[str, str]) -> Indicator:
    holders = (row["authority"], *_split(row["other_holders"]))
    return Indicator(
        code=row["code"],
        name=IndicatorName(row["name_en"]),
        name_zh=row["name_zh"],
        category=CategoryCode(row["category_code"]),
        entity=row["entity"],
        many=row["cardinality"] == "many",
        type=ValueType(row["type"]),
        code_set=row["code_set"] or None,
        holders=tuple(Department(name) for name in holders),
        sensitivity=row["sensitivity"],
        compare_step=int(row["compare_step"]) if row["compare_step"] else None,
        compare_rule=row["compare_rule"] or None,
        definition=row["definition_en"],
    )


def _category(row: Mapping[str, str], rows: list[dict[str, str]]) -> Category:
    own = [r for r in rows if r["category_code"] == row["category_code"]]
    indicators = tuple(_indicator(r) for r in own)
    multi_valued = frozenset(IndicatorName(name) for name in _split(row["multi_valued"]))
    shape = Shape(row["shape"])
    row_names = frozenset(
        i.name for i in indicators if shape is Shape.LIST or (i.many and i.name not in multi_valued)
    )
    extra_name, _, extra_type = row["extra_row_key"].partition(":")
    return Category(
        code=CategoryCode(row["category_code"]),
        name_zh=own[0]["category_zh"],
        name_en=own[0]["category_en"],
        subject=row["entity"],
        field=row["field"],
        type_name=row["type_name"],
        shape=shape,
        row_authority=Department(row["row_authority"]) if row["row_authority"] else None,
        row_key=tuple(IndicatorName(name) for name in _split(row["row_key"])),
        extra_key=(extra_name, extra_type) if extra_name else None,
        multi_valued=multi_valued,
        indicators=indicators,
        row_names=row_names,
        ones=tuple(i for i in indicators if i.name not in row_names),
        manys=tuple(i for i in indicators if i.name in row_names),
    )


@cache
def catalogue() -> Catalogue:
    """The catalogue of this program; read once from the package's own data."""
    rows = list(_table("indicators.csv"))
    categories = [_category(row, rows) for row in _table("categories.csv")]
    indicators = [i for c in categories for i in c.indicators]
    return Catalogue(
        categories={c.code: c for c in categories},
        indicators={i.name: i for i in indicators},
        by_code={i.code: i for i in indicators},
    )
