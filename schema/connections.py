"""What all connections share: page info, cursors, the driving department, the total."""

from dataclasses import dataclass
from typing import Annotated, Any

import strawberry
from strawberry.federation.schema_directives import Shareable

from domain.model.subjects import Subject
from resolvers.pages import MAX_PAGE, Page
from resolvers.planning.metadata import Part, ShowsPage
from resolvers.wanted import Wanted
from schema.enums import Department, department_value
from schema.fields import argument, described, plain, planned

After = Annotated[
    str | None,
    argument(
        "上一页的 endCursor；只对同一列表、同一筛选条件有效",
        "the endCursor of the page before; of the same list under the same filter only",
    ),
]


@dataclass(frozen=True, slots=True)
class ListedPage:
    """What a connection shows; stands for it where naming its type would go in a circle."""

    page: Page[Subject]
    wanted: Wanted


@strawberry.type(
    description=described("分页信息", "Where a page stands in its list"), directives=[Shareable()]
)
class PageInfo:
    """A page's place; cursors are sealed only when they are asked for."""

    page: strawberry.Private[Page[Any]]  # Any: of whatever entries
    has_next_page: bool = plain("其后是否还有", "whether more entries follow")
    has_previous_page: bool = plain("其前是否还有", "whether entries stand before it")

    @strawberry.field(description=described("首条的游标", "the cursor of the first entry"))
    def start_cursor(self) -> str | None:
        """Null where the page is empty."""
        return self.page.cursor(0)

    @strawberry.field(description=described("末条的游标", "the cursor of the last entry"))
    def end_cursor(self) -> str | None:
        """Null where the page is empty."""
        return self.page.cursor(-1)


@strawberry.type
class ConnectionFields:
    """The fields of every connection beside its edges and nodes."""

    page: strawberry.Private[Page[Any]]  # Any: of whatever entries

    @planned("分页信息", "where the page stands in its list", ShowsPage(Part.PAGE_INFO))
    def page_info(self) -> PageInfo:
        """Where the page stands."""
        page = self.page
        return PageInfo(page=page, has_next_page=page.has_next, has_previous_page=page.has_previous)

    @planned(
        "符合条件的总数，只在查询时计算；有数据源不可用时为空",
        "how many entries meet the filter; counted only when asked for, null where a source "
        "that may hold some does not answer",
        ShowsPage(Part.TOTAL),
    )
    async def total_count(self) -> int | None:
        """Counted by the driving department."""
        return await self.page.total()

    @planned(
        "由哪个部门驱动；均不可用时为空",
        "the department whose rows and order these are; null where none answers",
        ShowsPage(Part.DRIVER),
    )
    def driven_by(self) -> Department | None:
        """The driving department."""
        return department_value(self.page.driver) if self.page.driver else None


@strawberry.type
class EdgeFields:
    """The cursor of every edge."""

    page: strawberry.Private[Page[Any]]  # Any: of whatever entries
    index: strawberry.Private[int]

    @planned("游标，不透明", "the cursor, opaque", ShowsPage(Part.CURSOR))
    def cursor(self) -> str:
        """Of this entry under this filter."""
        return self.page.seal(self.index)


def first_argument(default: int) -> Any:  # noqa: ANN401 - Strawberry's marker of an argument
    """The annotation of `first`."""
    return argument(
        f"最多返回多少条，0 至 {MAX_PAGE}，默认 {default}",
        f"at most so many entries, 0 to {MAX_PAGE}; {default} when left out",
    )
