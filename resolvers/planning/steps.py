"""A plan as records: what is read at each level, which levels follow, how rows are shown."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import FieldNode
from graphql.execution.values import VariableValues

from adapters.stored import Cell
from domain.catalogue.indicators import Category, Indicator
from domain.identity.stitching import Gathered
from domain.model.access import Redaction
from domain.model.keys import EntityKind, IndicatorName
from domain.model.subjects import Subject
from resolvers.context import RequestContext
from resolvers.planning.columns import NO_COLUMNS, Columns
from resolvers.planning.metadata import Entry, Listing
from resolvers.pools import PoolsWanted
from resolvers.wanted import Wanted

Shaped = Any
"""A part of an answer, ready for JSON."""


class InRow(NamedTuple):
    """A value in a stored row: which of a subject's rows, and how it is read there."""

    place: int
    cell: Cell


Place = int | InRow | None
Places = Mapping[IndicatorName, Place]
"""Which of a subject's value mappings or rows holds an indicator; None where nobody holds it."""
Shape = Callable[..., Shaped]


@dataclass(frozen=True, slots=True)
class ShownStep:
    """Records or provenance of a subject: computed from what was gathered, then shown.

    `indicators` are those named by the arguments; None for records. They depend on variables.
    """

    nodes: tuple[FieldNode, ...]
    key: str
    compute: Callable[[RequestContext, Gathered, Sequence[Indicator]], Sequence[object]]
    indicators: Callable[[VariableValues], Sequence[Indicator]] | None
    shape: Shape


@dataclass(frozen=True, slots=True)
class UnitStep:
    """The unit linked to the unit code of an indicator."""

    key: str
    indicator: IndicatorName
    below: "SubjectPlan"


@dataclass(frozen=True, slots=True)
class LoadedStep:
    """An object that a loader of the request finds for each subject."""

    load: Callable[[RequestContext, Subject], Awaitable[object]]
    shape: Shape


@dataclass(frozen=True, slots=True)
class PoolsStep:
    """The pools of a unit."""

    below: "PoolPlan"


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """One selection of pools; `units` are their units' plans.

    `shape(pools, units)` shows them all; `units`: what each unit's plan shows of their units.
    """

    wanted: PoolsWanted
    shape: Shape
    units: tuple["SubjectPlan", ...]


@dataclass(frozen=True, slots=True)
class ListPlan:
    """A connection: `below` are the selections of its nodes, `wanted` what all of them want.

    `shape(page, facts, nodes, total)` shows it; the total is counted only where `is_counted`.
    """

    key: str
    nodes: tuple[FieldNode, ...]
    listing: Listing
    kind: EntityKind
    arguments: Callable[[VariableValues], Mapping[str, Any]]
    below: tuple["SubjectPlan", ...]
    wanted: Wanted
    varying: Callable[[VariableValues], Wanted] | None
    is_counted: bool
    shape: Shape


@dataclass(frozen=True, slots=True)
class PoolListPlan:
    """The ledger: a connection of pools; as ListPlan."""

    key: str
    nodes: tuple[FieldNode, ...]
    arguments: Callable[[VariableValues], Mapping[str, Any]]
    below: tuple["PoolPlan", ...]
    wanted: PoolsWanted
    is_counted: bool
    shape: Shape


@dataclass(slots=True)
class SubjectPlan:
    """One selection of a person or a unit.

    `shape_of(places)` gives the function that shows a subject whose values stand there:
    `shape(subject, values, rows, extras)`; rows are those of `categories`, extras those of
    `steps`, in order. `rows_of(places)` gives the one that shows many whose rows stand beside each
    other: `shape(subjects, extras, rows, columns)`, with the rows of each place; `written_of` the
    same as JSON text, where columns are all that it takes. `singles` are the
    single indicators that are shown or followed; `routes` keeps how subjects that are rows of the
    same sources are read, `mixes` how several routes are read together.
    """

    kind: EntityKind
    type_name: str
    wanted: Wanted
    varying: Callable[[VariableValues], Wanted] | None
    steps: tuple["Step", ...]
    categories: tuple[Category, ...]
    singles: tuple[Indicator, ...]
    shape_of: Callable[[Places], Shape]
    rows_of: Callable[[Places], Shape]
    written_of: Callable[[Places], Shape] | None
    routes: dict[object, Any] = field(default_factory=dict)  # Any: a Route, or None
    mixes: dict[object, Any] = field(default_factory=dict)  # Any: a Mix

    is_gathered: bool = field(init=False)
    """Whether a step needs all that was gathered, not the answering values alone."""

    may_be_alone: bool = field(init=False)
    """Whether single values and at most one unit are all that it shows."""

    reads_nothing: bool = field(init=False)
    """Whether what the links tell is all that it shows."""

    def __post_init__(self) -> None:
        self.reads_nothing = not (self.singles or self.categories or self.steps)
        self.is_gathered = any(isinstance(step, ShownStep) for step in self.steps)
        has_other_steps = len(self.steps) > 1 or not all(
            isinstance(step, UnitStep) for step in self.steps
        )
        self.may_be_alone = not (self.categories or has_other_steps)


Step = ShownStep | UnitStep | PoolsStep | ListPlan | LoadedStep


@dataclass(frozen=True, slots=True)
class RootPlan:
    """One field of Query: found by arguments, shown by the plan of the type that is found."""

    key: str
    entry: Entry
    nodes: tuple[FieldNode, ...]
    arguments: Callable[[VariableValues], Mapping[str, Any]]
    subjects: Mapping[EntityKind, SubjectPlan]
    pool: PoolPlan | None


@dataclass(frozen=True, slots=True)
class CityPlan:
    """One field of Query that shows what the process knows."""

    key: str
    nodes: tuple[FieldNode, ...]
    arguments: Callable[[VariableValues], Mapping[str, Any]]
    show: Callable[[RequestContext, Mapping[str, Any]], object]
    shape: Shape


Root = RootPlan | CityPlan | ListPlan | PoolListPlan


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """A whole operation. `texts` is the generated source, for people to read."""

    roots: tuple[Root, ...]
    texts: Sequence[str]
    constants: Mapping[str, str]
    """Response keys of fields that are known already, like __typename, with their values."""
    order: tuple[str, ...]
    repeated: frozenset[EntityKind]
    """Kinds of subjects that several levels show: what one has read the next need not ask for."""
    columns: Columns = NO_COLUMNS
    redacted: tuple[Redaction, ...] = ()
    """The indicators that are shown, and what of the fixed ones is redacted for these callers."""
