"""Reads the persons to be judged: those that changed and all that stand with them, or everyone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from adapters.port import SourceReader
from bulk.approach import Basis, Plan, Why, plan_reading, rules_of
from bulk.gathering import Gatherer, TooMuchError
from bulk.reading import Wanted, note_unread, stream
from bulk.rows import read_row
from bulk.run import Run
from bulk.spilling import put_aside
from bulk.successions import city_day
from bulk.survey import Survey, Surveyor, see_versions
from domain.identity.versions import Versions
from domain.model.errors import SourceError
from domain.model.keys import SourceName
from domain.model.records import Facet
from store.records import Seen, SeenRecord

AT_LEAST: Final = 1000
SHARE: Final = 4
"""Where more than a fourth changed, reading all is less work than reading by key."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source that was read: how, how many rows, and the newest version among them."""

    reader: SourceReader
    why: Why | None
    rows: int
    newest: str | None

    @property
    def name(self) -> SourceName:
        """Its name."""
        return self.reader.description.name


@dataclass(frozen=True, slots=True)
class Population:
    """What was read, on what basis; `rejudged`: what was known of the records that are judged anew.

    None: every record is.
    """

    basis: Basis
    sources: Sequence[Source]
    rejudged: dict[str, SeenRecord] | None = None
    visited: Sequence[str] = ()
    gone: dict[str, SeenRecord] = field(default_factory=dict)


async def read_people(run: Run, wanted: Wanted, *, full: bool) -> Population:
    """Put the records to be judged into the spill."""
    basis = Basis(rules_of(run.holders), run.places.digest)
    marks = await run.records.marks()
    plan = plan_reading(run.holders, wanted, marks, basis, full=full)
    if not plan.judges_all:
        try:
            return await _read_changes(run, wanted, plan, basis)
        except TooMuchError:
            plan = plan.whole(Why.MUCH)
            await asyncio.to_thread(run.spill.clear)
    return await _read_all(run, wanted, plan, basis)


async def _read_changes(run: Run, wanted: Wanted, plan: Plan, basis: Basis) -> Population:
    day = city_day(run.stamp.at)
    surveyor = Surveyor(run.records, wanted, partial(_see, run), run.progress, day)
    surveys: list[Survey] = []
    failed: list[tuple[SourceReader, SourceError]] = []
    for reader in run.holders:
        try:
            surveys.append(await surveyor.survey(reader, plan.of[reader.description.name]))
        except SourceError as error:
            failed.append((reader, error))
    limit = await _limit(run)
    if sum(each.size for each in surveys) > limit:
        raise TooMuchError
    gatherer = Gatherer(run, wanted, {each.name: each.reader for each in surveys}, limit)
    await gatherer.gather(surveys)
    for reader, lost in (*failed, *gatherer.lost):
        note_unread(reader, lost, run.findings)
    return Population(
        basis,
        [_surveyed(each) for each in surveys if each.name in gatherer.readers],
        gatherer.rejudged,
        list(gatherer.visited),
        gatherer.gone,
    )


def _see(run: Run, reader: SourceReader, facet: Facet) -> Seen:
    return read_row(run, reader, facet)[0]


def _surveyed(survey: Survey) -> Source:
    return Source(survey.reader, survey.why, survey.rows, survey.versions.mark)


async def _limit(run: Run) -> int:
    known = [await run.records.count(reader.description.name) for reader in run.holders]
    return max(AT_LEAST, sum(known) // SHARE)


async def _read_all(run: Run, wanted: Wanted, plan: Plan, basis: Basis) -> Population:
    sources = []
    for reader in run.holders:
        try:
            sources.append(await _spill_source(run, reader, wanted, plan))
        except SourceError as error:
            note_unread(reader, error, run.findings)
            await asyncio.to_thread(run.spill.forget, reader.description.name)
    return Population(basis, sources)


async def _spill_source(run: Run, reader: SourceReader, wanted: Wanted, plan: Plan) -> Source:
    versions = Versions(city_day(run.stamp.at))
    rows = 0
    async for facets in stream(reader, wanted, run.progress):
        rows += len(facets)
        for facet in facets:
            see_versions(versions, facet)
        await put_aside(run, reader, facets)
    why = plan.of[reader.description.name].why
    return Source(reader, why, rows, versions.mark)
