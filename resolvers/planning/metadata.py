"""What a graph field reads, attached to the field: projection and compiled plans rest on it."""

from dataclasses import dataclass
from typing import Final

from domain.model.keys import CategoryCode, IndicatorName

PLAN: Final = "plan"
"""The name of the plan metadata on a field."""


@dataclass(frozen=True, slots=True)
class ReadsIndicators:
    """The field is made of these single indicators of its subject."""

    indicators: frozenset[IndicatorName]


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


@dataclass(frozen=True, slots=True)
class ReadsProvenance:
    """The field shows where the indicators named in its argument come from."""


@dataclass(frozen=True, slots=True)
class ReadsPool:
    """The field needs these further tables beside the pool itself."""

    occupied: bool = False
    plans: bool = False
    headcount: bool = False


@dataclass(frozen=True, slots=True)
class FindsEntities:
    """The field finds objects of several types by what another subgraph knows of them."""


Plan = (
    ReadsIndicators
    | ReadsCategory
    | ReadsRows
    | ReadsRecords
    | ReadsProvenance
    | ReadsPool
    | FindsEntities
)
