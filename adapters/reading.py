"""Orders for persons and units: keys to statements, rows to facets. All raise LaneError."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from functools import partial

from adapters.assembly import Assembly, row_key
from adapters.lanes.port import Row
from adapters.mapping.model import EntityRule
from adapters.port import LINK_KEY, VERSION, ReadOrder, SearchOrder, StreamOrder
from adapters.session import Session
from adapters.sql.binds import binder, bucket, is_native, keys_binds, padded
from adapters.sql.pieces import Size, Statement, key_values
from adapters.sql.plans import SINCE, EntityPlan, EntityPlans
from adapters.sql.versions import stored_version
from adapters.together import together
from domain.catalogue.indicators import catalogue
from domain.model.errors import BadInputError
from domain.model.keys import KEY_SEPARATOR, CategoryCode
from domain.model.records import Facet
from domain.model.tally import Tally

Keys = list[tuple[object, ...]]
Job = tuple[Statement, Callable[[Sequence[Row]], None]]
"""A statement, and what takes its rows."""


class EntityReads:
    """The persons and units of one source."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def read(self, order: ReadOrder, tally: Tally) -> list[Facet | None]:
        """One facet per key, in the order of the keys."""
        plans = (await self._session.opened()).entities[order.entity]
        binders = plans.binders
        asked = dict.fromkeys(order.keys)
        binds = keys_binds(asked, binders)
        assembly = Assembly(raw=order.raw, asked=asked)
        for chunk in self._chunks(binds):
            await self._read_chunk(assembly, plans, order, chunk, tally)
        facets = {facet.key.text: facet for facet in self._facets(assembly, asked)}
        return [facets.get(key) for key in order.keys]

    async def search(self, order: SearchOrder, tally: Tally) -> list[Facet]:
        """The matching rows, ordered by key."""
        plans = (await self._session.opened()).entities[order.entity]
        entity = plans.entity
        bind = binder(plans.type_of(entity.columns[order.by]), self._backend)
        spellings: Keys = [(value,) for text in order.spellings for value in bind(text)]
        if not spellings:
            return []
        wanted = order.indicators.intersection(entity.columns)
        plan = plans.by_value(order.by, wanted, bucket(len(spellings)))
        values = key_values(padded(spellings), as_array=False)
        assembly = Assembly(raw=order.raw)
        assembly.add_entities(plan, await self._session.run(plan.statement, values, tally))
        binders = plans.binders
        found = keys_binds(tuple(assembly.rows), binders)
        for chunk in self._chunks(found):
            size, keys = self._key_filter(plans, chunk)
            jobs = self._child_jobs(assembly, plans, order, size, anchored=False)
            await self._run_all(jobs, keys, tally)
        return self._facets(assembly, assembly.rows)

    async def stream(self, order: StreamOrder, tally: Tally) -> AsyncIterator[list[Facet]]:
        """Batches of facets in key order; rows with one key stay in one batch."""
        plans = (await self._session.opened()).entities[order.entity]
        values = {} if order.after is None else self._behind(order.after, plans)
        if order.since is not None:
            values[SINCE] = stored_version(order.since)
        wanted = order.indicators.intersection({*plans.entity.columns, LINK_KEY, VERSION})
        after, since = order.after is not None, order.since is not None
        plan = plans.all_rows(wanted, after=after, since=since)
        held: list[Row] = []
        async for rows in self._session.stream(plan.statement, values, order.batch, tally):
            whole, held = _whole_keys([*held, *rows], plan.width)
            if facets := self._streamed(plan, whole):
                yield facets
        if facets := self._streamed(plan, held):
            yield facets

    def _streamed(self, plan: EntityPlan, rows: Sequence[Row]) -> list[Facet]:
        assembly = Assembly(raw=False)
        assembly.add_entities(plan, rows)
        return self._facets(assembly, assembly.rows)

    def _behind(self, key: str, plans: EntityPlans) -> dict[str, object]:
        """The parameters of a key to go on behind. Raises BadInputError."""
        parts, binders = key.split(KEY_SEPARATOR), plans.binders
        if len(parts) != len(binders):
            raise BadInputError("`after` is no key of this source")
        values = []
        for part, bind, kind in zip(parts, binders, plans.key_types, strict=True):
            found = bind(part) if is_native(kind) else (part,)
            if not found:
                raise BadInputError("`after` is no key of this source")
            values.append(found[0])
        return key_values([tuple(values)], as_array=False)

    async def _read_chunk(
        self,
        assembly: Assembly,
        plans: EntityPlans,
        order: ReadOrder,
        keys: Keys,
        tally: Tally,
    ) -> None:
        """The entity's own rows and its child rows at the same time.

        Where nothing of its own is wanted, the first child statement says which keys exist.
        """
        size, values = self._key_filter(plans, keys)
        wanted = order.indicators.intersection({*plans.entity.columns, LINK_KEY})
        jobs: list[Job] = []
        if wanted or not self._categories(plans.entity, order):
            plan = plans.by_key(wanted, size)
            jobs.append((plan.statement, partial(assembly.add_entities, plan)))
        jobs += self._child_jobs(assembly, plans, order, size, anchored=not jobs)
        await self._run_all(jobs, values, tally)

    def _child_jobs(
        self,
        assembly: Assembly,
        plans: EntityPlans,
        order: ReadOrder | SearchOrder,
        size: Size,
        *,
        anchored: bool,
    ) -> list[Job]:
        jobs: list[Job] = []
        for category in self._categories(plans.entity, order):
            wanted = order.indicators.intersection(plans.entity.rows[category].columns)
            plan = plans.children.by_key(category, wanted, size, anchored=anchored and not jobs)
            jobs.append((plan.statement, partial(assembly.add_children, category, plan)))
        return jobs

    async def _run_all(self, jobs: Sequence[Job], values: dict[str, object], tally: Tally) -> None:
        """All statements at the same time; their rows are taken in the order of the jobs."""
        run = self._session.run
        answers = await together([run(statement, values, tally) for statement, _ in jobs])
        for (_, take), rows in zip(jobs, answers, strict=True):
            take(rows)

    def _categories(self, entity: EntityRule, order: ReadOrder | SearchOrder) -> list[CategoryCode]:
        return [
            code
            for code, rule in entity.rows.items()
            if (code in order.rows and catalogue().categories[code].manys)
            or not order.indicators.isdisjoint(rule.columns)
        ]

    def _key_filter(self, plans: EntityPlans, keys: Keys) -> tuple[Size, dict[str, object]]:
        if self._session.lane.has_array_binds and len(plans.entity.key) == 1:
            return None, key_values(keys, as_array=True)
        return bucket(len(keys)), key_values(padded(keys), as_array=False)

    def _chunks(self, keys: Keys) -> Iterator[Keys]:
        size = self._session.options.max_keys
        return (keys[start : start + size] for start in range(0, len(keys), size))

    @property
    def _backend(self) -> str:
        return self._session.options.backend

    def _facets(self, assembly: Assembly, keys: Iterable[str]) -> list[Facet]:
        options = self._session.options
        facets = assembly.facets(options.department, options.name, keys, self._session.now())
        self._session.note_faults(assembly.faults)
        return facets


def _whole_keys(rows: list[Row], width: int) -> tuple[list[Row], list[Row]]:
    """The rows but those of the last key, which may go on in the next batch; and those."""
    last = row_key(rows[-1], width)
    cut = len(rows)
    while cut and row_key(rows[cut - 1], width) == last:
        cut -= 1
    return rows[:cut], rows[cut:]
