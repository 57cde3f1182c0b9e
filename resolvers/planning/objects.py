"""Shapes of objects that are read whole: links, records, provenance, codes, divisions, sources."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Final

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    is_leaf_type,
)

from resolvers.planning.reasons import Reason, UnplannableError
from resolvers.planning.selections import TYPE_NAME, Selected, Selections
from resolvers.planning.source import Memo, Source

_TEXTS: Final = frozenset({str})
SELF_ONLY = 1
"""Parameters of a method that needs nothing but its object."""


class ObjectShapes:
    """Writes how plain objects are shown: attributes, and methods that take nothing."""

    def __init__(self, selections: Selections, source: Source) -> None:
        self._selections = selections
        self._source = source

    def value(self, kind: GraphQLOutputType, selected: Selected, value: str) -> str:
        """The expression of a value of any type, below it what the field selects."""
        required = isinstance(kind, GraphQLNonNull)
        inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if is_leaf_type(inner):
            return self._source.leaf(inner, value, required=required)
        if isinstance(inner, GraphQLList):
            return self._list(inner, selected, value, required=required)
        if not isinstance(inner, GraphQLObjectType):
            raise UnplannableError(Reason.UNKNOWN_FIELD, selected.name)
        function = self.function(inner, selected)
        return self._source.unless_none(value, lambda v: f"{function}({v})", required=required)

    def function(self, kind: GraphQLObjectType, selected: Selected) -> str:
        """The name of a function that shows one object."""
        entries = [
            (below.key, self._entry(kind, below))
            for below in self._selections.below(selected, kind)
        ]
        return self._source.function("o", [f"return {self._source.entries(entries)}"])

    def remembered(
        self, kind: GraphQLObjectType, selected: Selected, make: Callable[[Any], object] | None
    ) -> Callable[[str], str]:
        """From the expression of a text of few different ones to that of the object it makes.

        Each is shown once and kept. An unknown code is equal to a known one but of another type,
        and is shown anew.
        """
        shown = self._shown(kind, selected, make)
        text = self._source.hold_once("c", str)
        memo, anew = self._source.hold("d", Memo(shown)), self._source.hold("h", shown)
        return lambda value: self._source.unless_none(
            value,
            lambda held: f"({memo}[{held}] if {held}.__class__ is {text} else {anew}({held}))",
            required=False,
        )

    def remembered_column(
        self, kind: GraphQLObjectType, selected: Selected, make: Callable[[Any], object] | None
    ) -> Callable[[Sequence[Any]], list[object]]:  # Any: canonical values
        """The same of a whole column."""
        anew = self._shown(kind, selected, make)
        memo = Memo(anew)

        def shown(values: Sequence[Any]) -> list[object]:  # Any: as above
            if _TEXTS.issuperset(map(type, values)):
                return list(map(memo.__getitem__, values))
            return [
                None if v is None else memo[v] if v.__class__ is str else anew(v) for v in values
            ]

        return shown

    def _shown(
        self, kind: GraphQLObjectType, selected: Selected, make: Callable[[Any], object] | None
    ) -> Callable[[Any], object]:  # Any: a canonical value
        project = self._source.namespace[self.function(kind, selected)]

        def shown(value: Any) -> object:  # noqa: ANN401 - as above
            made = make(value) if make else value
            return None if made is None else project(made)

        return shown

    def _list(
        self, kind: GraphQLList[Any], selected: Selected, value: str, *, required: bool
    ) -> str:
        each = self._source.name("e")
        shown = self.value(kind.of_type, selected, each)
        return self._source.unless_none(
            value, lambda v: f"[{shown} for {each} in {v}]", required=required
        )

    def _entry(self, kind: GraphQLObjectType, selected: Selected) -> str:
        if selected.name == TYPE_NAME:
            return self._source.text(kind.name)
        if selected.plan is not None:
            raise UnplannableError(Reason.UNKNOWN_FIELD, f"{kind.name}.{selected.name}")
        return self.plain(kind, selected)

    def plain(self, kind: GraphQLObjectType, selected: Selected) -> str:
        """An attribute of the object `o`, or what a method of it gives."""
        definition = permitted(kind, selected)
        if selected.field is None:
            raise UnplannableError(Reason.UNKNOWN_FIELD, selected.name)
        if definition.base_resolver is None:
            value = f"o.{definition.python_name}"
        else:
            value = f"{self._source.hold('m', _method(kind, selected, definition))}(o)"
        return self.value(selected.field.type, selected, value)


def permitted(kind: GraphQLObjectType, selected: Selected) -> Any:  # noqa: ANN401 - the schema room's record
    """The field's declaration. Raises UnplannableError where somebody else must be asked first."""
    definition = selected.definition
    name = f"{kind.name}.{selected.name}"
    if definition is None:
        raise UnplannableError(Reason.UNKNOWN_FIELD, name)
    if definition.permission_classes or definition.extensions:
        raise UnplannableError(Reason.PERMISSION, name)
    return definition


def _method(kind: GraphQLObjectType, selected: Selected, definition: Any) -> Any:  # noqa: ANN401 - as above
    method = definition.base_resolver.wrapped_func
    takes = len(inspect.signature(method).parameters)
    if takes != SELF_ONLY or inspect.iscoroutinefunction(method):
        raise UnplannableError(Reason.UNKNOWN_FIELD, f"{kind.name}.{selected.name}")
    return method
