"""The conditions of lists as SQL, and what they ask for in the department's own words and types."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.lanes.port import Failure, LaneError
from adapters.mapping.convert import converter
from adapters.mapping.model import ColumnRule
from adapters.port import OWN_KEY, Condition, Operator, Reach
from adapters.sql.binds import binder, bucket, is_native, is_text, key_binds, padded
from adapters.sql.cells import constant, stored_words
from adapters.sql.days import LAST_DAY, DayColumn
from adapters.sql.in_force import FIRST_DAY
from adapters.sql.pieces import MAIN_ALIAS, Element, Pieces, join_alias, slot
from adapters.sql.plans import EntityPlans
from adapters.sql.shapes import table_of
from adapters.sql.trees import at_or_below, knows_parents, unit_column
from domain.catalogue import handles
from domain.catalogue.codes import code_set
from domain.catalogue.hierarchy import with_all_below
from domain.catalogue.indicators import catalogue
from domain.model.keys import EntityKind, IndicatorName
from domain.model.values import canonical_text


class Shape(NamedTuple):
    """A condition without its values: statements are built and kept by shapes.

    `size`: the number of its parameters; none where no row can meet it.
    """

    indicator: IndicatorName
    operator: Operator
    size: int


@dataclass(frozen=True, slots=True)
class Bound:
    """A shape with the values of its parameters."""

    shape: Shape
    values: tuple[object, ...]


class Conditions:
    """The conditions that lists of one entity may have; `units` is where persons' units stand."""

    def __init__(self, plans: EntityPlans, pieces: Pieces, units: EntityPlans | None) -> None:
        self._plans = plans
        self._pieces = pieces
        self._units = units

    def bound(self, conditions: Iterable[Condition]) -> list[Bound]:
        """The conditions as this source understands them; those that always hold are left out.

        Raises LaneError for a condition on what the source does not keep.
        """
        return [bound for each in conditions if (bound := self._bound(each)) is not None]

    def within(self, reach: Reach | None) -> tuple[Bound, ...] | None:
        """The alternatives of which one must hold; None where every row is within reach.

        Raises LaneError where the mapping does not lead from a row to its unit.
        """
        if reach is None:
            return None
        found = [self._bound(each) for each in self._alternatives(reach)]
        known = tuple(each for each in found if each is not None)
        return known if len(known) == len(found) else None

    def joins(self, shapes: Iterable[Shape]) -> list[str]:
        """The joins that the clauses of the shapes need."""
        rules = (self._plans.entity.columns.get(shape.indicator) for shape in shapes)
        return [rule.join for rule in rules if rule is not None]

    def reached(self, alternatives: Sequence[Shape]) -> Element:
        """The clause of a reach; its parameters are named `r<alternative>_<number>`."""
        clauses = [self._clause(shape, f"r{i}_") for i, shape in enumerate(alternatives)]
        return sa.or_(*clauses) if clauses else sa.false()

    def clauses(self, shapes: Sequence[Shape]) -> list[Element]:
        """One clause a shape; its parameters are named `c<shape>_<number>`."""
        return [self._clause(shape, f"c{i}_") for i, shape in enumerate(shapes)]

    def _alternatives(self, reach: Reach) -> Iterator[Condition]:
        is_person = self._plans.entity.kind is EntityKind.PERSON
        if reach.divisions:
            yield Condition(handles.UNIT_DIVISION, Operator.BEGINS, reach.divisions)
        if reach.codes:
            own = handles.OCCUPIED_UNIT_CODE if is_person else OWN_KEY
            yield Condition(own, Operator.IN, reach.codes)

    def _bound(self, condition: Condition) -> Bound | None:
        if condition.indicator == OWN_KEY:
            return self._bound_keys(condition)
        plans, rule = self._home(condition.indicator)
        if condition.operator is Operator.UNDER:
            self._tree()
            return _sized(condition, [(text, text) for text in condition.values])
        if rule.const is not None:
            return None if _fits(condition, rule) else _sized(condition, [])
        if condition.operator in {Operator.FROM, Operator.TO}:
            day = date.fromisoformat(condition.values[0])
            span = (day, LAST_DAY) if condition.operator is Operator.FROM else (FIRST_DAY, day)
            values = self._days(plans, rule).bind(*span)
            return Bound(Shape(condition.indicator, condition.operator, 2), values)
        if condition.operator is Operator.IN:
            bind = self._bind(plans, rule, condition.indicator)
            texts = _words(condition, rule)
            return _sized(condition, [(value,) for text in texts for value in bind(text)])
        return self._bound_texts(condition, rule)

    def _bound_keys(self, condition: Condition) -> Bound:
        binders = self._plans.binders
        keys = [bind for text in condition.values for bind in key_binds(text, binders)]
        filled = padded(keys) if keys else []
        values = tuple(value for key in filled for value in key)
        return Bound(Shape(OWN_KEY, Operator.IN, len(values)), values)

    def _bound_texts(self, condition: Condition, rule: ColumnRule) -> Bound | None:
        """Where stored words stand for codes, the words of those codes that fit."""
        if rule.codes is None:
            return _sized(condition, [(text,) for text in condition.values])
        fits = _begins if condition.operator is Operator.BEGINS else _contains
        codes = (code for code in rule.codes.values() if fits(code, condition.values))
        return self._bound(Condition(condition.indicator, Operator.IN, tuple(dict.fromkeys(codes))))

    def _bind(
        self, plans: EntityPlans, rule: ColumnRule, name: IndicatorName
    ) -> Callable[[str], tuple[object, ...]]:
        if _is_coded(name):
            return binder(plans.type_of(rule), self._pieces.backend)
        return plans.bind_of(rule)

    def _clause(self, shape: Shape, slots: str) -> Element:
        if not shape.size:
            return sa.false()
        names = [slot(f"{slots}{i}") for i in range(shape.size)]
        if shape.indicator == OWN_KEY:
            return self._has_key(names)
        if shape.operator is Operator.UNDER:
            return self._under(names)
        plans, rule = self._home(shape.indicator)
        clause = self._tested(plans, rule, shape, names)
        return clause if plans is self._plans else self._in_units(clause, rule)

    def _has_key(self, slots: Sequence[Element]) -> Element:
        """Rows with one of the keys: by the columns as they are, and exactly."""
        plans, pieces = self._plans, self._pieces
        columns = pieces.columns(MAIN_ALIAS, plans.entity.key)
        kinds, width = plans.key_types, len(columns)
        forms = [[pieces.compared(c, k) for c, k in zip(columns, kinds, strict=True)]]
        forms.append([pieces.exact(c, k) for c, k in zip(columns, kinds, strict=True)])
        if width == 1:
            return sa.and_(*(form[0].in_(slots) for form in forms))
        keys = [slots[start : start + width] for start in range(0, len(slots), width)]
        return sa.or_(
            *(
                sa.and_(*(c == s for form in forms for c, s in zip(form, key, strict=True)))
                for key in keys
            )
        )

    def _tested(
        self, plans: EntityPlans, rule: ColumnRule, shape: Shape, slots: list[Element]
    ) -> Element:
        element, kind = plans.element_of(rule), plans.type_of(rule)
        assert element is not None  # noqa: S101 - constants have no clause
        if shape.operator in {Operator.FROM, Operator.TO}:
            return self._days(plans, rule).within(*slots)
        if shape.operator is not Operator.IN:
            return self._text_test(shape.operator, element, kind, slots)
        if _is_coded(shape.indicator):
            if is_text(kind) or not is_native(kind):
                element = sa.func.trim(self._pieces.compared(element, kind))
            return self._pieces.exact(element, kind).in_(slots)
        compared = self._pieces.compared(element, kind)
        # By the column as it is, for the index, and exactly: its collation may equate texts.
        each = dict.fromkeys([compared, self._pieces.exact(element, kind)])
        return sa.and_(*(form.in_(slots) for form in each))

    def _text_test(
        self, test: Operator, element: Element, kind: TypeEngine[Any] | None, slots: list[Element]
    ) -> Element:
        text = self._pieces.exact(element, kind if is_text(kind) else None)
        if test is Operator.CONTAINS:
            return sa.or_(*(self._pieces.contains(text, each) for each in slots))
        return sa.or_(*(self._pieces.begins(text, each) for each in slots))

    def _days(self, plans: EntityPlans, rule: ColumnRule) -> DayColumn:
        element = plans.element_of(rule)
        assert element is not None  # noqa: S101 - constants are judged without a clause
        return DayColumn(self._pieces, element, plans.type_of(rule), rule.date)

    def _home(self, name: IndicatorName) -> tuple[EntityPlans, ColumnRule]:
        """Whose column an indicator is: of the listed entity, else of the person's unit."""
        own = self._plans.entity.columns.get(name)
        if own is not None:
            return self._plans, own
        if self._plans.entity.kind is EntityKind.PERSON and self._units is not None:
            self._tree()
            found = self._units.entity.columns.get(name)
            if found is not None:
                return self._units, found
        raise LaneError(Failure.INVALID, "the mapping cannot filter by what is asked for")

    def _tree(self) -> tuple[EntityPlans, ColumnRule]:
        """The units of the source, and the column of the listed entity that names one of them."""
        name = (
            handles.OCCUPIED_UNIT_CODE
            if self._plans.entity.kind is EntityKind.PERSON
            else handles.PARENT_UNIT_CODE
        )
        rule = self._plans.entity.columns.get(name)
        if self._units is None or rule is None or len(self._units.entity.key) != 1:
            raise LaneError(Failure.INVALID, "the mapping does not lead from a row to its unit")
        return self._units, rule

    def _in_units(self, clause: Element, rule: ColumnRule) -> Element:
        """Rows whose unit meets the clause."""
        units, named_by = self._tree()
        select = (
            sa.select(self._unit_key(units))
            .select_from(self._pieces.entity_from(units.entity, [rule.join]))
            .where(clause, *self._pieces.live(units.entity.where, MAIN_ALIAS))
        )
        return self._code(self._plans, named_by).in_(select)

    def _under(self, codes: Sequence[Element]) -> Element:
        """Rows whose unit is one of the codes or anywhere below, in circles and without a top."""
        units, named_by = self._tree()
        if not knows_parents(units.entity):
            raise LaneError(Failure.INVALID, "the mapping does not say which unit is above")
        entity, shapes, pieces = self._plans.entity, self._plans.shapes, self._pieces
        alias = join_alias(entity, named_by.join)
        unit = unit_column(pieces, shapes, table_of(entity, named_by), named_by, alias)
        return unit.is_one_of(at_or_below(units.entity, units.shapes, pieces, codes))

    def _unit_key(self, units: EntityPlans) -> Element:
        """The key of units as text, to be compared with codes of any type."""
        (name,) = units.entity.key
        return self._as_code(self._pieces.column(MAIN_ALIAS, name), units.key_types[0])

    def _code(self, plans: EntityPlans, rule: ColumnRule) -> Element:
        element = plans.element_of(rule)
        return sa.null() if element is None else self._as_code(element, plans.type_of(rule))

    def _as_code(self, element: Element, kind: TypeEngine[Any] | None) -> Element:
        return self._pieces.as_key(self._pieces.bare(element, kind), kind)


def _sized(condition: Condition, values: Sequence[tuple[object, ...]]) -> Bound:
    """The values up to their bucket, the last one repeated."""
    found = [value[0] for value in dict.fromkeys(values)]
    size = bucket(len(found)) if found else 0
    filled = (*found, *found[-1:] * (size - len(found)))
    return Bound(Shape(condition.indicator, condition.operator, size), filled)


def _is_coded(name: IndicatorName) -> bool:
    return catalogue().indicators[name].code_set is not None


def _words(condition: Condition, rule: ColumnRule) -> Sequence[str]:
    """What the department stores for the values: codes stand for all below them too."""
    name = catalogue().indicators[condition.indicator].code_set
    if name is None:
        return condition.values
    return stored_words(rule, with_all_below(code_set(name), condition.values))


def _fits(condition: Condition, rule: ColumnRule) -> bool:
    """Whether what the mapping says of every row meets the condition."""
    value = canonical_text(
        constant(rule, converter(rule, catalogue().indicators[condition.indicator]))
    )
    if value is None:
        return False
    match condition.operator:
        case Operator.IN:
            name = catalogue().indicators[condition.indicator].code_set
            return value in (
                condition.values
                if name is None
                else with_all_below(code_set(name), condition.values)
            )
        case Operator.FROM:
            return value >= condition.values[0]
        case Operator.TO:
            return value <= condition.values[0]
        case Operator.BEGINS:
            return _begins(value, condition.values)
        case _:
            return _contains(value, condition.values)


def _begins(text: str, values: Sequence[str]) -> bool:
    return text.startswith(tuple(values))


def _contains(text: str, values: Sequence[str]) -> bool:
    return any(value in text for value in values)
