"""From the selections below a field to what must be read for it; pure, the same for every row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    NamedTypeNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values

from domain.catalogue.indicators import Indicator, Shape, catalogue
from domain.model.errors import BadInputError
from domain.model.keys import CategoryCode, EntityKind
from resolvers.planning.metadata import (
    PLAN,
    Part,
    Plan,
    ReadsCategory,
    ReadsIndicators,
    ReadsPool,
    ReadsProvenance,
    ReadsRecords,
    ReadsRows,
    ShowsPage,
    single_indicators,
)
from resolvers.pools import PoolsWanted
from resolvers.provenance import named_indicators
from resolvers.wanted import Wanted, is_row

DEFINITION = "strawberry-definition"


@dataclass(frozen=True, slots=True)
class Document:
    """What the walk needs of the running operation."""

    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    variables: VariableValues


def wanted_of(info: GraphQLResolveInfo[object], type_name: str, kind: EntityKind) -> Wanted:
    """What the selections below the running field want of an object of this type."""
    return wanted_below(_document(info), info.field_nodes, type_name, kind)


def wanted_below(
    document: Document, nodes: list[FieldNode], type_name: str, kind: EntityKind
) -> Wanted:
    """What the selections below some fields want of an object of this type."""
    wanted = Wanted()
    for node, plan in _fields_below(document, nodes, type_name):
        wanted |= _wanted(document, node, plan, type_name, kind)
    return wanted


def varying(
    document: Document, nodes: list[FieldNode], type_name: str, kind: EntityKind
) -> Callable[[VariableValues], Wanted]:
    """The same under the variables of one request, where arguments below hold some."""

    def wanted(variables: VariableValues) -> Wanted:
        own = Document(document.schema, document.fragments, variables)
        return wanted_below(own, nodes, type_name, kind)

    return wanted


def listed_wanted_of(info: GraphQLResolveInfo[object], type_name: str, kind: EntityKind) -> Wanted:
    """What the selections below the running connection want of each of its nodes."""
    document = _document(info)
    nodes = list(_nodes_below(document, info.field_nodes, type_name))
    return wanted_below(document, nodes, type_name, kind)


def listed_pools_wanted_of(info: GraphQLResolveInfo[object], type_name: str) -> PoolsWanted:
    """Which tables the selections below the running connection want of its pools."""
    document = _document(info)
    return pools_wanted_below(
        document, list(_nodes_below(document, info.field_nodes, type_name)), type_name
    )


def _nodes_below(document: Document, nodes: list[FieldNode], type_name: str) -> Iterator[FieldNode]:
    """Where a connection asks for its nodes: by `nodes`, and by the `node` of its `edges`."""
    for field, plan in _fields_below(document, nodes, f"{type_name}Connection"):
        if isinstance(plan, ShowsPage) and plan.part is Part.NODES:
            yield field
        elif isinstance(plan, ShowsPage) and plan.part is Part.EDGES:
            below = _fields_below(document, [field], f"{type_name}Edge")
            yield from (
                edge
                for edge, shown in below
                if isinstance(shown, ShowsPage) and shown.part is Part.NODE
            )


def _document(info: GraphQLResolveInfo[object]) -> Document:
    variables: object = info.variable_values
    if isinstance(variables, dict):  # Strawberry hands resolvers the plain values
        variables = VariableValues({}, variables)
    return Document(info.schema, dict(info.fragments), cast(VariableValues, variables))


def pools_wanted_of(info: GraphQLResolveInfo[object], type_name: str) -> PoolsWanted:
    """Which tables the selections below the running field want of pools."""
    return pools_wanted_below(_document(info), info.field_nodes, type_name)


def pools_wanted_below(document: Document, nodes: list[FieldNode], type_name: str) -> PoolsWanted:
    """Which tables the selections below some fields want of pools."""
    below = _fields_below(document, nodes, type_name)
    plans = [plan for _, plan in below if isinstance(plan, ReadsPool)]
    return PoolsWanted(
        occupied=any(plan.occupied for plan in plans),
        plans=any(plan.plans for plan in plans),
        headcount=any(plan.headcount for plan in plans),
    )


def _wanted(
    document: Document, node: FieldNode, plan: Plan, type_name: str, kind: EntityKind
) -> Wanted:
    match plan:
        case ReadsCategory(code):
            return _of_category(document, node, type_name, code)
        case ReadsRecords():
            return Wanted(whole=True)
        case ReadsProvenance():
            return _of_provenance(document, node, type_name, kind)
        case _:
            return Wanted(values=single_indicators(plan))


def _of_category(document: Document, node: FieldNode, type_name: str, code: CategoryCode) -> Wanted:
    is_list = catalogue().categories[code].shape is Shape.LIST
    below = get_named_type(_object(document, type_name).fields[node.name.value].type)
    wanted = Wanted(rows=frozenset({code} if is_list else ()))
    for child, plan in _fields_below(document, [node], below.name):
        if isinstance(plan, ReadsIndicators):
            wanted |= Wanted(values=plan.indicators)
        if isinstance(plan, ReadsRows):
            wanted |= _of_rows(document, child, below.name, plan)
    return wanted


def _of_rows(document: Document, node: FieldNode, type_name: str, rows: ReadsRows) -> Wanted:
    below = get_named_type(_object(document, type_name).fields[node.name.value].type)
    plans = [plan for _, plan in _fields_below(document, [node], below.name)]
    names = frozenset().union(*(p.indicators for p in plans if isinstance(p, ReadsIndicators)))
    return Wanted(values=names, rows=frozenset({rows.category}))


def _of_provenance(document: Document, node: FieldNode, type_name: str, kind: EntityKind) -> Wanted:
    try:
        found = provenance_indicators(document, node, type_name, kind)
    except BadInputError:
        return Wanted()  # the field itself answers with the error
    return Wanted(
        values=frozenset(i.name for i in found),
        everywhere=frozenset(i.name for i in found),
        rows=frozenset(i.category for i in found if is_row(i.name)),
    )


def provenance_indicators(
    document: Document, node: FieldNode, type_name: str, kind: EntityKind
) -> tuple[Indicator, ...]:
    """The indicators a provenance field names. Raises BadInputError for unknown ones."""
    definition = _object(document, type_name).fields[node.name.value]
    arguments = get_argument_values(definition, node, document.variables)
    return named_indicators(kind, arguments.get("indicators"))


def _object(document: Document, type_name: str) -> GraphQLObjectType:
    found = document.schema.type_map[type_name]
    if not isinstance(found, GraphQLObjectType):
        raise TypeError(f"{type_name} is no object type")
    return found


def _fields_below(
    document: Document, nodes: list[FieldNode], type_name: str
) -> Iterator[tuple[FieldNode, Plan]]:
    """The selected fields that carry a plan; fragments are followed, skipped fields left out."""
    fields = _object(document, type_name).fields
    for field in _every_selected(document, nodes, type_name):
        definition = fields.get(field.name.value)
        plan = plan_of(definition.extensions) if definition else None
        if plan is not None:
            yield field, plan


def _every_selected(
    document: Document, nodes: list[FieldNode], type_name: str
) -> Iterator[FieldNode]:
    """The fields selected below any of the nodes."""
    seen: set[str] = set()
    for node in nodes:
        yield from _selected(document, node.selection_set, type_name, seen)


def plan_of(extensions: dict[str, object]) -> Plan | None:
    """The plan metadata of a field."""
    definition = extensions.get(DEFINITION)
    metadata = getattr(definition, "metadata", None) or {}
    plan: Plan | None = metadata.get(PLAN)
    return plan


def _selected(
    document: Document, selections: SelectionSetNode | None, type_name: str, seen: set[str]
) -> Iterator[FieldNode]:
    for node in selections.selections if selections else ():
        if not _is_included(document, node):
            continue
        if isinstance(node, FieldNode):
            yield node
        else:
            yield from _in_fragment(document, node, type_name, seen)


def _in_fragment(
    document: Document, node: SelectionNode, type_name: str, seen: set[str]
) -> Iterator[FieldNode]:
    fragment = _fragment(document, node, seen)
    if fragment is not None and _applies(document, fragment.type_condition, type_name):
        yield from _selected(document, fragment.selection_set, type_name, seen)


def _fragment(
    document: Document, node: SelectionNode, seen: set[str]
) -> FragmentDefinitionNode | InlineFragmentNode | None:
    """The fragment meant; None for a named one that was followed already."""
    if isinstance(node, InlineFragmentNode):
        return node
    if not isinstance(node, FragmentSpreadNode) or node.name.value in seen:
        return None
    seen.add(node.name.value)
    return document.fragments[node.name.value]


def _applies(document: Document, condition: NamedTypeNode | None, type_name: str) -> bool:
    if condition is None:
        return True
    named = document.schema.type_map[condition.name.value]
    mine = _object(document, type_name)
    return named is mine or (is_abstract_type(named) and document.schema.is_sub_type(named, mine))


def _is_included(document: Document, node: SelectionNode) -> bool:
    skip = get_directive_values(GraphQLSkipDirective, node, document.variables)
    include = get_directive_values(GraphQLIncludeDirective, node, document.variables)
    return not (skip and skip["if"]) and not (include and not include["if"])
