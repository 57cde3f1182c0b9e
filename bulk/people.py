"""Links the persons of a whole city by valid ID number and equal name."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from adapters.port import SourceReader
from bulk.reading import Wanted, list_holders, note_unread, stream, text_of
from bulk.reports import Findings, LinkSummary, Outcome, Progress, Stage, Step
from domain.catalogue.handles import ID_NUMBER, PERSON_NAME
from domain.identity.id_numbers import NormalisedIdNumber, NumberResult, normalise_id_number
from domain.identity.matching import Judgement, MatchLevel, PersonEvidence, decide_group
from domain.model.errors import SourceError
from domain.model.keys import EntityKind
from domain.model.records import Facet
from store.database import Store
from store.people import PersonToLink
from store.recording import Recorded, RowToLink, Stamp
from store.spill import Spill, WaitingRow, open_spill

INDICATORS: Final = frozenset({PERSON_NAME, ID_NUMBER})
GROUPS_AT_ONCE: Final = 500
LINKED_LEVELS: Final = frozenset({MatchLevel.CERTAIN})
OUTCOMES: Final = {
    MatchLevel.CERTAIN: Outcome.CERTAIN,
    MatchLevel.HIGH: Outcome.LIKE_NAME,
    MatchLevel.CONFLICT: Outcome.CONFLICT,
}

# Stands for a number in the judgement of a group that shares its hash.
_SHARED: Final = NormalisedIdNumber("", NumberResult.VALID, ())

Group = list[WaitingRow]
Verdict = tuple[Group, Judgement]


@dataclass(slots=True)
class Run:
    """One run over the persons: where it writes, what it found, who watches."""

    store: Store
    stamp: Stamp
    progress: Progress
    spill: Spill
    findings: Findings


@dataclass(slots=True)
class _Growth:
    """Lets the platform database plan anew each time that what was written has doubled."""

    store: Store
    opened: int = 0
    planned_at: int = 0

    async def notice(self, opened: int) -> None:
        """So many links more."""
        self.opened += opened
        if self.opened > 2 * self.planned_at:
            self.planned_at = self.opened
            await self.store.refresh_statistics()


async def link_people(
    readers: Sequence[SourceReader],
    store: Store,
    stamp: Stamp,
    progress: Progress,
    *,
    batch: int = 2000,
) -> LinkSummary:
    """Read every source once, link what is certain, and end what no longer is.

    A source that cannot be read to its end is left as it is linked, and named in the summary.
    """
    findings = Findings()
    wanted = Wanted(EntityKind.PERSON, INDICATORS, needed=sorted(INDICATORS), batch=batch)
    with open_spill() as spill:
        run = Run(store, stamp, progress, spill, findings)
        holders = list_holders(readers, wanted, findings)
        read = [reader for reader in holders if await _spill_source(run, reader, wanted)]
        await _link_groups(run)
        for reader in read:
            await _close_unwanted(run, reader)
    return findings.summary(EntityKind.PERSON)


async def _spill_source(run: Run, reader: SourceReader, wanted: Wanted) -> bool:
    """Put a source's usable records aside; False, and nothing kept, where it broke off."""
    description = reader.description
    unusable: Counter[Outcome] = Counter()
    try:
        async for facets in stream(reader, wanted, run.progress):
            rows = []
            for facet in facets:
                row = _waiting_row(run, facet, personal=_is_personal(reader))
                if isinstance(row, Outcome):
                    unusable[row] += 1
                else:
                    rows.append(row)
            await asyncio.to_thread(run.spill.add, rows)
    except SourceError as error:
        note_unread(reader, error, run.findings)
        await asyncio.to_thread(run.spill.forget, description.name)
        return False
    for outcome, number in unusable.items():
        run.findings.count(outcome, description.department, number)
    return True


def _waiting_row(run: Run, facet: Facet, *, personal: bool) -> WaitingRow | Outcome:
    told = {(_number(each), text_of(each, PERSON_NAME)) for each in (facet, *facet.twins)}
    if len(told) > 1:
        # One key that says two things may be two persons.
        return Outcome.CONFLICT
    ((number, name),) = told
    if number is None or not name:
        return Outcome.UNUSABLE
    people = run.store.people
    hashes = people.blind_index(number), people.key_index(facet.key)
    return WaitingRow(*hashes, facet.key, personal, name)


def _number(facet: Facet) -> str | None:
    normal = normalise_id_number(text_of(facet, ID_NUMBER))
    return normal.text if normal.is_valid else None


async def _link_groups(run: Run) -> None:
    groups = run.spill.groups()
    may_be_contradicted = await _knows_an_unread_source(run)
    growth = _Growth(run.store)
    done = 0
    while batch := await asyncio.to_thread(_take, groups):
        judged = [(group, decide_group([_evidence(row) for row in group])) for group in batch]
        certain = [(g, judgement) for g, judgement in judged if judgement.level in LINKED_LEVELS]
        if may_be_contradicted:
            certain = await _already_linked(run, certain)
        people = [_person(group, judgement) for group, judgement in certain]
        changes = await run.store.people.record_links(people, run.stamp)
        run.findings.changes += changes
        await growth.notice(changes.opened)
        run.spill.want(row.key_hash for group, _ in certain for row in group)
        linked = {group[0].number_hash for group, _ in certain}
        for group, judgement in judged:
            _count(run.findings, group, judgement, is_linked=group[0].number_hash in linked)
        done += sum(len(group) for group in batch)
        run.progress.report(Step(Stage.MATCH, EntityKind.PERSON, "", done))


async def _knows_an_unread_source(run: Run) -> bool:
    """Whether a source that is away was linked before, so that it may hold another name."""
    names = [each.source for each in run.findings.unread if each.is_failure]
    pages = [await run.store.people.list_open(name, limit=1) for name in names]
    return any(pages)


async def _already_linked(run: Run, judged: list[Verdict]) -> list[Verdict]:
    """Those of the groups whose number somebody has; the others wait until all sources answer."""
    hashes = [group[0].number_hash for group, _ in judged]
    known = await run.store.people.linked_numbers(hashes)
    return [verdict for verdict in judged if verdict[0][0].number_hash in known]


def _take(groups: Iterator[Group]) -> list[Group]:
    return list(islice(groups, GROUPS_AT_ONCE))


def _evidence(row: WaitingRow) -> PersonEvidence:
    return PersonEvidence(_SHARED, row.name)


def _person(group: Group, judgement: Judgement) -> PersonToLink:
    rows = tuple(
        RowToLink(row.key, row.key_hash, judgement.level, judgement.evidence, row.personal)
        for row in group
    )
    return PersonToLink(group[0].number_hash, rows)


def _count(findings: Findings, group: Group, judgement: Judgement, *, is_linked: bool) -> None:
    outcome = OUTCOMES[judgement.level]
    if outcome is Outcome.CERTAIN and not is_linked:
        outcome = Outcome.WAITING
    seen: set[str] = set()
    for row in group:
        findings.count(outcome, row.key.department)
        if is_linked and row.key.source in seen:
            findings.count(Outcome.DUPLICATE, row.key.department)
        seen.add(row.key.source)


async def _close_unwanted(run: Run, reader: SourceReader) -> None:
    """End our own links of a wholly read source whose record is gone or no longer certain."""
    people, name, after, done = run.store.people, reader.description.name, "", 0
    while page := await people.list_open(name, after):
        after = page[-1].id
        own = [link for link in page if link.is_automatic(run.stamp.author)]
        unwanted = run.spill.unwanted([link.key_hmac for link in own])
        ended = [link.id for link in own if link.key_hmac in unwanted]
        if ended:
            await people.close(ended, run.stamp)
        run.findings.changes += Recorded(closed=len(ended))
        done += len(page)
        run.progress.report(Step(Stage.CLOSE, EntityKind.PERSON, name, done))


def _is_personal(reader: SourceReader) -> bool:
    return reader.description.personal_keys.get(EntityKind.PERSON, False)
