"""The 26 category types and their 218 fields, made from the catalogue when the program starts."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

import strawberry

from domain.catalogue.indicators import Category, Indicator, Shape, ValueType, catalogue
from domain.identity.stitching import Gathered, StitchedRow, stitch_rows, stitch_value
from domain.model.keys import CategoryCode, IndicatorName
from domain.model.records import Value
from domain.model.values import canonical_text
from resolvers.planning.metadata import PLAN, ReadsIndicators, ReadsRows
from resolvers.sight import Sight
from resolvers.wanted import Wanted
from schema.codes import Code, make_code
from schema.fields import described

Fields = dict[str, tuple[Any, Any]]
"""Field name to its annotation and Strawberry's marker; neither has a public type."""
View = dict[str, object]
"""One object of a category: field name to the value shown."""

_TYPES: Final[Mapping[ValueType, Any]] = {  # annotations for Strawberry
    ValueType.STRING: str,
    ValueType.INT: int,
    ValueType.DECIMAL: Decimal,
    ValueType.DATE: date,
    ValueType.BOOLEAN: bool,
    ValueType.CODE: Code,
}
_EXTRA: Final = {
    "period": ("月份，YYYY-MM", "the month, YYYY-MM"),
    "effectiveOn": ("生效日期", "the date it took effect"),
}


def show(indicator: Indicator, value: Value) -> object:
    """A canonical value as the graph shows it."""
    if value is None:
        return None
    if indicator.name in _multi_valued(indicator):
        return list(value) if isinstance(value, tuple) else [canonical_text(value)]
    if indicator.code_set is not None:
        return make_code(indicator.code_set, str(value))
    return value


def _shown(indicator: Indicator) -> Callable[[Value], object] | None:
    """How a value becomes what its field resolves to; None where it is the value itself."""
    is_as_it_is = indicator.code_set is None and indicator.name not in _multi_valued(indicator)
    return None if is_as_it_is else partial(show, indicator)


def _multi_valued(indicator: Indicator) -> frozenset[IndicatorName]:
    return catalogue().categories[indicator.category].multi_valued


def category_view(gathered: Gathered, category: Category, wanted: Wanted, sight: Sight) -> View:
    """An object category, with its rows where it has some and they are asked for.

    `wanted` is what may be read of it: what is hidden is not there.
    """
    view: View = {
        i.name: show(i, sight.shown(i.name, stitch_value(gathered, i).value))
        for i in category.ones
        if i.name in wanted.values
    }
    if category.code in wanted.rows:
        view["rows"] = category_rows(gathered, category, wanted, sight)
    return view


def category_rows(
    gathered: Gathered, category: Category, wanted: Wanted, sight: Sight
) -> list[View] | None:
    """The rows of a category; None where nobody who could answer holds them, or all is denied."""
    if sight.hides_rows(category):
        return None
    stitched = stitch_rows(gathered, category, wanted.row_values(category))
    if stitched is None:
        return None
    return [_row_view(category, row, sight) for row in stitched.rows]


def _row_view(category: Category, row: StitchedRow, sight: Sight) -> View:
    indicators = catalogue().indicators
    view: View = {
        name: show(indicators[name], sight.shown(name, value)) for name, value in row.values.items()
    }
    if category.extra_key:
        view[category.extra_key[0]] = row.extra
    return view


def _field(indicator: Indicator, *, several: bool) -> tuple[Any, Any]:
    annotation = list[str] if several else _TYPES[indicator.type]
    description = f"{indicator.name_zh}（{indicator.code}） · {indicator.definition}"
    plan = ReadsIndicators(frozenset({indicator.name}), _shown(indicator))
    return annotation | None, strawberry.field(description=description, metadata={PLAN: plan})


def _make_type(name: str, description: str, fields: Mapping[str, tuple[Any, Any]]) -> type:
    namespace: dict[str, Any] = {field: marker for field, (_, marker) in fields.items()}
    namespace["__annotations__"] = {field: annotation for field, (annotation, _) in fields.items()}
    namespace["__doc__"] = description
    namespace["__module__"] = __name__
    made: type = strawberry.type(type(name, (), namespace), name=name, description=description)
    return made


def _row_fields(category: Category) -> Fields:
    fields: Fields = {i.name: _field(i, several=False) for i in category.manys}
    return {**_extra_field(category), **fields}


def _extra_field(category: Category) -> Fields:
    if category.extra_key is None:
        return {}
    name, kind = category.extra_key
    annotation = str | None if kind == "month" else date | None
    return {name: (annotation, strawberry.field(description=described(*_EXTRA[name])))}


def _category_type(category: Category) -> type:
    title = described(category.name_zh, category.name_en)
    if category.shape is Shape.LIST:
        return _make_type(category.type_name, title, _row_fields(category))
    fields: Fields = {
        i.name: _field(i, several=i.name in category.multi_valued) for i in category.ones
    }
    if category.shape is Shape.OBJECT_ROWS:
        row_title = described(f"{category.name_zh}（明细）", f"{category.name_en}: one row")
        row = _make_type(f"{category.type_name}Row", row_title, _row_fields(category))
        rows = strawberry.field(description=row_title, metadata={PLAN: ReadsRows(category.code)})
        fields["rows"] = (list[row] | None, rows)  # type: ignore[valid-type] # made at run time
    return _make_type(category.type_name, title, fields)


CATEGORY_TYPES: Final[Mapping[CategoryCode, type]] = {
    code: _category_type(category) for code, category in catalogue().categories.items()
}
"""One Strawberry type a category; one set a process, as Strawberry wants it."""


def get_field(root: object, name: str) -> object:
    """The schema's default resolver: category objects are dictionaries, others have attributes."""
    return root.get(name) if isinstance(root, dict) else getattr(root, name)
