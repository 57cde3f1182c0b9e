"""What a field costs where it is more than 1: those that read much."""

from collections.abc import Mapping
from typing import Final

_WHOLE: Final = 20
"""A field that shows every mapped indicator of every row."""
_TABLES: Final = 5
"""A field that reads further tables."""

WEIGHTS: Final[Mapping[str, int]] = {
    "Person.records": _WHOLE,
    "Person.provenance": _WHOLE,
    "Unit.records": _WHOLE,
    "Unit.provenance": _WHOLE,
    "Unit.pools": _TABLES,
    "EstablishmentPool.payrollHeadcount": _TABLES,
    "Query.indicators": _WHOLE,
}
