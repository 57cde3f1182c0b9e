"""Lists below each unit of a list: one statement a source for all of them, and one for links."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

from adapters.listed import first_rows, keys_of_rows
from adapters.port import (
    Listed,
    Operator,
    SourceReader,
)
from domain.model.alike import SubjectRows
from domain.model.departments import Department
from domain.model.errors import TooComplexError
from domain.model.subjects import Subject
from resolvers.batched import Batched
from resolvers.cursors import Cursors, Place
from resolvers.driving import Driver, ListAsk, UnitTerm, codes_of
from resolvers.linking import Linker, page_order
from resolvers.pages import Page
from resolvers.wanted import Wanted
from resolvers.within import rows_within

MAX_ROWS: Final = 4000
"""Rows that the lists below all units of one level may ask for together."""
MAX_ALONE: Final = 8
"""Lists read at the same moment where each needs statements of its own."""


class ListPage(NamedTuple):
    """One page that is asked for: `ask.terms` ends with that of the unit above, if any."""

    ask: ListAsk
    cursors: Cursors
    size: int
    after: Place | None
    wanted: Wanted


class _Level(NamedTuple):
    """What pages have in common that are read together."""

    ask: ListAsk
    size: int
    wanted: Wanted


async def page_of(linker: Linker, page: ListPage) -> Page[Subject]:
    """One page. Raises BadInputError; SourceUnavailableError for the place of a dead source."""
    driver = Driver(linker.reads, page.ask)
    order = page_order(page.ask.kind, page.wanted, page.size + 1)
    if page.after is None:
        walked = await driver.first(order)
    else:
        walked = await driver.behind(page.after, order)
    department = walked.department

    async def total() -> int | None:
        return None if department is None else await driver.total(department, order)

    rows = first_rows(walked.rows, page.size)
    subjects = await linker.subjects(page.ask.kind, rows, page.wanted)
    keys = keys_of_rows(rows)
    shown = await rows_within(linker.reads, department, keys, subjects)
    return Page(
        *_seated(rows, shown),
        cursors=page.cursors,
        has_next=len(walked.rows) > page.size,
        has_previous=page.after is not None,
        driver=department,
        total=total,
    )


async def pages_of(linker: Linker, pages: list[ListPage]) -> list[Page[Subject]]:
    """The pages below the units of one level, in their order.

    First pages that differ in their unit only are read by one statement a source. The others,
    those behind a cursor or with all subordinate units, have statements of their own.
    """
    if len(pages) == 1:
        return [await page_of(linker, pages[0])]
    levels: dict[_Level, list[int]] = {}
    alone: list[int] = []
    for index, page in enumerate(pages):
        level = _level_of(linker, page)
        if level is None:
            alone.append(index)
        else:
            levels.setdefault(level, []).append(index)
    alone += [indexes[0] for indexes in levels.values() if len(indexes) == 1]
    found: dict[int, Page[Subject]] = {}
    for level, indexes in levels.items():
        if len(indexes) > 1:
            answers = await _Together(linker, level, [pages[i] for i in indexes]).pages()
            found |= zip(indexes, answers, strict=True)
    few = asyncio.Semaphore(MAX_ALONE)

    async def one(index: int) -> None:
        async with few:
            found[index] = await page_of(linker, pages[index])

    await asyncio.gather(*map(one, alone))
    return [found[index] for index in range(len(pages))]


def _level_of(linker: Linker, page: ListPage) -> _Level | None:
    """Which pages this one may be read with; None where it needs statements of its own."""
    if not page.ask.terms:
        return None
    *others, own = page.ask.terms
    is_plain = page.after is None and own.operator is Operator.IN and len(own.units) == 1
    if not is_plain or any(own.indicator == other.indicator for other in others):
        return None
    driver = Driver(linker.reads, page.ask)
    readers = (reader for _, part in driver.readers() for reader in part)
    if any(len(codes_of(own.units[0], reader)) > 1 for reader in readers):
        return None
    return _Level(page.ask._replace(terms=tuple(others)), page.size, page.wanted)


class _Together:
    """The first pages below several units."""

    def __init__(self, linker: Linker, level: _Level, pages: Sequence[ListPage]) -> None:
        if len(pages) * (level.size + 1) > MAX_ROWS:
            raise TooComplexError(
                f"嵌套列表合计超过 {MAX_ROWS} 行 (nested lists of more than {MAX_ROWS} rows)"
            )
        self._linker, self._level, self._pages = linker, level, pages
        self._units = [page.ask.terms[-1].units[0] for page in pages]
        indicator = pages[0].ask.terms[-1].indicator
        together = UnitTerm(indicator, Operator.IN, tuple(self._units))
        ask = level.ask._replace(terms=(*level.ask.terms, together))
        self._driver = Driver(linker.reads, ask)
        order = page_order(level.ask.kind, level.wanted, level.size + 1)
        self._order = replace(order, each=indicator)

    async def pages(self) -> list[Page[Subject]]:
        """One page a unit, in their order."""
        department, readers, answers = await self._read()
        rows = [self._rows_below(unit, readers, answers) for unit in self._units]
        shown = [part[: self._level.size] for part in rows]
        flat = [row for part in shown for row in part]
        linked = await self._linker.subjects(self._level.ask.kind, flat, self._level.wanted)
        keys = keys_of_rows(flat)
        subjects = iter(await rows_within(self._linker.reads, department, keys, linked))
        totals = Batched[int, int | None](partial(self._totals, department, readers))
        return [
            Page(
                *_seated(part, [next(subjects) for _ in part]),
                cursors=page.cursors,
                has_next=len(found) > self._level.size,
                has_previous=False,
                driver=department,
                total=partial(totals.load, index),
            )
            for index, (page, part, found) in enumerate(zip(self._pages, shown, rows, strict=True))
        ]

    async def _read(
        self,
    ) -> tuple[Department | None, list[SourceReader], list[Sequence[Listed] | None]]:
        """The rows of every instance of the first department that lives."""
        for department, readers in self._driver.readers_or_refuse():
            answers = await asyncio.gather(
                *(self._driver.page(reader, self._order) for reader in readers)
            )
            if not readers or any(answer is not None for answer in answers):
                return department, readers, answers
        return None, [], []

    def _rows_below(
        self,
        unit: Subject,
        readers: Sequence[SourceReader],
        answers: Sequence[Sequence[Listed] | None],
    ) -> list[Listed]:
        rows: list[Listed] = []
        for reader, answer in zip(readers, answers, strict=True):
            codes = codes_of(unit, reader)
            rows += [row for row in answer or () if row.group in codes]
        return rows[: self._level.size + 1]

    async def _totals(
        self, department: Department | None, readers: Sequence[SourceReader], indexes: list[int]
    ) -> list[int | None]:
        """How many rows there are below each unit; None where an instance does not answer."""
        if department is None:
            return [None] * len(indexes)
        counts = await asyncio.gather(
            *(self._driver.counts(reader, self._order) for reader in readers)
        )
        if any(count is None for count in counts):
            return [None] * len(indexes)
        return [self._total(self._units[index], readers, counts) for index in indexes]

    def _total(
        self,
        unit: Subject,
        readers: Sequence[SourceReader],
        counts: Sequence[Mapping[str | None, int] | None],
    ) -> int:
        pairs = zip(readers, counts, strict=True)
        return sum(
            (count or {}).get(code, 0) for reader, count in pairs for code in codes_of(unit, reader)
        )


def _seated(
    rows: Sequence[Listed], subjects: Sequence[Subject | None]
) -> tuple[Sequence[Subject], Callable[[int], Place]]:
    """Those who may be shown, and where they stand."""
    if isinstance(subjects, SubjectRows):
        return subjects, lambda index: Place(rows[index].key.source, rows[index].position)
    pairs = [(row, s) for row, s in zip(rows, subjects, strict=True) if s is not None]

    def place(index: int) -> Place:
        row = pairs[index][0]
        return Place(row.key.source, row.position)

    return [subject for _, subject in pairs], place
