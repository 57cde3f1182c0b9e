"""The connection of establishment pools."""

import strawberry

from resolvers.planning.metadata import Part, ShowsPage
from schema.connections import ConnectionFields, EdgeFields
from schema.fields import described, planned
from schema.units import EstablishmentPool, make_pool


@strawberry.type(description=described("台账条目", "A pool in the ledger, with its cursor"))
class EstablishmentPoolEdge(EdgeFields):
    """One pool and where it stands."""

    @planned("编制池", "the pool", ShowsPage(Part.NODE))
    def node(self) -> EstablishmentPool:
        """The pool."""
        return make_pool(self.page.nodes[self.index])


@strawberry.type(description=described("台账分页", "One page of the ledger"))
class EstablishmentPoolConnection(ConnectionFields):
    """Pools in the order of source, unit and type."""

    @planned("各条及其游标", "the entries with their cursors", ShowsPage(Part.EDGES))
    def edges(self) -> list[EstablishmentPoolEdge]:
        """In order."""
        return [EstablishmentPoolEdge(page=self.page, index=i) for i in range(len(self.page.nodes))]

    @planned("各编制池", "the pools themselves", ShowsPage(Part.NODES))
    def nodes(self) -> list[EstablishmentPool]:
        """In order."""
        return [make_pool(pool) for pool in self.page.nodes]
