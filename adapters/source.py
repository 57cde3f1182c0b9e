"""One departmental source behind the reading contract: orders to statements, rows to facets."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date

from adapters.assembly import Assembly
from adapters.counts import PoolReads
from adapters.lanes.port import Lane
from adapters.mapping.model import ColumnRule, EntityRule, SourceMapping
from adapters.options import SourceOptions
from adapters.port import Place, ReadOrder, SearchOrder, SourceDescription, StreamOrder
from adapters.session import Clock, Opened, Session
from adapters.sql.binds import Binder, binder, bucket, key_binds, padded
from adapters.sql.cells import mapped
from adapters.sql.pieces import key_values
from adapters.sql.plans import EntityPlans, Size
from adapters.sql.shapes import key_types, table_of
from adapters.together import together
from domain.model.keys import CategoryCode, IndicatorName, LocalKey
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.records import Facet
from domain.model.tally import Tally


class SqlSource:
    """A department's database, read through its mapping."""

    def __init__(
        self, options: SourceOptions, mapping: SourceMapping, lane: Lane, clock: Clock
    ) -> None:
        self._mapping = mapping
        self.session = Session(options, mapping, lane, clock)
        self._pools = PoolReads(self.session, mapping)
        self._description = describe(options, mapping)

    @property
    def description(self) -> SourceDescription:
        """What this source is and holds."""
        return self._description

    async def open(self) -> None:
        """Looks at the live schema now rather than on first use. Raises SourceError."""
        await self.session.within_deadline(self.session.opened())

    async def close(self) -> None:
        """Gives all connections back."""
        await self.session.lane.close()

    async def read(self, order: ReadOrder, tally: Tally) -> list[Facet | None]:
        """One facet per key, in the order of the keys; None where the source has no such row."""
        if order.entity not in self._mapping.entities:
            return [None] * len(order.keys)
        return await self.session.within_deadline(self._read(order, tally))

    async def search(self, order: SearchOrder, tally: Tally) -> list[Facet]:
        """All matching rows, ordered by local key."""
        entity = self._mapping.entities.get(order.entity)
        if entity is None or order.by not in entity.columns:
            return []
        return await self.session.within_deadline(self._search(order, tally))

    async def stream(self, order: StreamOrder, tally: Tally) -> AsyncIterator[list[Facet]]:
        """Batches of facets in key order; memory is bounded by the batch."""
        if order.entity not in self._mapping.entities:
            return
        opened = await self.session.within_deadline(self.session.opened())
        plans = opened.entities[order.entity]
        values: dict[str, object] = {}
        if order.after is not None:
            binds = key_binds(order.after, self._binders(plans.entity, opened))
            values = key_values(binds[:1], as_array=False)
        plan = plans.all_rows(order.indicators, after=order.after is not None)
        async for rows in self.session.stream(plan.statement, values, order.batch, tally):
            assembly = Assembly(raw=False)
            assembly.add_entities(plan, rows)
            yield self._facets(assembly, sorted_keys(assembly), ())

    async def pools(self, units: Sequence[str], tally: Tally) -> list[PoolRow]:
        """The pools of these units, ordered by unit and type."""
        return await self.session.within_deadline(self._pools.pools(units, tally))

    async def occupied(
        self, units: Sequence[str], today: date, tally: Tally
    ) -> list[OccupiedRow] | None:
        """Occupations in force, counted by unit and type; None where the source keeps no occupations."""
        return await self.session.within_deadline(self._pools.occupied(units, today, tally))

    async def plans(self, units: Sequence[str], today: date, tally: Tally) -> list[PlanRow] | None:
        """Plans in force, summed by unit and type; None where the source keeps no plans."""
        return await self.session.within_deadline(self._pools.plans(units, today, tally))

    async def headcount(self, units: Sequence[str], tally: Tally) -> list[HeadcountRow] | None:
        """Persons in pay, counted by the source's own unit code and type; None where that is not kept."""
        return await self.session.within_deadline(self._pools.headcount(units, tally))

    async def _read(self, order: ReadOrder, tally: Tally) -> list[Facet | None]:
        opened = await self.session.opened()
        plans = opened.entities[order.entity]
        binders = self._binders(plans.entity, opened)
        possible = {key: key_binds(key, binders) for key in order.keys}
        asked = [(key, binds) for key, binds in possible.items() if binds]
        categories = self._categories(plans.entity, order.indicators, order.rows)
        assembly = Assembly(raw=order.raw)
        size = self.session.options.max_keys
        for start in range(0, len(asked), size):
            chunk = [bind for _, binds in asked[start : start + size] for bind in binds]
            await self._read_chunk(assembly, plans, order, chunk, tally)
        facets = self._facets_by_key(assembly, order.keys, categories)
        return [facets.get(key) for key in order.keys]

    async def _read_chunk(
        self,
        assembly: Assembly,
        plans: EntityPlans,
        order: ReadOrder,
        keys: list[tuple[object, ...]],
        tally: Tally,
    ) -> None:
        entity = plans.entity
        categories = self._categories(entity, order.indicators, order.rows)
        has_main = bool(mapped(entity.columns, order.indicators)) or not categories
        size, values = self._key_filter(entity, keys)
        main = [plans.by_key(order.indicators & entity.columns.keys(), size)] if has_main else []
        children = [
            plans.rows(
                category,
                order.indicators & entity.rows[category].columns.keys(),
                size,
                one=len(keys) == 1,
                anchored=not has_main and i == 0,
            )
            for i, category in enumerate(categories)
        ]
        statements = [plan.statement for plan in (*main, *children)]
        answers = await together(
            [self.session.run(statement, values, tally) for statement in statements]
        )
        for plan in main:
            assembly.add_entities(plan, answers.pop(0))
        for i, (category, plan) in enumerate(zip(categories, children, strict=True)):
            assembly.add_children(category, plan, answers[i], anchored=not has_main and i == 0)

    def _key_filter(
        self, entity: EntityRule, keys: list[tuple[object, ...]]
    ) -> tuple[Size, dict[str, object]]:
        if self.session.lane.has_array_binds and len(entity.key) == 1:
            return None, key_values(keys, as_array=True)
        return bucket(len(keys)), key_values(padded(keys), as_array=False)

    async def _search(self, order: SearchOrder, tally: Tally) -> list[Facet]:
        opened = await self.session.opened()
        plans = opened.entities[order.entity]
        entity = plans.entity
        bind = self._binder(entity, entity.columns[order.by], opened)
        spellings = [(value,) for text in order.spellings for value in bind(text)]
        if not spellings:
            return []
        plan = plans.by_value(
            order.by, order.indicators & entity.columns.keys(), bucket(len(spellings))
        )
        assembly = Assembly(raw=order.raw)
        values = key_values(padded(spellings), as_array=False)
        assembly.add_entities(plan, await self.session.run(plan.statement, values, tally))
        categories = self._categories(entity, order.indicators, order.rows)
        await self._add_children(assembly, plans, order, categories, tally)
        return self._facets(assembly, sorted_keys(assembly), categories)

    async def _add_children(
        self,
        assembly: Assembly,
        plans: EntityPlans,
        order: SearchOrder,
        categories: Sequence[CategoryCode],
        tally: Tally,
    ) -> None:
        """Child rows of the keys a search has found."""
        if not assembly.drafts or not categories:
            return
        binders = self._binders(plans.entity, await self.session.opened())
        keys = [bind for key in sorted_keys(assembly) for bind in key_binds(key, binders)]
        size, values = self._key_filter(plans.entity, keys)
        row_plans = [
            plans.rows(
                category,
                order.indicators & plans.entity.rows[category].columns.keys(),
                size,
                one=len(keys) == 1,
                anchored=False,
            )
            for category in categories
        ]
        answers = await together(
            [self.session.run(plan.statement, values, tally) for plan in row_plans]
        )
        for category, plan, rows in zip(categories, row_plans, answers, strict=True):
            assembly.add_children(category, plan, rows, anchored=False)

    def _categories(
        self, entity: EntityRule, wanted: frozenset[IndicatorName], rows: frozenset[CategoryCode]
    ) -> list[CategoryCode]:
        return [
            code
            for code, rule in entity.rows.items()
            if code in rows or wanted & rule.columns.keys()
        ]

    def _binders(self, entity: EntityRule, opened: Opened) -> list[Binder]:
        backend = self.session.options.backend
        return [binder(kind, backend) for kind in key_types(entity, opened.shapes)]

    def _binder(self, entity: EntityRule, rule: ColumnRule, opened: Opened) -> Binder:
        if rule.column is None:
            return lambda text: (text,)
        kind = opened.shapes[table_of(entity, rule)].columns[rule.column]
        return binder(kind, self.session.options.backend)

    def _facets_by_key(
        self, assembly: Assembly, keys: Sequence[str], categories: Sequence[CategoryCode]
    ) -> dict[str, Facet]:
        present = [key for key in dict.fromkeys(keys) if key in assembly.drafts]
        return {facet.key.text: facet for facet in self._facets(assembly, present, categories)}

    def _facets(
        self, assembly: Assembly, keys: Sequence[str], categories: Sequence[CategoryCode]
    ) -> list[Facet]:
        now, source = self.session.now(), self._description
        local = (LocalKey(source.department, source.name, key) for key in keys)
        facets = [
            facet for key in local if (facet := assembly.facet(key, categories, now)) is not None
        ]
        self.session.note_fault("bad_value", assembly.faults.bad_values)
        self.session.note_fault("null_key", assembly.faults.null_keys)
        self.session.note_fault("two_rows_for_one_key", assembly.faults.twins)
        return facets


def sorted_keys(assembly: Assembly) -> list[str]:
    """The keys found, sorted."""
    return sorted(assembly.drafts)


def describe(options: SourceOptions, mapping: SourceMapping) -> SourceDescription:
    """What a source holds, by its mapping alone."""
    return SourceDescription(
        name=options.name,
        department=options.department,
        divisions=options.divisions,
        places={kind: dict(_places(rule)) for kind, rule in mapping.entities.items()},
        personal_keys={kind: rule.personal_key for kind, rule in mapping.entities.items()},
        holds_pools="pool" in mapping.operational,
    )


def _places(entity: EntityRule) -> Iterator[tuple[IndicatorName, Place]]:
    for name, rule in entity.columns.items():
        yield name, Place(str(table_of(entity, rule)), _column_text(rule))
    for rows in entity.rows.values():
        for name, rule in rows.columns.items():
            yield name, Place(str(rows.table), _column_text(rule))


def _column_text(rule: ColumnRule) -> str:
    if rule.column is not None:
        return rule.column
    return rule.sql.text if rule.sql else f"= {rule.const}"
