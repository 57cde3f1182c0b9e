"""Links the persons of a whole city: by valid ID number and name, else by name, unit and birth."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from adapters.port import LINK_KEY, SourceReader
from bulk.candidates import link_candidates
from bulk.former import read_former_names
from bulk.keeping import close_unwanted, count_and_keep
from bulk.link_keys import join_links, judge_rows
from bulk.places import read_places
from bulk.population import read_people
from bulk.reading import Wanted, list_holders
from bulk.reports import Findings, LinkSummary, Outcome, Progress, Stage, Step
from bulk.run import Group, Run
from domain.catalogue.handles import (
    BIRTH_DATE,
    GENDER,
    ID_NUMBER,
    OCCUPIED_UNIT_CODE,
    PERSON_NAME,
)
from domain.identity.link_keys import told_evidence
from domain.identity.matching import SURE, Judgement
from domain.model.keys import EntityKind, LocalKey
from store.database import Store
from store.people import PersonToLink
from store.recording import Reach, RowToLink, Stamp
from store.records import Fate
from store.spill import WaitingRow, open_spill

NEEDED: Final = frozenset({PERSON_NAME, ID_NUMBER})
INDICATORS: Final = NEEDED | {GENDER, BIRTH_DATE, OCCUPIED_UNIT_CODE, LINK_KEY}
GROUPS_AT_ONCE: Final = 500

Levels = Mapping[LocalKey, Judgement]


@dataclass(frozen=True, slots=True)
class _Verdict:
    """How the records of one number were judged, and what of it may be written."""

    group: Group
    levels: Levels
    reach: Reach | None
    is_disputed: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether no record stands outside."""
        return all(judged.level in SURE for judged in self.levels.values())


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
    full: bool = False,
) -> LinkSummary:
    """Judge the records that changed and all that stand with them, or every record where needed.

    A source that cannot be read to its end is left as it is linked, and named in the summary; what
    was seen is kept for the next run only where all could be read.
    Units are linked before: "the same unit" is asked of their links.
    """
    findings = Findings()
    wanted = Wanted(EntityKind.PERSON, INDICATORS, needed=sorted(NEEDED))
    with open_spill() as spill:
        places = await read_places(readers, store)
        records = store.records(EntityKind.PERSON)
        holders = list_holders(readers, wanted, findings)
        run = Run(store, records, stamp, progress, spill, findings, places, holders)
        found = await read_people(run, wanted, full=full)
        await _judge(run)
        await close_unwanted(run, found)
        await count_and_keep(run, found)
    return findings.summary(EntityKind.PERSON)


async def _judge(run: Run) -> None:
    """Judge what stands in the spill."""
    await join_links(run)
    run.is_partial = await _knows_an_unread_source(run)
    await _link_groups(run)
    await link_candidates(run)


async def _link_groups(run: Run) -> None:
    groups = run.spill.groups()
    growth = _Growth(run.store)
    done = 0
    while batch := await asyncio.to_thread(lambda: list(islice(groups, GROUPS_AT_ONCE))):
        verdicts = await _judged(run, batch)
        if run.is_partial:
            verdicts = await _held_back(run, verdicts)
        people = [_person(verdict) for verdict in verdicts if verdict.reach is not None]
        changes = await run.store.people.record_links(people, run.stamp)
        run.findings.changes += changes
        await growth.notice(changes.opened)
        for verdict in verdicts:
            _settle(run, verdict)
        done += sum(len(group) for group in batch)
        run.progress.report(Step(Stage.MATCH, EntityKind.PERSON, "", done))


async def _judged(run: Run, batch: Sequence[Group]) -> list[_Verdict]:
    """Every group judged; those that disagree once more with earlier names, which cost a read."""
    verdicts = [_Verdict(group, judge_rows(group, {}), Reach.ALL) for group in batch]
    disputed = [row.key for each in verdicts if not each.is_whole for row in each.group]
    if not disputed:
        return verdicts
    former, unread = await read_former_names(run, disputed)
    run.is_unsure |= bool(unread)
    return [each if each.is_whole else _judge_again(each, former, unread) for each in verdicts]


def _judge_again(
    verdict: _Verdict, former: Mapping[LocalKey, tuple[str, ...]], unread: frozenset[LocalKey]
) -> _Verdict:
    levels = judge_rows(verdict.group, former)
    is_sure = unread.isdisjoint(row.key for row in verdict.group)
    reach = Reach.ALL if is_sure else Reach.KEEP
    return _Verdict(verdict.group, levels, reach, is_disputed=True)


async def _knows_an_unread_source(run: Run) -> bool:
    """Whether a source that is away was linked before, so that it may hold another name."""
    names = [each.source for each in run.findings.unread if each.is_failure]
    pages = [await run.store.people.list_open(name, limit=1) for name in names]
    return any(pages)


async def _held_back(run: Run, verdicts: Sequence[_Verdict]) -> list[_Verdict]:
    """A number that somebody has takes rows in if all agree; else it waits for all sources."""
    hashes = [_number_hash(each.group) for each in verdicts]
    known = await run.store.people.linked_numbers(hashes)
    return [
        replace(each, reach=_reach(each, is_known=number in known))
        for each, number in zip(verdicts, hashes, strict=True)
    ]


def _reach(verdict: _Verdict, *, is_known: bool) -> Reach | None:
    if not is_known:
        return None
    return Reach.ADD if verdict.is_whole and verdict.reach is Reach.ALL else Reach.KEEP


def _number_hash(group: Group) -> str:
    number_hash = group[0].number_hash
    if number_hash is None:
        raise ValueError("a row of a group has a number")
    return number_hash


def _person(verdict: _Verdict) -> PersonToLink:
    rows = tuple(_row(row, verdict.levels[row.key]) for row in verdict.group)
    number = _number_hash(verdict.group)
    links = dict.fromkeys(row.link_hash for row in verdict.group if row.link_hash)
    also = tuple(each for each in links if each != number)
    return PersonToLink(number, rows, verdict.reach or Reach.KEEP, also)


def _row(row: WaitingRow, judged: Judgement) -> RowToLink:
    evidence = told_evidence(judged, row.told.link_name)
    return RowToLink(row.key, row.key_hash, judged.level, evidence, row.personal)


def _settle(run: Run, verdict: _Verdict) -> None:
    """Note which links are to stay, and what became of the records."""
    seen: set[str] = set()
    fates = []
    for row in verdict.group:
        level = verdict.levels[row.key].level
        is_sure = level in SURE and verdict.reach is not None
        if verdict.reach is not None:
            run.spill.want([row.key_hash], sure=is_sure)
        waits = level in SURE and verdict.reach in (None, Reach.KEEP)
        outcome = Outcome.WAITING if waits else Outcome(level)
        is_double = is_sure and row.key.source in seen
        is_linked = verdict.reach is not None
        fates.append((row.key_hash, Fate(outcome, is_double, is_linked, verdict.is_disputed)))
        seen.add(row.key.source)
    run.spill.settle(fates)
