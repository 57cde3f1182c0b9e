"""The plan of a connection: its page is read once, its nodes are a level like any other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from graphql import FieldNode, GraphQLObjectType, get_named_type
from graphql.execution.values import VariableValues

from domain.model.global_ids import PERSON, POOL, UNIT
from domain.model.keys import EntityKind
from resolvers.pages import Page
from resolvers.planning.metadata import Listing, Part, ShowsPage
from resolvers.planning.objects import ObjectShapes, permitted
from resolvers.planning.projection import pools_wanted_below, varying, wanted_below
from resolvers.planning.reasons import Reason, UnplannableError
from resolvers.planning.selections import TYPE_NAME, Selected, Selections
from resolvers.planning.source import Source
from resolvers.planning.steps import ListPlan, PoolListPlan, PoolPlan, Shape, SubjectPlan
from resolvers.sight import Sight

KINDS: Final[Mapping[Listing, EntityKind]] = {
    Listing.PERSONS: EntityKind.PERSON,
    Listing.PERSONS_OF_UNIT: EntityKind.PERSON,
    Listing.UNITS: EntityKind.UNIT,
    Listing.CHILDREN: EntityKind.UNIT,
}
_TYPES: Final = {EntityKind.PERSON: PERSON, EntityKind.UNIT: UNIT}
Node = TypeVar("Node", SubjectPlan, PoolPlan)
MakeNode = Callable[[Selected], Node]


@dataclass(slots=True)
class ConnectionWriting(Generic[Node]):
    """Writes one connection: `p` is its page, `o` the same as the graph's fields see it.

    `x` holds what each selection of nodes shows, `t` the total. Nodes of one connection are read
    together, whatever aliases they are asked under.
    """

    selections: Selections
    source: Source
    objects: ObjectShapes
    make_node: MakeNode[Node]
    nodes: list[Node] = field(default_factory=list)
    places: list[FieldNode] = field(default_factory=list)
    is_counted: bool = False

    def shape(self, selected: Selected) -> Shape:
        """The function `shape(page, facts, nodes, total)`."""
        connection = _object_of(selected)
        entries = [
            (below.key, self._entry(connection, below))
            for below in self.selections.below(selected, connection)
        ]
        name = self.source.function("p, o, x, t", [f"return {self.source.entries(entries)}"])
        found: Shape = self.source.namespace[name]
        return found

    def _entry(self, connection: GraphQLObjectType, selected: Selected) -> str:
        if selected.name == TYPE_NAME:
            return self.source.text(connection.name)
        permitted(connection, selected)
        match selected.plan:
            case ShowsPage(Part.NODES):
                return f"x[{self._node(selected)}]"
            case ShowsPage(Part.EDGES):
                return self._edges(selected)
            case ShowsPage(Part.TOTAL):
                self.is_counted = True
                return "t"
            case ShowsPage(Part.PAGE_INFO | Part.DRIVER):
                return self.objects.plain(connection, selected)
            case _:
                raise UnplannableError(Reason.UNKNOWN_FIELD, f"{connection.name}.{selected.name}")

    def _edges(self, selected: Selected) -> str:
        kind = _object_of(selected)
        index, count = self.source.name("i"), self.source.hold_once("h", _indexes)
        entries = [
            (below.key, self._of_edge(kind, below, index))
            for below in self.selections.below(selected, kind)
        ]
        return f"[{self.source.entries(entries)} for {index} in {count}(p)]"

    def _of_edge(self, kind: GraphQLObjectType, selected: Selected, index: str) -> str:
        if selected.name == TYPE_NAME:
            return self.source.text(kind.name)
        permitted(kind, selected)
        match selected.plan:
            case ShowsPage(Part.CURSOR):
                return f"p.seal({index})"
            case ShowsPage(Part.NODE):
                return f"x[{self._node(selected)}][{index}]"
            case _:
                raise UnplannableError(Reason.UNKNOWN_FIELD, f"{kind.name}.{selected.name}")

    def _node(self, selected: Selected) -> int:
        self.nodes.append(self.make_node(selected))
        self.places += selected.nodes
        return len(self.nodes) - 1


def _indexes(page: Page[Any]) -> range:
    return range(len(page.nodes))


Arguments = Callable[[VariableValues], Mapping[str, Any]]


def pool_list_plan(
    writing: ConnectionWriting[PoolPlan], selected: Selected, arguments: Arguments
) -> PoolListPlan:
    """The plan of the ledger."""
    shape = writing.shape(selected)
    return PoolListPlan(
        key=selected.key,
        nodes=tuple(selected.nodes),
        arguments=arguments,
        below=tuple(writing.nodes),
        wanted=pools_wanted_below(writing.selections.document, writing.places, POOL),
        is_counted=writing.is_counted,
        shape=shape,
    )


def list_plan(
    writing: ConnectionWriting[SubjectPlan],
    selected: Selected,
    listing: Listing,
    asked: tuple[Arguments, Sight],
) -> ListPlan:
    """The plan of a connection field, under its arguments and what the caller sees of its nodes."""
    arguments, sight = asked
    shape, kind = writing.shape(selected), KINDS[listing]
    document, name = writing.selections.document, _TYPES[kind]
    varies = any(below.varying is not None for below in writing.nodes)
    return ListPlan(
        key=selected.key,
        nodes=tuple(selected.nodes),
        listing=listing,
        kind=kind,
        arguments=arguments,
        below=tuple(writing.nodes),
        wanted=sight.reduced(wanted_below(document, writing.places, name, kind)),
        varying=sight.reducing(varying(document, writing.places, name, kind)) if varies else None,
        is_counted=writing.is_counted,
        shape=shape,
    )


def _object_of(selected: Selected) -> GraphQLObjectType:
    found = get_named_type(selected.field.type) if selected.field else None
    if not isinstance(found, GraphQLObjectType):
        raise UnplannableError(Reason.UNKNOWN_FIELD, selected.name)
    return found
