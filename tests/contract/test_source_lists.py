"""Lists of a source: every database, driver and kind of key pages as the fake does."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.lanes.port import Row
from adapters.port import (
    OWN_KEY,
    Condition,
    JudgeOrder,
    Listed,
    ListOrder,
    Operator,
    Position,
    Reach,
    SourceReader,
)
from adapters.sql.cells import Cells, Faults
from adapters.sql.lists import PagePlan
from domain.catalogue import handles as h
from domain.model.errors import BadInputError
from domain.model.keys import EntityKind, IndicatorName
from domain.model.records import Value
from domain.model.tally import Tally
from tests.contract.list_city import STYLES, Style
from tests.contract.source_kit import WAYS, Way, marked, opened, run_sql
from tests.support.databases import DatabaseMaker, Kind
from tests.support.fakes import FakeSource

PERSON, UNIT = EntityKind.PERSON, EntityKind.UNIT
IN, BEGINS, CONTAINS = Operator.IN, Operator.BEGINS, Operator.CONTAINS
FROM, TO = Operator.FROM, Operator.TO
Both = tuple[SourceReader, FakeSource]
PERSON_FILTERS: tuple[list[Condition], ...] = (
    [Condition(h.PERSON_NAME, IN, ("张三0", "无此人", "LI1", "li1"))],
    [Condition(h.PERSON_NAME, IN, ("无此人",))],
    [Condition(h.PERSON_NAME, BEGINS, ("张", "Li%"))],
    [Condition(h.PERSON_NAME, BEGINS, ("%", "_", "l"))],
    [Condition(h.PERSON_NAME, CONTAINS, ("_", "%"))],
    [Condition(h.ID_NUMBER, IN, ("370702198001000007", "37070219800100008"))],
    [Condition(h.ESTABLISHMENT_TYPE, IN, ("1", "32"))],
    [Condition(h.ESTABLISHMENT_TYPE, IN, ())],
    [Condition(h.ESTABLISHMENT_TYPE, IN, ("91",))],
    [Condition(h.OCCUPANCY_STATUS, IN, ("1", "2"))],
    [Condition(h.PERSON_STATUS, IN, ("1",))],
    [Condition(h.PERSON_STATUS, IN, ("2",))],
    [Condition(h.ESTABLISHMENT_ENTRY_DATE, FROM, ("2010-06-01",))],
    [Condition(h.ESTABLISHMENT_ENTRY_DATE, TO, ("2010-05-31",))],
    [Condition(h.ESTABLISHMENT_ENTRY_DATE, TO, ("9999-12-31",))],
    [
        Condition(h.ESTABLISHMENT_ENTRY_DATE, FROM, ("1999-01-15",)),
        Condition(h.ESTABLISHMENT_ENTRY_DATE, TO, ("2010-06-01",)),
        Condition(h.ESTABLISHMENT_TYPE, IN, ("3",)),
    ],
    [Condition(h.UNIT_DIVISION, BEGINS, ("3707",))],
    [Condition(h.UNIT_DIVISION, BEGINS, ("370702", "371"))],
    [Condition(h.UNIT_NATURE, IN, ("11",))],
)
UNIT_FILTERS: tuple[list[Condition], ...] = (
    [],
    [Condition(h.UNIT_NAME, CONTAINS, ("处",))],
    [Condition(h.UNIT_NAME, CONTAINS, ("0%", "bureau"))],
    [Condition(h.UNIT_NATURE, IN, ("11",)), Condition(h.UNIT_STATUS, IN, ("1",))],
    [Condition(h.UNIT_DIVISION, BEGINS, ("3707",))],
)
REACHES = ((), (2,), (2, 5, 99), tuple(range(1, 9)))
STEMS = ((), ("370702",), ("370781", "371"), ("37",), ("%", "_"))
BELOW = {1: {1, 2, 3, 4}, 3: {3, 4}, 5: {5, 6}, 7: {7}, 8: {8}, 99: {7}}

pytestmark = pytest.mark.slow


def _pairs() -> list[object]:
    """Every kind of key on every database; every driver with the first kind."""
    return [
        pytest.param((style, way), marks=marked(way).marks, id=f"{style}-{way}")  # type: ignore[attr-defined] # pytest's parameter
        for way in WAYS
        for style in STYLES
        if not way.driver or style is STYLES[0]
    ]


@pytest.fixture(scope="module")
def made() -> dict[tuple[Kind, str], str]:
    """The databases that stand already, by kind and style."""
    return {}


@pytest.fixture(params=_pairs())
def pair(request: pytest.FixtureRequest) -> tuple[Style, Way]:
    """A kind of key and a database."""
    found: tuple[Style, Way] = request.param
    return found


@pytest.fixture
def style(pair: tuple[Style, Way]) -> Style:
    """The kind of key."""
    return pair[0]


@pytest.fixture
async def both(
    pair: tuple[Style, Way],
    made: dict[tuple[Kind, str], str],
    make_module_database: DatabaseMaker,
    tmp_path: Path,
) -> AsyncIterator[Both]:
    """The department in a database, and in memory."""
    style, way = pair
    if (way.kind, style.name) not in made:
        url = make_module_database(way.kind)
        sign = "%" if way.kind == "sqlite" else "%%"
        run_sql(url, *(statement.replace("%", sign) for statement in style.tables()))
        made[way.kind, style.name] = url
    async with opened(way, made[way.kind, style.name], style.mapping(), tmp_path) as source:
        yield source, style.fake()


def an_order(
    *conditions: Condition,
    entity: EntityKind = PERSON,
    limit: int = 100,
    after: Position | None = None,
    each: IndicatorName | None = None,
) -> ListOrder:
    names = {h.PERSON_NAME, h.OCCUPIED_UNIT_CODE} if entity is PERSON else {h.UNIT_NAME}
    return ListOrder(entity, conditions, limit, frozenset(names), after, each)


def shown(rows: Sequence[Listed]) -> list[object]:
    """Keys, cells, places and groups; blanks at the end of a unit code may stand in a place."""
    return [
        (row.facet.key.text, row.facet.values, _trimmed(row.position), row.group) for row in rows
    ]


def _trimmed(position: Position) -> Position:
    return tuple(part and part.rstrip() for part in position)


async def same_pages(both: Both, order: ListOrder) -> Sequence[Listed]:
    """What the source lists, which is what the fake does."""
    source, fake = both
    rows = await source.page(order, Tally())
    theirs = replace(order, after=None if order.after is None else _trimmed(order.after))
    assert shown(rows) == shown(await fake.page(theirs, Tally())), order.conditions
    return rows


async def same_counts(both: Both, order: ListOrder) -> None:
    source, fake = both
    ours, theirs = await source.count(order, Tally()), await fake.count(order, Tally())
    assert ours == theirs, order.conditions


async def test_a_list_goes_by_unit_and_key_in_pages(both: Both) -> None:
    everything = await same_pages(both, an_order())
    walked: list[Listed] = []
    while page := await same_pages(
        both, an_order(limit=9, after=walked[-1].position if walked else None)
    ):
        walked += page

    assert len(everything) == 37
    assert shown(walked) == shown(everything)


async def test_conditions_become_part_of_the_statement(both: Both) -> None:
    for conditions in PERSON_FILTERS:
        await same_pages(both, an_order(*conditions))
        await same_counts(both, an_order(*conditions))


async def test_lists_of_some_units_and_of_those_below_one(both: Both, style: Style) -> None:
    """In a circle, too, and where the unit above is not there."""
    for numbers in ((), (2,), (2, 5, 99), range(1, 9)):
        codes = tuple(style.unit_of(number) for number in numbers)
        rows = await same_pages(both, an_order(Condition(h.OCCUPIED_UNIT_CODE, IN, codes)))
        assert {row.facet.values[h.OCCUPIED_UNIT_CODE] for row in rows} <= set(codes)
    for top, below in BELOW.items():
        code = style.unit_of(top)
        under = Condition(h.OCCUPIED_UNIT_CODE, Operator.UNDER, (code,))
        rows = await same_pages(both, an_order(under))
        units = {str(row.facet.values[h.OCCUPIED_UNIT_CODE]) for row in rows}
        assert units == {style.unit_of(number) for number in below}


async def test_so_many_of_each_unit_by_one_statement(both: Both, style: Style) -> None:
    codes = tuple(style.unit_of(number) for number in (1, 3, 99))
    condition = Condition(h.OCCUPIED_UNIT_CODE, IN, codes)
    source, fake = both
    order = an_order(condition, limit=2, each=h.OCCUPIED_UNIT_CODE)
    tally = Tally()

    rows = await source.page(order, tally)

    theirs = await fake.page(order, Tally())
    assert tally.statements == {"city": 1}
    for code in codes:
        mine = [row.facet.key.text for row in rows if row.group == code]
        assert mine == [row.facet.key.text for row in theirs if row.group == code]
    await same_counts(both, order)


async def test_units_by_their_key(both: Both, style: Style) -> None:
    for conditions in UNIT_FILTERS:
        await same_pages(both, an_order(*conditions, entity=UNIT))
        await same_counts(both, an_order(*conditions, entity=UNIT))
    above = Condition(h.PARENT_UNIT_CODE, IN, (style.unit_of(1),))
    children = await same_pages(both, an_order(above, entity=UNIT))
    assert {row.facet.values[h.UNIT_NAME] for row in children} == {"一处", "二处"}


async def test_a_position_of_another_list_is_refused(both: Both) -> None:
    source, _ = both
    wrong: list[Position] = [("1",), ("1", None), ("1", "2", "3", "4"), ()]

    for after in wrong:
        with pytest.raises(BadInputError):
            await source.page(an_order(after=after), Tally())


def reaches(style: Style) -> list[Reach]:
    """Every mixture of divisions and codes, without codes that are upper case elsewhere."""
    return [
        Reach(stems, tuple(style.unit_of(number) for number in numbers))
        for stems in STEMS
        for numbers in REACHES
    ]


async def test_only_rows_within_reach_are_listed_and_counted(both: Both, style: Style) -> None:
    """Persons by their unit, units by themselves; with a filter, in pages and by groups."""
    codes = tuple(style.unit_of(number) for number in (1, 2, 99))
    each = an_order(Condition(h.OCCUPIED_UNIT_CODE, IN, codes), limit=2, each=h.OCCUPIED_UNIT_CODE)
    orders = [
        an_order(),
        an_order(limit=4),
        an_order(Condition(h.ESTABLISHMENT_TYPE, IN, ("1", "32"))),
        an_order(entity=UNIT),
        an_order(Condition(h.UNIT_NATURE, IN, ("11",)), entity=UNIT),
    ]
    for reach in reaches(style):
        for order in orders:
            rows = await same_pages(both, replace(order, reach=reach))
            await same_counts(both, replace(order, reach=reach))
            assert rows or reach.divisions != ("37",)
        await same_counts(both, replace(each, reach=reach))


async def test_nothing_is_within_a_reach_that_names_nothing(both: Both) -> None:
    source, _ = both
    for entity in (PERSON, UNIT):
        nothing = replace(an_order(entity=entity), reach=Reach())
        assert await source.page(nothing, Tally()) == []
        assert await source.count(nothing, Tally()) == {None: 0}


async def test_a_code_in_other_case_is_another_unit(both: Both, style: Style) -> None:
    source, _ = both
    codes = tuple(style.unit_of(number).swapcase() for number in range(1, 9))
    expected = len(await source.page(an_order(), Tally())) if codes[0].isdigit() else 0
    reach = replace(an_order(), reach=Reach(codes=codes))
    without_unit = [r for r in await source.page(an_order(), Tally()) if r.position[0] is None]

    assert len(await source.page(reach, Tally())) == max(0, expected - len(without_unit))


async def test_rows_are_judged_by_key_and_by_number(both: Both, style: Style) -> None:
    """One statement each, and nothing of a row comes with it."""
    source, fake = both
    keys = tuple(style.key_of(number) for number in (0, 1, 5, 10, 12, 39))
    numbers = ("370702198001000007", "370702198001000010", "370702198001000012", "1")
    units = tuple(style.unit_of(number) for number in (1, 7, 99))
    asked = ((PERSON, OWN_KEY, keys), (PERSON, h.ID_NUMBER, numbers), (UNIT, OWN_KEY, units))
    for reach in reaches(style):
        for entity, by, texts in asked:
            order, tally = JudgeOrder(entity, by, texts, reach), Tally()
            assert await source.judge(order, tally) == await fake.judge(order, Tally())
            assert tally.statements == {"city": 1}


async def test_a_judgement_of_nothing_costs_a_statement_too(both: Both) -> None:
    source, _ = both
    for by in (OWN_KEY, h.ID_NUMBER):
        tally = Tally()
        assert await source.judge(JudgeOrder(PERSON, by, (), Reach(("37",))), tally) == {}
        assert tally.statements == {"city": 1}


async def test_a_scope_of_a_whole_city_of_units_is_bound(both: Both, style: Style) -> None:
    """6,700 codes, of which eight are there; fewer where keys are of another kind."""
    source, _ = both
    number = 6_692 if style is STYLES[0] else 292
    others = tuple(str(100_000 + each) for each in range(number))
    reach = Reach((), (*others, *(style.unit_of(each) for each in range(1, 9))))
    with_unit = [r for r in await source.page(an_order(), Tally()) if r.position[0] is not None]

    bounded = replace(an_order(), reach=reach)
    assert await source.count(bounded, Tally()) == {None: len(with_unit)}
    assert len(await source.page(bounded, Tally())) == len(with_unit)


async def test_a_page_converts_nothing_before_it_is_asked(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, _ = both
    made: list[str] = []
    values, position = Cells.values, PagePlan.position

    def counted_values(self: Cells, row: Row, faults: Faults) -> dict[IndicatorName, Value]:
        made.append("values")
        return values(self, row, faults)

    def counted_position(self: PagePlan, row: Row) -> Position:
        made.append("position")
        return position(self, row)

    monkeypatch.setattr(Cells, "values", counted_values)
    monkeypatch.setattr(PagePlan, "position", counted_position)
    order = ListOrder(UNIT, (), 20, frozenset({h.UNIT_NAME}))

    first, *_ = await source.page(order, Tally())

    assert made == []
    cell = first.page.cells.cells[h.UNIT_NAME]
    assert cell.of(first.rows[0]) == first.facet.values[h.UNIT_NAME]
    assert made == ["values"]
