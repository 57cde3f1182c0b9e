"""The Unit of the graph and its establishment pools."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import strawberry

from domain.catalogue import handles
from domain.catalogue.indicators import catalogue
from domain.identity.stitching import stitch_value
from domain.model.access import Permission
from domain.model.global_ids import PERSON, POOL, UNIT, encode_id
from domain.model.keys import EntityKind, IndicatorName, LocalKey
from domain.model.many import made
from domain.model.subjects import Subject
from domain.model.values import canonical_text
from resolvers.context import RequestContext
from resolvers.listing import CHILDREN, PERSONS, PageAsk, list_children, list_persons_of
from resolvers.planning.metadata import (
    FollowsUnit,
    Listing,
    Lists,
    LoadsOfSubject,
    OwnsPool,
    ReadsPool,
    ReadsPools,
    ShowsText,
)
from resolvers.planning.projection import listed_wanted_of, pools_wanted_of, wanted_of
from resolvers.pool_totals import TotalsAsk
from resolvers.pools import Pool, PoolAsk, PoolsWanted, pool_id
from resolvers.units import follow_unit
from resolvers.wanted import Wanted
from schema.codes import Code, Division, make_code
from schema.connections import After, ListedPage, first_argument
from schema.enums import FreezeStatus
from schema.fields import (
    Info,
    argument,
    described,
    keyed,
    listed_sight,
    planned,
    resolving,
)
from schema.filters import PersonFilter, given, person_filter
from schema.nodes import Node, SubjectFields, category_fields, seen_of, text_of
from schema.pool_totals import PoolTotals, make_totals

if TYPE_CHECKING:
    from schema.person_lists import PersonConnection
    from schema.unit_lists import UnitConnection

_Categories: Any = strawberry.type(
    type("UnitCategories", (SubjectFields,), {"__module__": __name__, **category_fields("unit")})
)


@strawberry.type(
    description=described("机构", "A unit, answered live from the four departments"),
    directives=keyed(UNIT),
)
class Unit(Node, _Categories):  # type: ignore[misc] # the 6 category fields are made at run time
    """One unit; every field that departments answer is nullable."""

    @planned(
        "单位编码（编办标准编码）",
        "the Establishment Office's standard code",
        ShowsText(handles.UNIT_CODE),
    )
    async def unit_code(self, info: Info) -> str | None:
        """The standard unit code."""
        return await text_of(self, info, handles.UNIT_CODE)

    @planned("统一社会信用代码", "unified social credit code", ShowsText(handles.USCC))
    async def credit_code(self, info: Info) -> str | None:
        """The credit code."""
        return await text_of(self, info, handles.USCC)

    @planned("机构名称", "approved full name", ShowsText(handles.UNIT_NAME))
    async def name(self, info: Info) -> str | None:
        """The approved name."""
        return await text_of(self, info, handles.UNIT_NAME)

    @planned(
        "所在行政区划",
        "the division it belongs to",
        ShowsText(handles.UNIT_DIVISION, lambda code: Division(code=code)),
    )
    async def division(self, info: Info) -> Division | None:
        """The division."""
        code = await text_of(self, info, handles.UNIT_DIVISION)
        return Division(code=code) if code else None

    @planned(
        "上级单位",
        "the unit directly above; null when not linked",
        FollowsUnit(handles.PARENT_UNIT_CODE),
    )
    async def parent(self, info: Info) -> "Unit | None":
        """The unit above."""
        return await unit_named_by(self, info, handles.PARENT_UNIT_CODE)

    @planned(
        "编制池（单位 × 编制类型）；编办不可用或无此单位时为空",
        "its establishment pools; null when the Establishment Office is down or lacks the unit",
        ReadsPools(lambda pools: pool_fields(pools)),  # noqa: PLW0108 - defined below
    )
    async def pools(self, info: Info) -> "list[EstablishmentPool] | None":
        """One pool per establishment type, by type code."""
        wanted = pools_wanted_of(resolving(info), POOL)
        found = await pools_of(info, self.subject, wanted)
        return None if found is None else [make_pool(pool) for pool in found]

    @planned(
        "直接下级单位",
        "the units directly below, by their key",
        Lists(Listing.CHILDREN),
    )
    async def children(
        self,
        info: Info,
        first: Annotated[int | None, first_argument(CHILDREN)] = CHILDREN,
        after: After = strawberry.UNSET,
    ) -> Annotated["UnitConnection", strawberry.lazy("schema.unit_lists")]:
        """A page of them."""
        wanted = listed_wanted_of(resolving(info), UNIT, EntityKind.UNIT)
        ask = PageAsk(first, given(after), listed_sight(info).reduced(wanted))
        page = await list_children(info.context, self.subject, ask)
        return ListedPage(page, wanted)  # type: ignore[return-value] # see ListedPage

    @planned(
        "占用本单位编制的人员",
        "the persons whose quota is this unit's",
        Lists(Listing.PERSONS_OF_UNIT),
    )
    async def persons(
        self,
        info: Info,
        filter: Annotated[  # noqa: A002 - the contract's name
            PersonFilter | None, argument("筛选", "which of them")
        ] = strawberry.UNSET,
        first: Annotated[int | None, first_argument(PERSONS)] = PERSONS,
        after: After = strawberry.UNSET,
    ) -> Annotated["PersonConnection", strawberry.lazy("schema.person_lists")]:
        """A page of them."""
        wanted = listed_wanted_of(resolving(info), PERSON, EntityKind.PERSON)
        ask = PageAsk(first, given(after), listed_sight(info).reduced(wanted))
        page = await list_persons_of(info.context, self.subject, person_filter(filter), ask)
        return ListedPage(page, wanted)  # type: ignore[return-value] # see ListedPage

    @planned(
        "本单位及下属各单位编制池合计；编办有任一数据源不可用时为空",
        "sums over its pools and those of all units below it; null while a source of the "
        "Establishment Office that may hold a part of them does not answer",
        LoadsOfSubject(lambda context, subject: _totals_of(context, subject)),  # noqa: PLW0108 - defined below
    )
    async def pool_totals(self, info: Info) -> PoolTotals | None:
        """Each pool counts once, whatever circles the tree of units has."""
        return await _totals_of(info.context, self.subject)


def _number(name: str, *, occupied: bool = False, plans: bool = False) -> ReadsPool:
    """The field shows one of a pool's numbers, which rests on these further tables."""
    return ReadsPool(occupied=occupied, plans=plans, path=("numbers", name))


@strawberry.type(
    description=described(
        "编制池（单位 × 编制类型）", "One pool: a unit and an establishment type"
    ),
    directives=keyed(POOL),
)
class EstablishmentPool(Node):
    """The numbers of one pool; unknown is null, never 0."""

    pool: strawberry.Private[Pool]
    approved: int | None = planned("核定数", "approved quota A", _number("approved"))
    as_of: datetime | None = planned(
        "读取时间", "when the numbers were read", ReadsPool(path=("as_of",))
    )

    @planned("所属单位", "the unit it belongs to", OwnsPool())
    def unit(self, info: Info) -> Unit | None:
        """The unit."""
        return make_unit(info, self.pool.unit)

    @planned(
        "编制类型",
        "establishment type",
        ReadsPool(path=("type",), make=partial(make_code, "establishment_type")),
    )
    def establishment_type(self) -> Code | None:
        """The type of quota."""
        return make_code("establishment_type", self.pool.type)

    @planned("实有占编数", "occupied O", _number("occupied", occupied=True))
    def occupied(self) -> int | None:
        """Occupations in force."""
        return self.pool.numbers.occupied

    @planned(
        "空编数，超编时为负",
        "vacant, A - O; negative when over-staffed",
        _number("vacant", occupied=True),
    )
    def vacant(self) -> int | None:
        """A - O."""
        return self.pool.numbers.vacant

    @planned("超编数", "over-staffing, max(0, O - A)", _number("over", occupied=True))
    def over(self) -> int | None:
        """max(0, O - A)."""
        return self.pool.numbers.over

    @planned("锁定数", "vacancies held by order, L", _number("locked"))
    def locked(self) -> int | None:
        """L."""
        return self.pool.numbers.locked

    @planned(
        "计划未用数",
        "posts of plans in force not yet entered, Pa",
        _number("plan_unused", plans=True),
    )
    def plan_unused(self) -> int | None:
        """Pa."""
        return self.pool.numbers.plan_unused

    @planned("在途申请数", "posts held by open plan applications, Po", _number("plan_pending"))
    def plan_pending(self) -> int | None:
        """Po; 0 while no cases exist."""
        return self.pool.numbers.plan_pending

    @planned("入编预占数", "posts reserved by open entries, Re", _number("entry_reserved"))
    def entry_reserved(self) -> int | None:
        """Re; 0 while no cases exist."""
        return self.pool.numbers.entry_reserved

    @planned("待出编数", "approved exits not yet effective, X", _number("exit_pending"))
    def exit_pending(self) -> int | None:
        """X; 0 while no cases exist."""
        return self.pool.numbers.exit_pending

    @planned(
        "可申请数",
        "posts that may still be applied for",
        _number("applicable", occupied=True, plans=True),
    )
    def applicable(self) -> int | None:
        """0 if frozen, else max(0, A - O - L - Pa - Po)."""
        return self.pool.numbers.applicable

    @planned("可使用数", "posts in approved plans not yet reserved", _number("usable", plans=True))
    def usable(self) -> int | None:
        """Pa - Re."""
        return self.pool.numbers.usable

    @planned(
        "现可使用数",
        "posts that may be filled today",
        _number("usable_now", occupied=True, plans=True),
    )
    def usable_now(self) -> int | None:
        """0 if frozen, else max(0, min(Pa - Re, A - O - L - Re))."""
        return self.pool.numbers.usable_now

    @planned("冻结状态", "freeze, derived at each read", ReadsPool(occupied=True))
    def freeze(self) -> FreezeStatus:
        """OPEN, FULL, OVER, ORDER or UNKNOWN."""
        return FreezeStatus[self.pool.numbers.freeze]

    @planned(
        "财政在发人数；无法归入唯一编制池时为空",
        "persons in pay at Finance; null where they cannot be assigned to one pool",
        ReadsPool(headcount=True, path=("headcount",)),
    )
    def payroll_headcount(self) -> int | None:
        """Counted in Finance by its own unit codes and types."""
        return self.pool.headcount


async def _totals_of(context: RequestContext, unit: Subject) -> PoolTotals | None:
    if not context.access.may(Permission.POOLS):
        return None
    totals = await context.loaders.pool_totals.load(TotalsAsk(unit, context.today))
    return make_totals(totals) if totals else None


async def unit_named_by(subject: SubjectFields, info: Info, name: IndicatorName) -> Unit | None:
    """The unit linked to a unit code, read as a code of the department that answered it."""
    gathered, _, sight = await seen_of(subject, info)
    if not sight.ruling(name).is_clear:
        return None
    answer = stitch_value(gathered, catalogue().indicators[name])
    code = canonical_text(answer.value)
    if code is None or answer.key is None:
        return None
    key = LocalKey(answer.key.department, answer.key.source, code)
    return make_unit(info, await follow_unit(info.context, key))


async def pools_of(info: Info, unit: Subject, wanted: PoolsWanted) -> tuple[Pool, ...] | None:
    """The pools of a unit; read once a request for all units of a level."""
    context = info.context
    if not context.access.may(Permission.POOLS):
        return None
    return await context.loaders.pools.load(PoolAsk(unit, wanted, context.today, context.now))


def make_unit(info: Info, subject: Subject | None) -> Unit | None:
    """The graph's unit of a subject, wanting what the running field's selections want."""
    if subject is None:
        return None
    wanted = wanted_of(resolving(info), UNIT, EntityKind.UNIT)
    return unit_of(subject, wanted)


def unit_of(subject: Subject, wanted: Wanted) -> Unit:
    """The graph's unit of a subject."""
    return Unit(id=strawberry.ID(encode_id(UNIT, subject.id)), subject=subject, wanted=wanted)


class PoolFields(NamedTuple):
    """A pool under the name by which the graph's own methods know it; plans show them of it."""

    pool: Pool


def pool_fields(pools: Sequence[Pool]) -> list[PoolFields]:
    """What the methods of pools take, without an object of the graph for each."""
    return made(PoolFields, zip(pools, strict=True))


def make_pool(pool: Pool) -> EstablishmentPool:
    """The graph's pool."""
    return EstablishmentPool(
        id=strawberry.ID(pool_id(pool)),
        pool=pool,
        approved=pool.numbers.approved,
        as_of=pool.as_of,
    )
