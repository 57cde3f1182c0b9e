"""Shapes of categories: cells of single indicators and of rows, from the value that answers."""

from collections.abc import Callable, Sequence

from graphql import (
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)

from domain.catalogue.indicators import Category, Shape, catalogue
from domain.model.keys import CategoryCode, IndicatorName
from domain.policy.masking import masker
from resolvers.planning.entries import Entry, Fixed, Nested
from resolvers.planning.metadata import ReadsIndicators, ReadsRows
from resolvers.planning.objects import ObjectShapes, permitted
from resolvers.planning.reasons import Reason, UnplannableError
from resolvers.planning.selections import TYPE_NAME, Selected, Selections
from resolvers.planning.source import Source
from resolvers.planning.steps import InRow, Places
from resolvers.planning.usual import Telling
from resolvers.sight import Sight


class CategoryShapes:
    """Writes the expressions of one subject's categories over `v0…` (values) and `r` (rows).

    `categories` are those whose rows are shown, in the order of `r`.
    """

    def __init__(
        self, selections: Selections, source: Source, objects: ObjectShapes, sight: Sight
    ) -> None:
        self._sight = sight
        self._selections = selections
        self._source = source
        self._objects = objects
        self.categories: list[Category] = []
        self.singles: set[IndicatorName] = set()

    def entry(self, code: CategoryCode, parent: GraphQLObjectType, selected: Selected) -> Entry:
        """One category field of a person or unit."""
        permitted(parent, selected)
        category = catalogue().categories[code]
        kind = _object_of(selected)
        if category.shape is Shape.LIST:
            rows = self._rows(category, kind, selected)
            return selected.key, lambda _: rows
        entries = [
            self._single(category, kind, below) for below in self._selections.below(selected, kind)
        ]
        return selected.key, Nested(self._source, entries)

    def _single(self, category: Category, kind: GraphQLObjectType, selected: Selected) -> Entry:
        if selected.name == TYPE_NAME:
            return selected.key, Fixed(self._source.text(kind.name), kind.name)
        permitted(kind, selected)
        plan = selected.plan
        if isinstance(plan, ReadsRows):
            rows = self._rows(category, _object_of(selected), selected)
            return selected.key, lambda _: rows
        if not isinstance(plan, ReadsIndicators):
            raise UnplannableError(Reason.UNKNOWN_FIELD, f"{kind.name}.{selected.name}")
        (name,) = plan.indicators
        if self._sight.hides(name):
            return selected.key, Fixed("None", None)
        self.singles.add(name)
        show, leaf = self._shown(plan, selected), self._leaf(plan, selected)
        return selected.key, Telling(self._source, name, show, leaf)

    def _rows(self, category: Category, kind: GraphQLObjectType, selected: Selected) -> str:
        if self._sight.hides_rows(category):
            return "None"
        if category not in self.categories:
            self.categories.append(category)
        each = self._source.name("w")
        entries = [
            (below.key, self._cell(category, kind, below, each))
            for below in self._selections.below(selected, kind)
        ]
        shown = self._source.entries(entries)
        rows = f"r[{self.categories.index(category)}]"
        return self._source.unless_none(
            rows, lambda held: f"[{shown} for {each} in {held}]", required=False
        )

    def _cell(
        self, category: Category, kind: GraphQLObjectType, selected: Selected, row: str
    ) -> str:
        if selected.name == TYPE_NAME:
            return self._source.text(kind.name)
        permitted(kind, selected)
        plan = selected.plan
        if isinstance(plan, ReadsIndicators):
            (name,) = plan.indicators
            if self._sight.hides(name):
                return "None"
            return self._shown(plan, selected)(f"{row}.values.get({self._source.text(name)})")
        if category.extra_key is None or selected.name != category.extra_key[0]:
            raise UnplannableError(Reason.UNKNOWN_FIELD, f"{kind.name}.{selected.name}")
        return self._source.leaf(_leaf_of(_type_of(selected)), f"{row}.extra")

    def _shown(self, plan: ReadsIndicators, selected: Selected) -> Callable[[str], str]:
        """From the expression of a canonical value to that of what is shown."""
        (name,) = plan.indicators
        masked = masking(self._source, self._sight, name)
        show = self._shown_in_clear(plan, selected)
        return lambda value: show(masked(value))

    def _leaf(self, plan: ReadsIndicators, selected: Selected) -> str | None:
        """The scalar that shows the value as it is; None where it shows something else."""
        (name,) = plan.indicators
        if plan.show is not None or not self._sight.ruling(name).is_clear:
            return None
        return _leaf_of(get_nullable_type(_type_of(selected))).name  # type: ignore[arg-type] # of an output type

    def _shown_in_clear(self, plan: ReadsIndicators, selected: Selected) -> Callable[[str], str]:
        kind: GraphQLOutputType = get_nullable_type(_type_of(selected))  # type: ignore[assignment] # of an output type
        if plan.show is None:
            return lambda value: self._source.leaf(_leaf_of(kind), value)
        show = self._source.hold("h", plan.show)
        if not isinstance(kind, GraphQLObjectType):
            return lambda value: self._source.unless_none(
                value,
                lambda held: self._objects.value(kind, selected, f"{show}({held})"),
                required=False,
            )
        return self._objects.remembered(kind, selected, plan.show)


def masking(source: Source, sight: Sight, name: IndicatorName) -> Callable[[str], str]:
    """From the expression of a canonical value to that of what its mask leaves."""
    ruling = sight.ruling(name)
    if ruling.is_clear or ruling.form is None:  # what has no form is hidden, and never gets here
        return lambda value: value if ruling.is_clear else "None"
    left = source.hold_once("m", masker(ruling.form))
    return lambda value: f"{left}({value})"


def used_places(places: Places) -> Sequence[int]:
    """The places that any value stands at."""
    found = (p.place if isinstance(p, InRow) else p for p in places.values())
    return sorted({place for place in found if place is not None})


def _type_of(selected: Selected) -> GraphQLOutputType:
    if selected.field is None:
        raise UnplannableError(Reason.UNKNOWN_FIELD, selected.name)
    return selected.field.type


def _object_of(selected: Selected) -> GraphQLObjectType:
    found = get_named_type(_type_of(selected))
    if not isinstance(found, GraphQLObjectType):
        raise UnplannableError(Reason.UNKNOWN_FIELD, selected.name)
    return found


def _leaf_of(kind: GraphQLOutputType) -> GraphQLLeafType:
    found = get_nullable_type(kind)
    if not is_leaf_type(found):
        raise UnplannableError(Reason.UNKNOWN_FIELD, str(kind))
    return found
