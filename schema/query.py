"""Query: where every question starts. Thin: check the arguments, ask resolvers, wrap."""

from asyncio import gather
from typing import Annotated

import strawberry
from strawberry.federation.schema_directives import Shareable

from domain.model.global_ids import PERSON, POOL, UNIT
from domain.model.keys import EntityKind
from resolvers.context import RequestContext
from resolvers.ledger import POOLS, PoolPageAsk, list_ledger
from resolvers.listing import PERSONS, UNITS, PageAsk, list_persons, list_units
from resolvers.nodes import check_number, decoded_id
from resolvers.people import find_person
from resolvers.planning.metadata import PLAN, Enters, Entry, Listing, Lists, ShowsCity
from resolvers.planning.projection import listed_pools_wanted_of, listed_wanted_of
from resolvers.units import find_unit
from resolvers.uses import USES, list_uses
from schema.checking.seeking import LOG_FIELD
from schema.connections import After, first_argument
from schema.data_uses import DataUseFilter, DataUsePage, use_filter
from schema.entities import FederationFields
from schema.fields import (
    Info,
    argument,
    described,
    listed_sight,
    planned,
    resolving,
    sight_below,
)
from schema.filters import (
    LedgerFilter,
    PersonFilter,
    UnitFilter,
    given,
    ledger_filter,
    person_filter,
    unit_filter,
)
from schema.finding import find_object
from schema.ledger import EstablishmentPoolConnection
from schema.nodes import Node
from schema.people import Person, make_person, wanted_person
from schema.person_lists import PersonConnection
from schema.sources import Indicator, Source, show_indicators, show_source
from schema.unit_lists import UnitConnection
from schema.units import Unit, make_unit, pool_fields
from schema.viewer import Viewer, make_viewer

Id = Annotated[strawberry.ID | None, argument("全局标识", "a global id")]


@strawberry.type(description=described("查询", "All questions"))
class Query(FederationFields):
    """The root of all questions."""

    @strawberry.field(
        description=described("按全局标识查找任一对象", "any object by its global id"),
        directives=[Shareable()],
        metadata={PLAN: Enters(Entry.NODE, pool_fields)},
    )
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, argument("全局标识", "a global id")],  # noqa: A002 - the contract's name
    ) -> Node | None:
        """Null for an id that names nothing."""
        return await _node(info, id)

    @strawberry.field(
        description=described(
            "按多个全局标识查找", "objects by their global ids, in the same order; at most 200"
        ),
        directives=[Shareable()],
        metadata={PLAN: Enters(Entry.NODES, pool_fields)},
    )
    async def nodes(
        self, info: Info, ids: Annotated[list[strawberry.ID], argument("全局标识", "global ids")]
    ) -> list[Node | None]:
        """A malformed id gives null in its place and one error."""
        check_number(ids)
        return await gather(*(_node(info, each) for each in ids), return_exceptions=True)  # type: ignore[return-value] # an exception in a list is that item's error

    @planned(
        "一键查人：id 与 idNumber 二选一",
        "one-click lookup of a person; exactly one argument; null when nobody has it",
        Enters(Entry.PERSON),
    )
    async def person(
        self,
        info: Info,
        id: Id = strawberry.UNSET,  # noqa: A002 - the contract's name
        id_number: Annotated[
            str | None,
            argument(
                "身份证号，15 或 18 位",
                "ID number, 15 or 18 characters; spaces and width do not matter",
            ),
        ] = strawberry.UNSET,
    ) -> Person | None:
        """The person, answered from all departments that are asked for."""
        wanted = wanted_person(info)
        readable = sight_below(info).reduced(wanted)
        subject = await find_person(info.context, given(id), given(id_number), readable)
        return make_person(subject, wanted)

    @planned(
        "查机构：id、unitCode、creditCode 三选一",
        "one unit; exactly one argument; unitCode may be a past one",
        Enters(Entry.UNIT),
    )
    async def unit(
        self,
        info: Info,
        id: Id = strawberry.UNSET,  # noqa: A002 - the contract's name
        unit_code: Annotated[
            str | None, argument("编办标准单位编码", "the Establishment Office's standard code")
        ] = strawberry.UNSET,
        credit_code: Annotated[
            str | None,
            argument("统一社会信用代码，18 位", "unified social credit code, 18 characters"),
        ] = strawberry.UNSET,
    ) -> Unit | None:
        """The unit, answered from all departments that are asked for."""
        named = (given(id), given(unit_code), given(credit_code))
        return make_unit(info, await find_unit(info.context, *named))

    @planned(
        "人员列表：按单位与人员编号排序",
        "persons by unit and key, driven by the first living department that holds the filter",
        Lists(Listing.PERSONS),
    )
    async def persons(
        self,
        info: Info,
        filter: Annotated[  # noqa: A002 - the contract's name
            PersonFilter | None, argument("筛选", "which persons")
        ] = strawberry.UNSET,
        first: Annotated[int | None, first_argument(PERSONS)] = PERSONS,
        after: After = strawberry.UNSET,
    ) -> PersonConnection:
        """A page of persons."""
        wanted = listed_wanted_of(resolving(info), PERSON, EntityKind.PERSON)
        ask = PageAsk(first, given(after), listed_sight(info).reduced(wanted))
        page = await list_persons(info.context, person_filter(filter), ask)
        return PersonConnection(page=page, wanted=wanted)

    @planned(
        "机构列表：按单位编码排序",
        "units by key, driven by the first living department that holds the filter",
        Lists(Listing.UNITS),
    )
    async def units(
        self,
        info: Info,
        filter: Annotated[  # noqa: A002 - the contract's name
            UnitFilter | None, argument("筛选", "which units")
        ] = strawberry.UNSET,
        first: Annotated[int | None, first_argument(UNITS)] = UNITS,
        after: After = strawberry.UNSET,
    ) -> UnitConnection:
        """A page of units."""
        wanted = listed_wanted_of(resolving(info), UNIT, EntityKind.UNIT)
        ask = PageAsk(first, given(after), listed_sight(info).reduced(wanted))
        page = await list_units(info.context, unit_filter(filter), ask)
        return UnitConnection(page=page, wanted=wanted)

    @planned(
        "编制台账：全市编制池，由编办驱动",
        "the ledger: the pools of the city by source, unit and type, driven by the "
        "Establishment Office alone",
        Lists(Listing.LEDGER, pool_fields),
    )
    async def ledger(
        self,
        info: Info,
        filter: Annotated[  # noqa: A002 - the contract's name
            LedgerFilter | None, argument("筛选", "which pools")
        ] = strawberry.UNSET,
        first: Annotated[int | None, first_argument(POOLS)] = POOLS,
        after: After = strawberry.UNSET,
    ) -> EstablishmentPoolConnection:
        """A page of pools; empty and driven by nobody while the office is down."""
        wanted = listed_pools_wanted_of(resolving(info), POOL)
        ask = PoolPageAsk(first, given(after), wanted)
        page = await list_ledger(info.context, ledger_filter(filter), ask)
        return EstablishmentPoolConnection(page=page)

    @strawberry.field(
        description=described(
            "数据反查：谁查阅过本部门的数据",
            "who read the data of a department, newest first; for auditors, and for the "
            "department's own reviewers and data stewards",
        ),
        metadata={LOG_FIELD: True},
    )
    async def data_uses(
        self,
        info: Info,
        filter: Annotated[  # noqa: A002 - the contract's name
            DataUseFilter | None, argument("筛选", "which uses")
        ] = strawberry.UNSET,
        first: Annotated[int | None, first_argument(USES)] = USES,
        after: After = strawberry.UNSET,
    ) -> DataUsePage:
        """A page of uses; itself an entry of the log."""
        asked = use_filter(filter)
        page = await list_uses(info.context, asked, given(first), given(after))
        return DataUsePage(page=page)

    @planned(
        "各数据源的状态",
        "how each departmental source is doing",
        ShowsCity(lambda context, _: _sources(context)),
    )
    def sources(self, info: Info) -> list[Source]:
        """In the order of the departments, then by name."""
        return _sources(info.context)

    @planned(
        "指标目录（218 项）",
        "the catalogue of 218 indicators",
        ShowsCity(lambda _, arguments: show_indicators(arguments.get("category"))),
    )
    def indicators(
        self,
        category: Annotated[
            str | None, argument("类别代码，如 PER", "a category by code, field or type name")
        ] = strawberry.UNSET,
    ) -> list[Indicator]:
        """In catalogue order."""
        return show_indicators(given(category))

    @planned(
        "当前登录者；未启用访问控制时为空",
        "who asks; null where access control is off",
        ShowsCity(lambda context, _: make_viewer(context.principal)),
    )
    def me(self, info: Info) -> Viewer | None:
        """The caller of this request."""
        return make_viewer(info.context.principal)


def _sources(context: RequestContext) -> list[Source]:
    return [show_source(health) for health in context.health()]


async def _node(info: Info, public_id: str) -> Node | None:
    return await find_object(info, decoded_id(public_id))
