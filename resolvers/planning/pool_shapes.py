"""Shapes of pools: all that one selection shows of them, in one pass over the pools of a level."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from graphql import GraphQLObjectType, GraphQLScalarType, get_named_type

from resolvers.planning.metadata import MakePools, ReadsPool
from resolvers.planning.objects import ObjectShapes, permitted
from resolvers.planning.reasons import Reason, UnplannableError
from resolvers.planning.selections import TYPE_NAME, Selected
from resolvers.planning.source import Source, writer
from resolvers.planning.steps import Shape, SubjectPlan
from resolvers.pool_rows import column_of, ids_of_pools

_WHOLE: Final = frozenset({int})
_LEAST: Final = -(2**31)
_MOST: Final = 2**31 - 1


@dataclass(slots=True)
class PoolWriting:
    """Writes one selection: `i` is a pool's public id, `u0` what is shown of its unit.

    A column `q` holds what each pool says at the end of a path. `o` is what `make` gives of a
    pool: the methods of the graph's own fields take it. Ids and these objects are made only
    where something shows them.
    """

    source: Source
    objects: ObjectShapes
    kind: GraphQLObjectType
    make: MakePools
    units: list[SubjectPlan] = field(default_factory=list)
    _entries: list[tuple[str, str]] = field(default_factory=list)
    _columns: dict[str, str] = field(default_factory=dict)

    def add_unit(self, key: str, plan: SubjectPlan) -> None:
        """The unit of each pool, shown by its own plan."""
        name = f"u{len(self.units)}"
        self._columns[name] = f"X[{len(self.units)}]"
        self._entries.append((key, name))
        self.units.append(plan)

    def add(self, selected: Selected) -> None:
        """Any other field. Raises UnplannableError."""
        self._entries.append((selected.key, self._shown(selected)))

    def shape(self) -> Shape:
        """The function `shape(pools, units)`."""
        columns = self._columns or {"p": "P"}
        name = self.source.loop("P, X", columns, self.source.entries(self._entries))
        shape: Shape = self.source.namespace[name]
        return shape

    def _shown(self, selected: Selected) -> str:
        if selected.name == TYPE_NAME:
            return self.source.text(self.kind.name)
        permitted(self.kind, selected)
        plan = selected.plan
        if isinstance(plan, ReadsPool):
            return self._of_pool(plan, selected) if plan.path else self._of_method(selected)
        if plan is None and selected.name == "id":
            self._columns["i"] = f"{self.source.hold_once('i', ids_of_pools)}(P)"
            return "i"
        raise UnplannableError(Reason.UNKNOWN_FIELD, f"{self.kind.name}.{selected.name}")

    def _of_pool(self, plan: ReadsPool, selected: Selected) -> str:
        """An attribute of the pool, or what is made of the text there."""
        if selected.field is None:
            raise UnplannableError(Reason.UNKNOWN_FIELD, selected.name)
        kind, path = selected.field.type, ".".join(plan.path)
        if plan.make is not None:
            made = get_named_type(kind)
            if not isinstance(made, GraphQLObjectType):
                raise UnplannableError(Reason.UNKNOWN_FIELD, selected.name)
            return self._column(path, self.objects.remembered_column(made, selected, plan.make))
        if isinstance(kind, GraphQLScalarType) and kind.name == "Int":
            return self._column(path, partial(whole_numbers, writer(kind)))
        return self.objects.value(kind, selected, self._column(path))

    def _column(self, path: str, show: Callable[[Any], object] | None = None) -> str:
        """The name of what each pool says there, or of what is shown of that."""
        read = f"{self.source.hold_once('h', column_of)}(P, {self.source.text(path)})"
        if show is not None:
            read = f"{self.source.hold('h', show)}({read})"
        known = (name for name, column in self._columns.items() if column == read)
        name = next(known, None) or self.source.name("q")
        self._columns[name] = read
        return name

    def _of_method(self, selected: Selected) -> str:
        self._columns["o"] = f"{self.source.hold_once('h', self.make)}(P)"
        return self.objects.plain(self.kind, selected)


def whole_numbers(write: Callable[[object], object], values: Sequence[Any]) -> Sequence[object]:
    """A column as JSON takes it; `write` writes whatever is no plain whole number of 32 bits."""
    try:
        return array("i", values).tolist()  # Numbers of 32 bits, or an error.
    except (TypeError, OverflowError):
        if _are_plain([each for each in values if each is not None]):
            return values
        return [None if each is None else write(each) for each in values]


def _are_plain(known: Sequence[Any]) -> bool:  # Any: as above
    are_whole = _WHOLE.issuperset(map(type, known))
    return are_whole and min(known, default=0) >= _LEAST and max(known, default=0) <= _MOST
