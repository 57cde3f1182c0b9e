"""Mistakes planted in the generator are found by comparing the two paths."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest

from adapters.stored import Form
from domain.identity.stitching import Gathered
from domain.model.global_ids import UNIT, encode_ids_in_ascii
from domain.model.keys import IndicatorName, LocalKey
from domain.model.subjects import Subject
from resolvers.planning import facts, lone, told, usual, written
from resolvers.planning.levels import Run
from resolvers.planning.lone import Lone
from resolvers.planning.planner import Question
from resolvers.planning.routes import Alike, Facts, Route, Values
from resolvers.planning.rows import FoundRows
from resolvers.planning.source import Source
from resolvers.planning.steps import InRow, Place, Places, SubjectPlan
from resolvers.planning.told import Extras, RowsOfRoute, ToldRows
from resolvers.wanted import Wanted
from schema.graph import make_graph, make_planner
from tests.unit.planning.both import LIMITS, Paths, Seen, by_plan, by_stock, make_paths
from tests.unit.planning.broad import broad_questions
from tests.unit.planning.chance import a_city

CITIES = range(8)
LEAF, ENTRIES = Source.leaf, Source.entries
IN_ROWS, OF_ROUTE, SHOWN = FoundRows.facts, FoundRows._of_route, RowsOfRoute.shown
READ_LONE, UNIT_OF = Lone.read, lone._unit_of
USUAL, KEPT = written.Usual.written, usual._kept
PLACE_AT, STRAIGHT, STITCHED = usual.place_at, facts._straight, facts._stitched
Mutation = Callable[[pytest.MonkeyPatch], None]
Oracle = list[tuple[Question, int, Seen]]


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    """What the stock path answers; no mutation touches it."""
    paths = make_paths()
    questions = broad_questions(paths.graph.core)

    async def ask() -> Oracle:
        pairs = [(question, seed) for question in questions for seed in CITIES]
        return [(q, seed, await by_stock(paths, a_city(seed), q)) for q, seed in pairs]

    return asyncio.run(ask())


async def is_caught(oracle: Oracle) -> bool:
    """Whether any answer of the plans differs, or fails outright."""
    graph = make_graph(LIMITS)
    # A plan belongs to one city: its routes rest on what the sources hold.
    paths = {seed: Paths(graph, make_planner(graph, LIMITS)) for seed in CITIES}
    for question, seed, expected in oracle:
        try:
            planned = await by_plan(paths[seed], a_city(seed), question)
        except (TypeError, AttributeError, KeyError, IndexError):
            return True
        if planned.stock is None and planned != expected:
            return True
    return False


WRITTEN: Final = pytest.mark.parametrize("written_from", [1, 1000])
"""From how many on subjects are written by columns: all, or none."""


@pytest.mark.slow
@WRITTEN
async def test_without_a_mistake_nothing_differs(
    oracle: Oracle, written_from: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "WRITTEN_FROM", written_from)

    assert not await is_caught(oracle)


def guard_dropped(patch: pytest.MonkeyPatch) -> None:
    """Values go out as they are, whatever their type."""
    patch.setattr(Source, "leaf", lambda _self, _kind, value, **_: value)


def null_check_missing(patch: pytest.MonkeyPatch) -> None:
    """None is shown as if it were a value."""

    def shown(_: Source, value: str, shape: Callable[[str], str], *, required: bool) -> str:
        return shape(value)

    patch.setattr(Source, "unless_none", shown)


def required_null_let_through(patch: pytest.MonkeyPatch) -> None:
    """A null where the graph says non-null goes out."""
    patch.setattr(Source, "leaf", lambda self, kind, value, **_: LEAF(self, kind, value))


def _row(place: Place) -> int | None:
    return place.place if isinstance(place, InRow) else place


def column_swapped(patch: pytest.MonkeyPatch) -> None:
    """A field shows the value of another indicator of the same row."""

    def swapped(places: Places, name: IndicatorName) -> Place:
        own = places.get(name)
        others = [n for n, p in places.items() if _row(p) == _row(own) and n != name]
        return PLACE_AT(places, others[0] if others else name)

    patch.setattr(usual, "place_at", swapped)


def place_swapped(patch: pytest.MonkeyPatch) -> None:
    """A field shows nothing where the second row holds it."""

    def swapped(places: Places, name: IndicatorName) -> Place:
        own = PLACE_AT(places, name)
        return None if _row(own) == 1 else own

    patch.setattr(usual, "place_at", swapped)


def alias_wrong(patch: pytest.MonkeyPatch) -> None:
    """Values stand under their neighbours' keys."""

    def shifted(self: Source, entries: Sequence[tuple[str, str]]) -> str:
        keys = [key for key, _ in entries]
        values = [value for _, value in entries]
        return ENTRIES(self, list(zip([*keys[1:], *keys[:1]], values, strict=True)))

    patch.setattr(Source, "entries", shifted)


def order_wrong(patch: pytest.MonkeyPatch) -> None:
    """Fields come in another order than the document's."""
    patch.setattr(Source, "entries", lambda self, entries: ENTRIES(self, list(entries)[::-1]))


def rows_reversed(patch: pytest.MonkeyPatch) -> None:
    """Rows come in another order than the source's."""

    def reversed_rows(plan: SubjectPlan, wanted: Wanted, gathered: Gathered) -> Facts:
        found = STITCHED(plan, wanted, gathered)
        rows = [None if own is None else own[::-1] for own in found.rows]
        return found._replace(rows=rows)

    patch.setattr(facts, "_stitched", reversed_rows)


def missing_row_taken_for_empty(patch: pytest.MonkeyPatch) -> None:
    """Nobody asks the next holder of a row that is gone."""

    def shown(
        plan: SubjectPlan, subject: Subject, route: Route, found: facts._Found
    ) -> Facts | None:
        facts_ = STRAIGHT(plan, subject, route, found)
        if facts_ is None:
            blank: Values = dict.fromkeys(n for read in route.reads for n in read.names)
            values = [blank] * len(subject.keys)
            codes = dict.fromkeys(route.codes)
            return Facts(route.shape(plan), values, [None] * 30, codes, None)
        return facts_

    def in_rows(self: FoundRows, plan: SubjectPlan, subject: Subject, route: Route) -> Facts | None:
        facts_ = IN_ROWS(self, plan, subject, route)
        if facts_ is None:
            blank: Values = dict.fromkeys(n for read in route.reads for n in read.names)
            codes = dict.fromkeys(route.codes)
            return Facts(route.shape(plan), [blank] * len(subject.keys), [None] * 30, codes, None)
        return facts_

    def of_route(self: FoundRows, alike: Alike) -> RowsOfRoute:
        try:
            return OF_ROUTE(self, alike)
        except KeyError:
            nothing = [Nothing()] * len(alike.subjects)
            how = self._mix.shown[id(alike.route)]
            return RowsOfRoute(alike, how, dict.fromkeys(range(30), nothing))

    patch.setattr(facts, "_straight", shown)
    patch.setattr(FoundRows, "facts", in_rows)
    patch.setattr(FoundRows, "_of_route", of_route)


class Nothing:
    """A row without anything in it."""

    def __getitem__(self, _: object) -> None:
        return None


def routes_out_of_order(patch: pytest.MonkeyPatch) -> None:
    """Who is read by another route than the first stands behind all who are not."""

    def placed(_: ToldRows, parts: Sequence[list[Any]]) -> list[Any]:
        return [one for part in parts for one in part]

    patch.setattr(ToldRows, "_placed", placed)


def columns_shifted(patch: pytest.MonkeyPatch) -> None:
    """Each subject is shown with the row of the next one."""

    def shown(self: RowsOfRoute, extras: Extras) -> list[Any]:
        shifted = {p: [*rows[1:], *rows[:1]] for p, rows in self.columns.items()}
        return SHOWN(self._replace(columns=shifted), extras)

    patch.setattr(RowsOfRoute, "shown", shown)


def lone_rows_out_of_place(patch: pytest.MonkeyPatch) -> None:
    """The rows of one alone stand in the order of another's sources."""

    async def turned(self: Lone, *arguments: Any) -> list[Any]:  # noqa: ANN401 - as it takes them
        found = await READ_LONE(self, *arguments)
        return found[::-1]

    patch.setattr(Lone, "read", turned)


def lone_unit_of_another(patch: pytest.MonkeyPatch) -> None:
    """One alone shows the unit that somebody was shown before."""
    shown: list[Subject | None] = []

    async def first(run: Run, key: LocalKey) -> Subject | None:
        shown.append(await UNIT_OF(run, key))
        return shown[0]

    patch.setattr(lone, "_unit_of", first)


def few_values_taken_for_one(patch: pytest.MonkeyPatch) -> None:
    """What the first value of a column means is shown for all of them."""

    def first(self: usual.Few, stored: object) -> object:
        if not self:
            self[stored] = self._make(stored)
        return next(iter(self.values()))

    patch.setattr(usual.Few, "__missing__", first)


@pytest.mark.slow
@pytest.mark.parametrize(
    "mutation",
    [
        guard_dropped,
        null_check_missing,
        required_null_let_through,
        column_swapped,
        place_swapped,
        alias_wrong,
        order_wrong,
        rows_reversed,
        missing_row_taken_for_empty,
        lone_rows_out_of_place,
        lone_unit_of_another,
        few_values_taken_for_one,
        routes_out_of_order,
        columns_shifted,
    ],
    ids=lambda mutation: mutation.__name__,
)
@WRITTEN
async def test_a_mistake_in_the_generator_is_caught(
    oracle: Oracle, mutation: Mutation, written_from: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "WRITTEN_FROM", written_from)
    mutation(monkeypatch)

    assert await is_caught(oracle)


def ids_of_another_kind(patch: pytest.MonkeyPatch) -> None:
    """Ids are written as those of units."""
    patch.setattr(written, "encode_ids_in_ascii", lambda _, ids: encode_ids_in_ascii(UNIT, ids))


def gaps_closed(patch: pytest.MonkeyPatch) -> None:
    """A value stands where the last one was missing."""

    def closed(self: written.Usual, cells: written.Cells) -> list[bytes]:
        given = [one for one in USUAL(self, cells) if one != written.NULL]
        return given + [written.NULL] * (len(list(USUAL(self, cells))) - len(given))

    patch.setattr(written.Usual, "written", closed)


def unread_values_written(patch: pytest.MonkeyPatch) -> None:
    """Whatever is stored is written as a text of it."""
    anything = dict.fromkeys(Form, lambda stored: list(map(str, stored)))
    patch.setattr(written, "_USUAL", anything)


def text_before_left_out(patch: pytest.MonkeyPatch) -> None:
    """Values of few different ones stand without what is before them."""
    patch.setattr(usual, "_kept", lambda _, cell, show: KEPT(b"", cell, show))


@pytest.mark.slow
@pytest.mark.parametrize(
    "mutation",
    [ids_of_another_kind, gaps_closed, unread_values_written, text_before_left_out],
    ids=lambda mutation: mutation.__name__,
)
async def test_a_mistake_in_the_writing_is_caught(
    oracle: Oracle, mutation: Mutation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told, "WRITTEN_FROM", 1)
    mutation(monkeypatch)

    assert await is_caught(oracle)
