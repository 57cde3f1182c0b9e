"""What a graph field reads and shows, attached to the field: projection and plans rest on it.

A field without any of these is planned only where it is a plain attribute of its object, or a
method of it that takes nothing.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, get_type_hints

from domain.catalogue.indicators import Indicator
from domain.identity.stitching import Gathered
from domain.model.keys import CategoryCode, IndicatorName
from domain.model.records import Value
from domain.model.subjects import Subject
from resolvers.context import RequestContext
from resolvers.pools import Pool
from resolvers.sight import Sight

MakePools = Callable[[Sequence[Pool]], Sequence[object]]
"""From pools to objects that the graph's own fields of a pool take."""
PLAN: Final = "plan"
"""The name of the plan metadata on a field."""


@dataclass(frozen=True, slots=True)
class ReadsIndicators:
    """The field is one of a category's, made of a single indicator.

    `show` turns its canonical value into what the field resolves to; None where that is the value.
    """

    indicators: frozenset[IndicatorName]
    show: Callable[[Value], object] | None = None


@dataclass(frozen=True, slots=True)
class ShowsText:
    """The field is the canonical text of one indicator; `make` turns a text into an object."""

    indicator: IndicatorName
    make: Callable[[str], object] | None = None


@dataclass(frozen=True, slots=True)
class FollowsUnit:
    """The field is the unit linked to the unit code that this indicator holds."""

    indicator: IndicatorName


@dataclass(frozen=True, slots=True)
class ShowsSubject:
    """The field is known from the links alone; `links`: from what each of them says."""

    show: Callable[[Subject], object]
    links: bool = False


@dataclass(frozen=True, slots=True)
class ReadsCategory:
    """The field is a category; what is selected below says which indicators."""

    category: CategoryCode


@dataclass(frozen=True, slots=True)
class ReadsRows:
    """The field is the repeated part of a category."""

    category: CategoryCode


@dataclass(frozen=True, slots=True)
class ReadsRecords:
    """The field shows every mapped indicator of every row."""

    show: Callable[[RequestContext, Gathered, Sight], Sequence[object]]


@dataclass(frozen=True, slots=True)
class ReadsProvenance:
    """The field shows where the indicators named in its argument come from."""

    show: Callable[[RequestContext, Gathered, Sequence[Indicator], Sight], Sequence[object]]


@dataclass(frozen=True, slots=True)
class ReadsPool:
    """The field needs these further tables beside the pool itself.

    `path`: the attributes that lead from the pool to what the field shows, or to the text that
    `make` turns into it; without one the field's own method is asked. Raises TypeError for a path
    that leads nowhere.
    """

    occupied: bool = False
    plans: bool = False
    headcount: bool = False
    path: tuple[str, ...] = ()
    make: Callable[[str], object] | None = None

    def __post_init__(self) -> None:
        holder: Any = Pool  # Any: a record, or whatever an attribute of one is declared to be
        for name in self.path:
            if not hasattr(holder, name):
                raise TypeError(f"no pool has {'.'.join(self.path)}")
            holder = get_type_hints(holder).get(name)


@dataclass(frozen=True, slots=True)
class FindsEntities:
    """The field finds objects of several types by what another subgraph knows of them."""

    make: MakePools


@dataclass(frozen=True, slots=True)
class ReadsPools:
    """The field shows the pools of a unit; `make` gives the graph's object of one."""

    make: MakePools


@dataclass(frozen=True, slots=True)
class LoadsOfSubject:
    """The field is an object of pools that a loader of the request finds for its subject."""

    load: Callable[[RequestContext, Subject], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class OwnsPool:
    """The field is the unit of a pool."""


class Entry(StrEnum):
    """Where a plan begins."""

    PERSON = "person"
    UNIT = "unit"
    NODE = "node"
    NODES = "nodes"
    ENTITIES = "_entities"


@dataclass(frozen=True, slots=True)
class Enters:
    """The field of Query finds persons, units or pools by its arguments."""

    entry: Entry
    make: MakePools | None = None


class Listing(StrEnum):
    """The lists of the graph: those of Query, and those below a unit."""

    PERSONS = "persons"
    UNITS = "units"
    CHILDREN = "children"
    PERSONS_OF_UNIT = "persons of a unit"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class Lists:
    """The field is a connection; its arguments say which rows and which page."""

    listing: Listing
    make: MakePools | None = None


class Part(StrEnum):
    """What a field of a connection, or of one of its edges, shows."""

    EDGES = "edges"
    NODES = "nodes"
    NODE = "node"
    CURSOR = "cursor"
    PAGE_INFO = "page info"
    TOTAL = "total"
    DRIVER = "driver"


@dataclass(frozen=True, slots=True)
class ShowsPage:
    """The field shows a part of the page that its connection has read."""

    part: Part


@dataclass(frozen=True, slots=True)
class ShowsCity:
    """The field of Query shows what the process knows without reading a department."""

    show: Callable[[RequestContext, Mapping[str, Any]], object]  # Any: arguments of any type


Plan = (
    ReadsIndicators
    | ShowsText
    | FollowsUnit
    | ShowsSubject
    | ReadsCategory
    | ReadsRows
    | ReadsRecords
    | ReadsProvenance
    | ReadsPool
    | ReadsPools
    | LoadsOfSubject
    | OwnsPool
    | Enters
    | Lists
    | ShowsPage
    | ShowsCity
    | FindsEntities
)


def single_indicators(plan: Plan) -> frozenset[IndicatorName]:
    """The single indicators of the subject itself that a field reads."""
    match plan:
        case ReadsIndicators(indicators):
            return indicators
        case ShowsText(indicator) | FollowsUnit(indicator):
            return frozenset({indicator})
        case _:
            return frozenset()
