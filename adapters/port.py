"""The reading contract of a department: what a source is asked, and what it answers."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import repeat
from typing import Final, NamedTuple, Protocol

from adapters.stored import Cell, StoredRow
from domain.model.departments import Department
from domain.model.keys import (
    CategoryCode,
    DivisionCode,
    EntityKind,
    IndicatorName,
    LocalKey,
    SourceName,
)
from domain.model.many import made
from domain.model.pools import HeadcountRow, OccupiedRow, PlanRow, PoolRow
from domain.model.quota import FreezeStatus
from domain.model.records import Facet
from domain.model.succession import SuccessionRow
from domain.model.tally import Tally

LINK_KEY: Final = IndicatorName("link_key")
"""Asked for in a stream beside indicators: the person's link key. It is never shown."""
OWN_KEY: Final = IndicatorName("own_key")
"""Stands for the local key in a condition and in a JudgeOrder."""
VERSION: Final = IndicatorName("version")
"""Asked for in a stream beside indicators: a mark of the row's last change, a text of ours."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an indicator lives, for provenance; `column` may be an expression."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """What a source is and holds; known without asking the database.

    `places` says per entity which indicators the mapping names and where. `divisions` empty = all.
    `link_keys` gives the name of the key, other than the ID number, that links an entity's records.
    `versioned`: the indicators whose changes the entity's version column tells. `digest` changes
    with the mapping and with the database it is read from.
    """

    name: SourceName
    department: Department
    divisions: tuple[DivisionCode, ...]
    places: Mapping[EntityKind, Mapping[IndicatorName, Place]]
    personal_keys: Mapping[EntityKind, bool]
    holds_pools: bool
    link_keys: Mapping[EntityKind, str] = field(default_factory=dict)
    versioned: Mapping[EntityKind, frozenset[IndicatorName]] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True, slots=True)
class ReadOrder:
    """Rows asked for by local key.

    `rows` names categories whose child rows are wanted even without an indicator, `raw` asks for
    the stored texts too.
    """

    entity: EntityKind
    keys: tuple[str, ...]
    indicators: frozenset[IndicatorName]
    rows: frozenset[CategoryCode] = frozenset()
    raw: bool = False


@dataclass(frozen=True, slots=True)
class SearchOrder:
    """Rows whose indicator `by` equals one of the spellings."""

    entity: EntityKind
    by: IndicatorName
    spellings: tuple[str, ...]
    indicators: frozenset[IndicatorName]
    rows: frozenset[CategoryCode] = frozenset()
    raw: bool = False


@dataclass(frozen=True, slots=True)
class StreamOrder:
    """All live rows of an entity in key order, without child rows; `after` resumes.

    `since`: only rows whose version is not below this one, and those without a version.
    """

    entity: EntityKind
    indicators: frozenset[IndicatorName]
    after: str | None = None
    batch: int = 2000
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """The rows a caller may reach: of units in one of the divisions, or with one of the codes.

    Persons and pools are reached by their unit. `divisions` are codes without their empty ends,
    `codes` the source's own; where both are empty no row is within reach.
    """

    divisions: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgeOrder:
    """Which rows with these texts in `by`, OWN_KEY or an indicator, are within reach.

    Without texts it costs what it costs with some, and finds nothing. `reach` None: all of them.
    `hosted_on`: of persons, not their own unit counts but the host that a record of absence in
    force that day names, by its code.
    """

    entity: EntityKind
    by: IndicatorName
    texts: tuple[str, ...]
    reach: Reach | None
    hosted_on: date | None = None


@dataclass(frozen=True, slots=True)
class PoolFilter:
    """Which pools; None: whatever it is.

    `units` are keys of the source, `under` codes of units that stand for all below them in the
    source's own tree too, `division` a code without its empty ends, `types` standard codes
    with everything below them; a pool without quota and without people is not among the FULL ones.
    """

    units: tuple[str, ...] | None = None
    division: str | None = None
    types: tuple[str, ...] | None = None
    freeze: frozenset[FreezeStatus] | None = None
    min_over: int | None = None
    under: tuple[str, ...] | None = None
    reach: Reach | None = None

    @property
    def counts_people(self) -> bool:
        """Whether it rests on the occupations in force."""
        return self.freeze is not None or self.min_over is not None


@dataclass(frozen=True, slots=True)
class PoolListOrder:
    """The first `limit` pools behind `after`, in the order of unit and type; `today` in the city.

    `others`: the other types of each unit are wanted too; `numbers`: occupations and plans too.
    """

    filter: PoolFilter
    limit: int
    today: date
    after: tuple[str, str] | None = None
    others: bool = False
    numbers: bool = False


class ListedPool(NamedTuple):
    """One pool of a list; `others` are the other types of its unit, where they were asked for.

    `occupied` and `plan_unused` are known where they were asked for, the former also where the
    filter rests on it, and the source keeps them.
    """

    row: PoolRow
    position: tuple[str, str]
    occupied: int | None = None
    plan_unused: int | None = None
    others: tuple[str, ...] = ()


class Operator(StrEnum):
    """How a condition compares the value of an indicator.

    IN: equal to one of the texts, or a code that is or lies below one of the codes. BEGINS and
    CONTAINS: with one of the texts. FROM and TO: a day, itself included. UNDER: a unit code that
    is one of the codes or lies below it in the source's own tree of units.
    """

    IN = "in"
    BEGINS = "begins"
    CONTAINS = "contains"
    FROM = "from"
    TO = "to"
    UNDER = "under"


@dataclass(frozen=True, slots=True)
class Condition:
    """An operator over one indicator; `values` are texts as the graph shows them, days in ISO form.

    In a list of persons an indicator of units is that of the unit whose quota the person uses.
    """

    indicator: IndicatorName
    operator: Operator
    values: tuple[str, ...]


Position = tuple[str | None, ...]
"""Where a row stands in its source's order: the unit's code for persons, then the key's parts."""


@dataclass(frozen=True, slots=True)
class ListOrder:
    """The first `limit` rows behind `after` that meet all conditions, without child rows.

    They stand in the order of their positions. `each`: at most `limit` rows for each value of this
    indicator, which an IN condition names. `reach`: only rows within it, all where it is None.
    """

    entity: EntityKind
    conditions: tuple[Condition, ...]
    limit: int
    indicators: frozenset[IndicatorName]
    after: Position | None = None
    each: IndicatorName | None = None
    raw: bool = False
    reach: Reach | None = None


class ListCells(NamedTuple):
    """The asked indicators in the rows of a list: the same object until the schema is seen anew."""

    names: frozenset[IndicatorName]
    cells: Mapping[IndicatorName, Cell]


class ListRows(Protocol):
    """How the rows of one page are read; nothing is converted before it is asked for."""

    cells: ListCells

    def position(self, row: StoredRow) -> Position:
        """Where a row stands."""

    def facet(self, key: LocalKey, rows: Sequence[StoredRow]) -> Facet:
        """What rows at one place say: the first of them, the others as its twins."""


class Listed(NamedTuple):
    """One row of a list as the driver gave it, with its twins behind it.

    `group` is its value of the order's `each`, as it was asked for.
    """

    key: LocalKey
    rows: Sequence[StoredRow]
    page: ListRows
    group: str | None = None

    @property
    def position(self) -> Position:
        """Where it stands in its source's order."""
        return self.page.position(self.rows[0])

    @property
    def facet(self) -> Facet:
        """The same row as a reading by order tells it; made, and its faults counted, each time."""
        return self.page.facet(self.key, self.rows)


def listed_rows(
    keys: Sequence[LocalKey],
    rows: Sequence[StoredRow],
    page: ListRows,
    groups: Iterable[str | None],
) -> list[Listed]:
    """The rows of a page, each alone at its place, without a call in Python for each."""
    return made(Listed, zip(keys, zip(rows, strict=True), repeat(page), groups, strict=False))


@dataclass(slots=True)
class Look:
    """One look at a source's schema; nothing that was prepared for an earlier one is used."""

    is_last: bool = True


class RowReader(Protocol):
    """One prepared read of an entity's own rows, that hands over rows as the driver gives them.

    Columns that were asked for stand in `cells`; nothing else is read. `look` is what it was
    prepared for.
    """

    cells: Mapping[IndicatorName, Cell]
    look: Look

    async def fetch(self, keys: Sequence[str], tally: Tally) -> Mapping[str, Sequence[object]]:
        """The row of each key that the source has. Raises SourceError."""

    async def fetch_one(self, key: str, tally: Tally) -> Sequence[object] | None:
        """The row of a key; None where the source has none. Raises SourceError."""

    def facet(self, key: str, row: Sequence[object]) -> Facet:
        """The same row as a reading by order tells it."""

    def pair(self, by: IndicatorName, names: frozenset[IndicatorName]) -> "PairReader | None":
        """The same read of persons with the unit that the code of `by` names, and these of it.

        None where the source cannot tell both by one statement.
        """


class PairReader(RowReader, Protocol):
    """A prepared read of persons whose `fetch_one` brings the unit too, where it is there."""

    def unit_in(self, row: Sequence[object]) -> tuple[str, Sequence[object]] | None:
        """The key and the row of the unit, as a read of those indicators alone has it."""


class SourceReader(Protocol):
    """One departmental source, read by keys and wanted indicators.

    Every method raises a SourceError when the source cannot answer, and never returns half.
    """

    @property
    def description(self) -> SourceDescription:
        """What this source is and holds."""

    async def read(self, order: ReadOrder, tally: Tally) -> list[Facet | None]:
        """One facet per key, in the order of the keys; None where the source has no such row."""

    def row_reader(
        self, entity: EntityKind, indicators: frozenset[IndicatorName]
    ) -> RowReader | None:
        """A prepared read of these single indicators; None where only an order can tell them."""

    async def search(self, order: SearchOrder, tally: Tally) -> list[Facet]:
        """The matching rows, ordered by local key; a bounded number of them."""

    async def page(self, order: ListOrder, tally: Tally) -> Sequence[Listed]:
        """The rows of one page; each key once a unit, in the order of positions.

        Raises BadInputError for an `after` that is no position of this source.
        """

    async def count(self, order: ListOrder, tally: Tally) -> Mapping[str | None, int]:
        """How many rows meet the conditions, by group; limit and `after` do not matter."""

    async def judge(self, order: JudgeOrder, tally: Tally) -> Mapping[str, bool]:
        """For each text that a live row has: whether one of those rows is within reach.

        Nothing else of a row leaves the source.
        """

    def stream(self, order: StreamOrder, tally: Tally) -> AsyncIterator[list[Facet]]:
        """Batches of facets in key order; memory is bounded by the batch."""

    async def pools(self, units: Sequence[str], tally: Tally) -> list[PoolRow]:
        """The pools of these units, ordered by unit and type. Establishment Office only."""

    async def list_pools(self, order: PoolListOrder, tally: Tally) -> Sequence[ListedPool]:
        """One page of pools. Establishment Office only. Raises BadInputError on a wrong `after`."""

    async def count_pools(self, wanted: PoolFilter, today: date, tally: Tally) -> int:
        """How many pools the filter lets through."""

    async def occupied(
        self, units: Sequence[str], today: date, tally: Tally
    ) -> list[OccupiedRow] | None:
        """Occupations in force by unit and type; None where the source keeps none."""

    async def plans(self, units: Sequence[str], today: date, tally: Tally) -> list[PlanRow] | None:
        """Plans in force, summed by unit and type; None where the source keeps no plans."""

    async def headcount(self, units: Sequence[str], tally: Tally) -> Sequence[HeadcountRow] | None:
        """Persons in pay by the source's own unit code and type; None where not kept."""

    async def successions(self, tally: Tally) -> list[SuccessionRow] | None:
        """What became of units, by day; None where the source keeps no register of it."""
