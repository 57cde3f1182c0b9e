"""The indicators that an operation asks to be shown, by the graph's names: what access judges.

Told from the document alone, so that they are the same whether anybody is found or not.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from graphql import GraphQLNamedType, GraphQLObjectType, get_named_type, get_nullable_type
from graphql import is_abstract_type as is_abstract
from graphql import is_list_type as is_list
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues

from domain.catalogue.indicators import Indicator, Shape, catalogue
from domain.model.access import REFUSED, Access, Permission, Redaction, RowClass, Ruling
from domain.model.errors import BadInputError
from domain.model.global_ids import PERSON, UNIT
from domain.model.keys import EntityKind, IndicatorName
from resolvers.planning.metadata import (
    Enters,
    Entry,
    FollowsUnit,
    Listing,
    Lists,
    LoadsOfSubject,
    ReadsIndicators,
    ReadsPools,
    ReadsProvenance,
    ReadsRecords,
    ShowsSubject,
    ShowsText,
)
from resolvers.planning.selections import TYPE_NAME, Selected, Selections, arguments_of
from resolvers.provenance import named_indicators

TYPES: Final = {EntityKind.PERSON: PERSON, EntityKind.UNIT: UNIT}


class Column(NamedTuple):
    """One indicator that is shown, or one field that a permission is needed for."""

    field: str
    indicator: IndicatorName | None
    in_list: bool
    permission: Permission | None = None

    def ruling(self, access: Access, rows: RowClass = RowClass.HOME) -> Ruling | None:
        """What becomes of it; None where the field is there for the caller."""
        if self.indicator is not None:
            return access.ruling(self.indicator, rows, in_list=self.in_list)
        if self.permission is None or access.may(self.permission):
            return None
        return REFUSED


Varying = Callable[[VariableValues], Iterable[Column]]


@dataclass(frozen=True, slots=True)
class Columns:
    """What is shown whatever the variables are, and what depends on them.

    `links`: whether links are shown themselves, beside what they lead to.
    """

    fixed: tuple[Column, ...] = ()
    varying: tuple[Varying, ...] = ()
    links: bool = False

    def under(self, variables: VariableValues) -> tuple[Column, ...]:
        """All of it in one request, each once, in the order of the document."""
        if not self.varying:
            return self.fixed
        more = (column for each in self.varying for column in each(variables))
        return tuple(dict.fromkeys((*self.fixed, *more)))


NO_COLUMNS: Final = Columns()


def redactions(
    columns: Iterable[Column], access: Access, rows: RowClass = RowClass.HOME
) -> tuple[Redaction, ...]:
    """What is redacted, each column and reason once, in order of the names."""
    found: set[Redaction] = set()
    for column in columns:
        ruling = column.ruling(access, rows)
        if ruling is not None and ruling.reason is not None:
            found.add(Redaction(column.field, ruling.reason))
    return tuple(sorted(found))


@dataclass(slots=True)
class Fields(Selections):
    """The selections, without an end for fields of the schema about itself: they show no data."""

    def _one(self, type_: GraphQLObjectType, key: str, details: list[FieldDetails]) -> Selected:
        node = details[0].node
        definition = type_.fields.get(node.name.value)
        return Selected(key, node.name.value, definition, details)


def columns_of(fields: Fields, root: GraphQLObjectType) -> Columns:
    """What an operation shows."""
    walk = _Walk(fields)
    walk.through(root.name, root, fields.root(root), in_list=False)
    return Columns(tuple(dict.fromkeys(walk.fixed)), tuple(walk.varying), walk.links)


@dataclass(slots=True)
class _Walk:
    fields: Fields
    fixed: list[Column] = field(default_factory=list)
    varying: list[Varying] = field(default_factory=list)
    links: bool = False

    def through(
        self, owner: str, type_: GraphQLObjectType, selected: Sequence[Selected], *, in_list: bool
    ) -> None:
        """The fields selected of an object; `owner` names where it stands."""
        for one in selected:
            if one.field is None or one.name == TYPE_NAME:
                continue
            self._field(f"{owner}.{one.name}", type_, one, in_list=in_list)
            named = get_named_type(one.field.type)
            is_many = is_list(get_nullable_type(one.field.type))
            for kind in self._kinds(named):
                below = f"{owner}.{one.name}" if _is_part(kind) else kind.name
                listed = in_list or (is_many and not _is_part(kind))
                self.through(below, kind, self.fields.below(one, kind), in_list=listed)

    def _kinds(self, named: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        if isinstance(named, GraphQLObjectType):
            return (named,)
        if is_abstract(named):
            return self.fields.schema.get_possible_types(named)
        return ()

    def _field(
        self, name: str, type_: GraphQLObjectType, selected: Selected, *, in_list: bool
    ) -> None:
        match selected.plan:
            case ReadsIndicators(indicators):
                self.fixed += [Column(name, each, in_list) for each in indicators]
            case ShowsText(indicator) | FollowsUnit(indicator):
                self.fixed.append(Column(name, indicator, in_list))
            case ReadsRecords():
                kind = EntityKind(type_.name.lower())
                self.fixed += _columns(catalogue().of_subject(kind), in_list=in_list)
            case ReadsProvenance():
                kind = EntityKind(type_.name.lower())
                self.varying.append(partial(_named, selected, kind, in_list))
            case ReadsPools() | LoadsOfSubject() | Lists(Listing.LEDGER):
                self.fixed.append(Column(name, None, in_list, Permission.POOLS))
            case ShowsSubject(links=True):
                self.links = True
            case Enters(Entry.PERSON) | Lists(Listing.PERSONS | Listing.PERSONS_OF_UNIT):
                self.fixed.append(Column(name, None, in_list, Permission.PERSONS))
            case _:
                pass


def _is_part(kind: GraphQLObjectType) -> bool:
    """Whether an object is a part of a person or unit: a category, or one of its rows."""
    return kind.name.removesuffix("Row") in _PARTS


_PARTS: Final = frozenset(category.type_name for category in catalogue().categories.values())


def _named(
    selected: Selected,
    kind: EntityKind,
    in_list: bool,  # noqa: FBT001 - bound by partial
    variables: VariableValues,
) -> Iterable[Column]:
    """The indicators that provenance names; none for unknown ones, which the field tells of."""
    try:
        found = named_indicators(kind, arguments_of(selected, variables).get("indicators"))
    except BadInputError:
        return ()
    return _columns(found, in_list=in_list)


def _columns(indicators: Iterable[Indicator], *, in_list: bool) -> Iterator[Column]:
    return (Column(column_name(each), each.name, in_list) for each in indicators)


def column_name(indicator: Indicator) -> str:
    """Where an indicator stands in the graph: `Person.payroll.bankAccountNo`."""
    category = catalogue().categories[indicator.category]
    is_below = category.shape is Shape.OBJECT_ROWS and category.is_row(indicator)
    owner = f"{TYPES[EntityKind(category.subject)]}.{category.field}"
    return f"{owner}.rows.{indicator.name}" if is_below else f"{owner}.{indicator.name}"
