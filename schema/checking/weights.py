"""What a field costs where it is more than 1; a point is about 3 us of CPU by a plan.

Measured on pages of 100 of a city of 3,000: docs/security.md, "Request limits". By the stock path
a point is two to four times as much.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from domain.catalogue.indicators import catalogue
from domain.model.keys import EntityKind

ROW: Final = 10
"""An object of a page, beside its fields."""
_LIST: Final = 100
"""A list below each of many objects: a page of its own."""
_TABLES: Final = 5
"""A field that reads further tables."""
_TREE: Final = 50
"""A sum over all that lies below a unit."""
_GATHERED: Final = 250
"""Every mapped indicator of a subject, out of every department."""

WEIGHTS: Final[Mapping[str, int]] = {
    "Person.records": _GATHERED,
    "Unit.records": _GATHERED,
    "Person.provenance": 20,
    "Unit.provenance": 20,
    "Unit.pools": _TABLES,
    "Unit.poolTotals": _TREE,
    "Unit.persons": _LIST,
    "Unit.children": _LIST,
    "EstablishmentPool.payrollHeadcount": _TABLES,
    "Query.indicators": 20,
}


class Told(NamedTuple):
    """A list that is told of rows read already: no rows, but so many objects, each of a weight.

    `argument` names those that are asked for; without it all are.
    """

    size: int
    weight: int = 0
    argument: str = ""


_TRACED: Final = 25
"""Where one indicator stands in every department that holds it."""


def _traced(kind: EntityKind) -> Told:
    return Told(len(catalogue().of_subject(kind)), _TRACED, "indicators")


TOLD: Final[Mapping[str, Told]] = {
    "Person.records": Told(4),
    "Unit.records": Told(4),
    "DepartmentRecord.values": Told(50),
    "Person.provenance": _traced(EntityKind.PERSON),
    "Unit.provenance": _traced(EntityKind.UNIT),
}
