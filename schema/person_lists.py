"""The connection of persons."""

import strawberry

from resolvers.planning.metadata import Part, ShowsPage
from resolvers.wanted import Wanted
from schema.connections import ConnectionFields, EdgeFields
from schema.fields import described, planned
from schema.people import Person, person_of


@strawberry.type(description=described("人员列表的一条", "One person of a list"))
class PersonEdge(EdgeFields):
    """A person and its place in the list."""

    wanted: strawberry.Private[Wanted]

    @planned("人员", "the person", ShowsPage(Part.NODE))
    def node(self) -> Person:
        """The person."""
        return person_of(self.page.nodes[self.index], self.wanted)


@strawberry.type(
    description=described(
        "人员列表：驱动部门每条记录一项，按单位与人员编号排序",
        "Persons: one entry a row of the driving department, by unit and its own person key",
    )
)
class PersonConnection(ConnectionFields):
    """A page of persons."""

    wanted: strawberry.Private[Wanted]

    @planned("各条及其游标", "the entries with their cursors", ShowsPage(Part.EDGES))
    def edges(self) -> list[PersonEdge]:
        """In order."""
        return [
            PersonEdge(page=self.page, index=i, wanted=self.wanted)
            for i in range(len(self.page.nodes))
        ]

    @planned("各人员", "the persons themselves", ShowsPage(Part.NODES))
    def nodes(self) -> list[Person]:
        """In order."""
        return [person_of(node, self.wanted) for node in self.page.nodes]
