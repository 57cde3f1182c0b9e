"""Builds the plan of an operation: what each level reads, and the source that shows it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLString,
    get_named_type,
)
from graphql.execution.values import VariableValues

from domain.catalogue.indicators import catalogue
from domain.model.access import Permission
from domain.model.global_ids import PERSON, POOL, UNIT, encode_ids
from domain.model.keys import EntityKind, IndicatorName
from domain.model.values import canonical_text
from resolvers.planning.arguments import fixed_arguments, has_variables
from resolvers.planning.cells import CategoryShapes, masking, used_places
from resolvers.planning.computed import named, with_names, without_names
from resolvers.planning.connections import KINDS, ConnectionWriting, list_plan, pool_list_plan
from resolvers.planning.entries import Entry, Fixed, PublicId, is_written, written_rows
from resolvers.planning.metadata import (
    Enters,
    FindsEntities,
    FollowsUnit,
    Listing,
    Lists,
    LoadsOfSubject,
    MakePools,
    OwnsPool,
    Plan,
    ReadsCategory,
    ReadsPools,
    ReadsProvenance,
    ReadsRecords,
    ShowsCity,
    ShowsSubject,
    ShowsText,
)
from resolvers.planning.metadata import Entry as Door
from resolvers.planning.objects import ObjectShapes, permitted
from resolvers.planning.pool_shapes import PoolWriting
from resolvers.planning.projection import pools_wanted_below, varying, wanted_below
from resolvers.planning.reasons import Reason, UnplannableError
from resolvers.planning.selections import TYPE_NAME, Selected, Selections
from resolvers.planning.source import Memo, Source
from resolvers.planning.steps import (
    CityPlan,
    ListPlan,
    LoadedStep,
    Places,
    PoolListPlan,
    PoolPlan,
    PoolsStep,
    QueryPlan,
    Root,
    RootPlan,
    Shape,
    ShownStep,
    Step,
    SubjectPlan,
    UnitStep,
)
from resolvers.planning.usual import Telling
from resolvers.sight import CLEAR, Sight

TYPES: Final[Mapping[EntityKind, str]] = {EntityKind.PERSON: PERSON, EntityKind.UNIT: UNIT}
_DOORS: Final[Mapping[Door, tuple[str, ...]]] = {
    Door.PERSON: (PERSON,),
    Door.UNIT: (UNIT,),
    Door.NODE: (PERSON, UNIT, POOL),
    Door.NODES: (PERSON, UNIT, POOL),
    Door.ENTITIES: (PERSON, UNIT, POOL),
}
_OF_SEVERAL: Final = frozenset({Door.NODES, Door.ENTITIES})


class PlanBuilder:
    """Builds one plan; used once. Rulings become masks, blanks and what is not read at all."""

    def __init__(self, selections: Selections, sight: Sight = CLEAR) -> None:
        self.sight = sight
        self.selections = selections
        self._source = Source()
        self._objects = ObjectShapes(selections, self._source)
        self._kinds: Counter[EntityKind] = Counter()

    def build(self, root: GraphQLObjectType) -> QueryPlan:
        """The plan of the whole operation. Raises UnplannableError."""
        selected = self.selections.root(root)
        constants = {one.key: root.name for one in selected if one.name == TYPE_NAME}
        roots = tuple(self._root(root, one) for one in selected if one.name != TYPE_NAME)
        order = tuple(one.key for one in selected)
        repeated = frozenset(kind for kind, count in self._kinds.items() if count > 1)
        return QueryPlan(roots, self._source.texts, constants, order, repeated)

    def _root(self, root: GraphQLObjectType, selected: Selected) -> Root:
        permitted(root, selected)
        match selected.plan:
            case Enters(entry, make):
                return self._entry(selected, entry, make)
            case Lists(Listing.LEDGER, make) if make is not None:
                return self._ledger(selected, make)
            case Lists(listing):
                return self.connection(selected, listing)
            case FindsEntities(make):
                return self._entry(selected, Door.ENTITIES, make)
            case ShowsCity(show):
                return self._city(selected, show)
            case _:
                raise UnplannableError(Reason.UNKNOWN_FIELD, f"{root.name}.{selected.name}")

    def _entry(self, selected: Selected, entry: Door, make: MakePools | None) -> RootPlan:
        types = _DOORS[entry]
        with self._listed(entry in _OF_SEVERAL):
            return self._root_plan(selected, entry, make, types)

    def _root_plan(
        self, selected: Selected, entry: Door, make: MakePools | None, types: Sequence[str]
    ) -> RootPlan:
        return RootPlan(
            key=selected.key,
            entry=entry,
            nodes=tuple(selected.nodes),
            arguments=fixed_arguments(selected),
            subjects={
                kind: self.subject(selected, kind) for kind, name in TYPES.items() if name in types
            },
            pool=self.pool(selected, make) if make else None,
        )

    @contextmanager
    def _listed(self, is_list: bool = True) -> Iterator[None]:  # noqa: FBT001, FBT002 - whether, not how
        """Inside, everything stands below a list if it did not before."""
        before = self.sight
        self.sight = replace(before, in_list=before.in_list or is_list)
        try:
            yield
        finally:
            self.sight = before

    def _city(self, selected: Selected, show: Callable[..., object]) -> CityPlan:
        shape = self._shape_of_field(selected)
        nodes = tuple(selected.nodes)
        return CityPlan(selected.key, nodes, fixed_arguments(selected), show, shape)

    def _shape_of_field(self, selected: Selected) -> Shape:
        """Shows whatever the field resolves to."""
        if selected.field is None:
            raise UnplannableError(Reason.UNKNOWN_FIELD, selected.name)
        shown = self._objects.value(selected.field.type, selected, "o")
        shape: Shape = self._source.namespace[self._source.function("o", [f"return {shown}"])]
        return shape

    def subject(self, selected: Selected, kind: EntityKind) -> SubjectPlan:
        """The selections below a field that is a person or a unit."""
        name, sight = TYPES[kind], self.sight
        self._kinds[kind] += 1
        writing = _SubjectWriting(self, kind, self._source, self._objects)
        for below in self.selections.below(selected, self.selections.type_named(name)):
            writing.add(self.selections.type_named(name), below)
        nodes, document = selected.nodes, self.selections.document
        varies = any(map(has_variables, writing.varying))
        return SubjectPlan(
            kind=kind,
            type_name=name,
            wanted=sight.reduced(wanted_below(document, nodes, name, kind)),
            varying=sight.reducing(varying(document, nodes, name, kind)) if varies else None,
            steps=tuple(writing.steps),
            categories=tuple(writing.categories.categories),
            singles=tuple(
                catalogue().indicators[name]
                for name in sorted(writing.singles | writing.categories.singles)
            ),
            shape_of=writing.shape_of,
            rows_of=writing.rows_of,
            written_of=writing.written_of,
        )

    def connection(self, selected: Selected, listing: Listing) -> ListPlan:
        """The selections below a field that is a connection."""
        make = partial(self.subject, kind=KINDS[listing])
        with self._listed():
            writing = ConnectionWriting(self.selections, self._source, self._objects, make)
            return list_plan(writing, selected, listing, (fixed_arguments(selected), self.sight))

    def _ledger(self, selected: Selected, make_pool: MakePools) -> PoolListPlan:
        make = partial(self.pool, make=make_pool)
        with self._listed():
            writing = ConnectionWriting(self.selections, self._source, self._objects, make)
            return pool_list_plan(writing, selected, fixed_arguments(selected))

    def pool(self, selected: Selected, make: MakePools) -> PoolPlan:
        """The selections below a field that is a pool or a list of pools."""
        kind = self.selections.type_named(POOL)
        writing = PoolWriting(self._source, self._objects, kind, make)
        for below in self.selections.below(selected, kind):
            if isinstance(below.plan, OwnsPool):
                permitted(kind, below)
                writing.add_unit(below.key, self.subject(below, EntityKind.UNIT))
            else:
                writing.add(below)
        wanted = pools_wanted_below(self.selections.document, selected.nodes, POOL)
        return PoolPlan(wanted, writing.shape(), tuple(writing.units))


class _SubjectWriting:
    """The entries and steps of one selection of a subject."""

    def __init__(
        self, builder: PlanBuilder, kind: EntityKind, source: Source, objects: ObjectShapes
    ) -> None:
        self._builder = builder
        self._kind = kind
        self._sight = builder.sight
        self._source = source
        self._objects = objects
        self.categories = CategoryShapes(builder.selections, source, objects, self._sight)
        self.steps: list[Step] = []
        self.singles: set[IndicatorName] = set()
        self.varying: list[FieldNode] = []
        self._entries: list[Entry] = []
        self._shows_id = False
        self._shows_subject = False

    def add(self, kind: GraphQLObjectType, selected: Selected) -> None:
        """One selected field."""
        if selected.name != TYPE_NAME:
            permitted(kind, selected)
        match selected.plan:
            case plan if plan is not None and self._is_blank(plan):
                self._entries.append((selected.key, Fixed("None", None)))
            case ReadsCategory(code):
                self._entries.append(self.categories.entry(code, kind, selected))
            case ShowsText(indicator, make):
                self._entries.append((selected.key, self._text(indicator, make, selected)))
            case ShowsSubject(show):
                self._add_fixed(selected, self._of_subject(show, selected))
            case None:
                self._entries.append((selected.key, self._known(kind, selected)))
            case step:
                self._add_fixed(selected, f"x[{len(self.steps)}]")
                self.steps.append(self._step(kind, step, selected))

    def shape_of(self, places: Places) -> Shape:
        """The function `shape(subject, values, rows, extras)` for these places."""
        lines = [f"v{place} = v[{place}]" for place in used_places(places)]
        if self._shows_id:
            lines.append(f"i = {self._ids('[s.id]')}[0]")
        return self._function("s, v, r, x", [*lines, f"return {self._shown(places)}"])

    def rows_of(self, places: Places) -> Shape:
        """The function `shape(subjects, extras, rows, columns)` for these places."""
        columns = {f"v{place}": f"V[{place}]" for place in used_places(places)}
        if self.steps:
            columns["x"] = "X"
        if self._shows_id:
            columns["i"] = self._ids("S.ids")
        if self._shows_subject or not columns:
            columns["s"] = "S.subjects"
        name = self._source.loop("S, X, r, V", columns, self._shown(places))
        shape: Shape = self._source.namespace[name]
        return shape

    @property
    def written_of(self) -> Callable[[Places], Shape] | None:
        """As `rows_of`, but as JSON text; None where columns of rows are not all that is shown."""
        if self.steps or not is_written(self._entries):
            return None
        entries = tuple(self._entries)
        return lambda places: written_rows(entries, places)

    def _function(self, arguments: str, lines: Sequence[str]) -> Shape:
        shape: Shape = self._source.namespace[self._source.function(arguments, lines)]
        return shape

    def _shown(self, places: Places) -> str:
        return self._source.entries([(key, write(places)) for key, write in self._entries])

    def _ids(self, locals_: str) -> str:
        """The expression of the public ids of these."""
        kind = self._source.text(TYPES[self._kind])
        return f"{self._source.hold_once('i', encode_ids)}({kind}, {locals_})"

    def _add_fixed(self, selected: Selected, expression: str) -> None:
        self._entries.append((selected.key, lambda _: expression))

    def _known(self, kind: GraphQLObjectType, selected: Selected) -> Callable[[Places], str]:
        """The type's name, or the public id."""
        if selected.name == TYPE_NAME:
            return Fixed(self._source.text(kind.name), kind.name)
        if selected.name != "id":
            raise UnplannableError(Reason.UNKNOWN_FIELD, f"{kind.name}.{selected.name}")
        self._shows_id = True
        return PublicId(TYPES[self._kind])

    def _is_blank(self, plan: Plan) -> bool:
        """Whether the caller sees nothing of it, so that it is not read."""
        match plan:
            case ShowsText(indicator):
                return self._sight.hides(indicator)
            case FollowsUnit(indicator):
                return not self._sight.ruling(indicator).is_clear
            case ReadsPools() | LoadsOfSubject():
                return not self._sight.access.may(Permission.POOLS)
            case _:
                return False

    def _of_subject(self, show: Callable[..., object], selected: Selected) -> str:
        if selected.field is None:
            raise UnplannableError(Reason.UNKNOWN_FIELD, selected.name)
        self._shows_subject = True
        value = f"{self._source.hold('h', show)}(s)"
        return self._objects.value(selected.field.type, selected, value)

    def _text(
        self, indicator: IndicatorName, make: Callable[[str], object] | None, selected: Selected
    ) -> Callable[[Places], str]:
        """The canonical text of an indicator, or the object that a text makes."""
        write = self._source.hold_once("h", canonical_text)
        masked = masking(self._source, self._sight, indicator)
        made = None if make is None else self._made_shape(make, selected, write)
        shape = made or self._text_shape(write)
        self.singles.add(indicator)
        is_as_it_is = made is None and self._sight.ruling(indicator).is_clear
        leaf = GraphQLString.name if is_as_it_is else None
        return Telling(self._source, indicator, lambda value: shape(masked(value)), leaf)

    def _text_shape(self, write: str) -> Callable[[str], str]:
        text = self._source.hold_once("c", str)

        def shape(value: str) -> str:
            held = self._source.name("t")
            given = f"({held} := {value}) is None or {held}.__class__ is {text}"
            return f"({held} if {given} else {write}({held}))"

        return shape

    def _made_shape(
        self, make: Callable[[str], object], selected: Selected, write: str
    ) -> Callable[[str], str]:
        kind = get_named_type(selected.field.type) if selected.field else None
        if not isinstance(kind, GraphQLObjectType):
            raise UnplannableError(Reason.UNKNOWN_FIELD, selected.name)
        project = self._source.namespace[self._objects.function(kind, selected)]
        memo = self._source.hold("d", Memo(lambda text: project(make(text)) if text else None))
        return lambda value: f"{memo}[{write}({value})]"

    def _step(self, kind: GraphQLObjectType, plan: object, selected: Selected) -> Step:
        match plan:
            case FollowsUnit(indicator):
                self.singles.add(indicator)
                below = self._builder.subject(selected, EntityKind.UNIT)
                return UnitStep(selected.key, indicator, below)
            case Lists(listing):
                return self._builder.connection(selected, listing)
            case ReadsPools(make):
                with self._builder._listed():  # noqa: SLF001 - its other half
                    return PoolsStep(self._builder.pool(selected, make))
            case LoadsOfSubject(load):
                return LoadedStep(load, self._builder._shape_of_field(selected))  # noqa: SLF001 - its other half
            case ReadsRecords(show):
                return self._computed(selected, without_names(show, self._sight), None)
            case ReadsProvenance(show):
                self.varying += selected.nodes
                entity = EntityKind(kind.name.lower())
                return self._computed(
                    selected, with_names(show, self._sight), partial(named, selected, entity)
                )
            case _:
                raise UnplannableError(Reason.UNKNOWN_FIELD, f"{kind.name}.{selected.name}")

    def _computed(
        self,
        selected: Selected,
        compute: Callable[..., Sequence[object]],
        indicators: Callable[[VariableValues], Sequence[Any]] | None,
    ) -> ShownStep:
        shape = self._builder._shape_of_field(selected)  # noqa: SLF001 - its other half
        return ShownStep(tuple(selected.nodes), selected.key, compute, indicators, shape)
