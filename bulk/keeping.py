"""The end of a run over persons: links that nothing wants end, and what was seen is kept."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Final

from bulk.population import Population
from bulk.reports import Findings, Outcome, Reading, Stage, Step
from bulk.run import Run
from domain.identity.matching import MatchLevel
from domain.model.departments import Department
from domain.model.keys import EntityKind, SourceName
from store.recording import OpenLink, Recorded
from store.records import Fate, LinkRecords, SeenRecord

Counts = Counter[tuple[SourceName, Fate]]

AT_ONCE: Final = 2000
# Judgements that rest on several sources: none of them is ended while one of these is away.
RELATIVE: Final = frozenset({MatchLevel.MEDIUM, MatchLevel.LOW, MatchLevel.CONFLICT})


async def close_unwanted(run: Run, population: Population) -> None:
    """End our own links whose record is gone or judged no more, among all that were judged."""
    done = 0
    async for subject, page in _links(run, population):
        own = [link for link in page if link.is_automatic(run.stamp.author)]
        if run.is_partial:
            own = [link for link in own if link.level not in RELATIVE]
        unwanted = run.spill.unwanted([link.key_hmac for link in own])
        ended = [link.id for link in own if link.key_hmac in unwanted]
        if ended:
            await run.store.people.close(ended, run.stamp)
        run.findings.changes += Recorded(closed=len(ended))
        done += len(page)
        run.progress.report(Step(Stage.CLOSE, EntityKind.PERSON, subject, done))


async def _links(run: Run, population: Population) -> AsyncIterator[tuple[str, Sequence[OpenLink]]]:
    people = run.store.people
    if population.rejudged is not None:
        judged = [*population.visited, *population.gone]
        for start in range(0, len(judged), AT_ONCE):
            yield "", await people.in_force(judged[start : start + AT_ONCE])
        return
    for source in population.sources:
        after = ""
        while page := await people.list_open(source.name, after):
            after = page[-1].id
            yield source.name, page


async def count_and_keep(run: Run, population: Population) -> None:
    """Count what became of the records of the sources read, and keep what was seen of them.

    Nothing is kept for the next run where a source was away: it must look at the same again.
    """
    await _count(run, population)
    for each in population.sources:
        told = each.reader.description
        reading = Reading(told.name, told.department, each.rows, run.again[told.name], each.why)
        run.findings.readings.append(reading)
    if run.findings.has_failed or run.is_unsure:
        return
    gone = list(population.gone.values())
    for each in population.sources:
        for batch in run.spill.seen(each.name, Outcome.UNUSABLE):
            await run.records.write(batch)
        if population.rejudged is None:
            await _forget_gone(run, each.name)
    await run.records.write((), gone)
    newest = {
        each.name: population.basis.mark(each.reader, each.newest) for each in population.sources
    }
    await run.records.mark(newest)


async def _forget_gone(run: Run, source: SourceName) -> None:
    after = ""
    while page := await run.records.page(source, after):
        after = page[-1].seen.key_hash
        unseen = run.spill.unseen([record.seen.key_hash for record in page])
        await run.records.write((), [each for each in page if each.seen.key_hash in unseen])


async def _count(run: Run, population: Population) -> None:
    departments = {each.name: each.reader.description.department for each in population.sources}
    found: Counts = Counter()
    for source, outcome, is_double, number in run.spill.totals():
        found[source, Fate(outcome or Outcome.UNUSABLE, is_double)] += number
    if population.rejudged is not None:
        found += await counts_of_rest(run.records, population.rejudged.values())
    tell_counts(run.findings, departments, found)


async def counts_of_rest(records: LinkRecords, again: Iterable[SeenRecord]) -> Counts:
    """What is known of all records but those judged again."""
    rest: Counts = Counter()
    for source, fate, number in await records.totals():
        rest[source, fate] += number
    rest.subtract((e.seen.key.source, Fate(e.fate.outcome, e.fate.double)) for e in again)
    return rest


def tell_counts(
    findings: Findings, departments: Mapping[SourceName, Department], counts: Counts
) -> None:
    """Count the records of these sources, double ones under both outcomes."""
    for (source, fate), number in counts.items():
        if source in departments:
            findings.count(Outcome(fate.outcome), departments[source], number)
            if fate.double:
                findings.count(Outcome.DUPLICATE, departments[source], number)
