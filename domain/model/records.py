"""What one department says of one person or unit: facets, their rows, and the kinds of blank."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from domain.model.keys import CategoryCode, IndicatorName, LocalKey

Scalar = str | int | Decimal | bool | date
Value = Scalar | tuple[str, ...] | None


class UnknownCode(str):
    """A value that no code map and no code set knows; shown as it stands, never guessed."""

    __slots__ = ()


class ValueState(StrEnum):
    """Why a value is there or not: four different blanks."""

    VALUE = "VALUE"
    NONE = "NONE"
    NOT_HELD = "NOT_HELD"
    UNAVAILABLE = "UNAVAILABLE"
    REDACTED = "REDACTED"


@dataclass(frozen=True, slots=True)
class ChildRow:
    """One row of a repeated category; `extra` is the extra row key, a month YYYY-MM or a date."""

    values: Mapping[IndicatorName, Value]
    extra: str | date | None = None
    raws: Mapping[IndicatorName, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facet:
    """One local row of a person or unit, as one department holds it.

    `values` holds every asked indicator that the source maps (None = the cell is empty), `rows`
    the child rows of every asked category that it maps, in its order, `raws` the stored text where
    it differs from the value (only when asked for), `twins` further rows under the same local key.
    """

    key: LocalKey
    values: Mapping[IndicatorName, Value]
    rows: Mapping[CategoryCode, tuple[ChildRow, ...]]
    read_at: datetime
    raws: Mapping[IndicatorName, str] = field(default_factory=dict)
    twins: tuple["Facet", ...] = ()
