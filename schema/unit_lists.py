"""The connection of units."""

import strawberry

from resolvers.planning.metadata import Part, ShowsPage
from resolvers.wanted import Wanted
from schema.connections import ConnectionFields, EdgeFields
from schema.fields import described, planned
from schema.units import Unit, unit_of


@strawberry.type(description=described("机构列表的一条", "One unit of a list"))
class UnitEdge(EdgeFields):
    """A unit and its place in the list."""

    wanted: strawberry.Private[Wanted]

    @planned("机构", "the unit", ShowsPage(Part.NODE))
    def node(self) -> Unit:
        """The unit."""
        return unit_of(self.page.nodes[self.index], self.wanted)


@strawberry.type(
    description=described(
        "机构列表：驱动部门每条记录一项，按其单位编码排序",
        "Units: one entry a row of the driving department, by its own unit key",
    )
)
class UnitConnection(ConnectionFields):
    """A page of units."""

    wanted: strawberry.Private[Wanted]

    @planned("各条及其游标", "the entries with their cursors", ShowsPage(Part.EDGES))
    def edges(self) -> list[UnitEdge]:
        """In order."""
        return [
            UnitEdge(page=self.page, index=i, wanted=self.wanted)
            for i in range(len(self.page.nodes))
        ]

    @planned("各机构", "the units themselves", ShowsPage(Part.NODES))
    def nodes(self) -> list[Unit]:
        """In order."""
        return [unit_of(node, self.wanted) for node in self.page.nodes]
