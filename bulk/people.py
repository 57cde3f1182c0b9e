"""Links the persons of a whole city: by valid ID number and name, else by name, unit and birth."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final

from adapters.port import LINK_KEY, SourceReader
from bulk.candidates import link_candidates
from bulk.former import read_former_names
from bulk.link_keys import join_links, judge_rows
from bulk.places import read_places
from bulk.reading import Wanted, list_holders, note_unread, stream, text_of
from bulk.reports import Findings, LinkSummary, Outcome, Progress, Stage, Step
from bulk.run import Group, Run
from domain.catalogue.handles import (
    BIRTH_DATE,
    GENDER,
    ID_NUMBER,
    OCCUPIED_UNIT_CODE,
    PERSON_NAME,
)
from domain.identity.id_numbers import FEMALE, MALE, normalise_id_number
from domain.identity.link_keys import normalise_link_key, told_evidence
from domain.identity.matching import SURE, Judgement, MatchLevel
from domain.identity.names import normalise_name
from domain.model.errors import SourceError
from domain.model.keys import EntityKind, LocalKey
from domain.model.records import Facet
from store.database import Store
from store.people import PersonToLink
from store.recording import Reach, Recorded, RowToLink, Stamp
from store.spill import Told, WaitingRow, open_spill

NEEDED: Final = frozenset({PERSON_NAME, ID_NUMBER})
INDICATORS: Final = NEEDED | {GENDER, BIRTH_DATE, OCCUPIED_UNIT_CODE, LINK_KEY}
GROUPS_AT_ONCE: Final = 500
# Judgements that rest on several sources: none of them is ended while one of these is away.
RELATIVE: Final = frozenset({MatchLevel.MEDIUM, MatchLevel.LOW, MatchLevel.CONFLICT})

Levels = Mapping[LocalKey, Judgement]


@dataclass(frozen=True, slots=True)
class _Verdict:
    """How the records of one number were judged, and what of it may be written."""

    group: Group
    levels: Levels
    reach: Reach | None

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
    batch: int = 2000,
) -> LinkSummary:
    """Read every source once, judge its records, and end what no longer holds.

    A source that cannot be read to its end is left as it is linked, and named in the summary.
    Units are linked before: "the same unit" is asked of their links.
    """
    findings = Findings()
    wanted = Wanted(EntityKind.PERSON, INDICATORS, needed=sorted(NEEDED), batch=batch)
    with open_spill() as spill:
        places = await read_places(readers, store)
        holders = list_holders(readers, wanted, findings)
        run = Run(store, stamp, progress, spill, findings, places, holders)
        read = [reader for reader in holders if await _spill_source(run, reader, wanted)]
        await join_links(run)
        run.is_partial = await _knows_an_unread_source(run)
        await _link_groups(run)
        await link_candidates(run)
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
                row = _waiting_row(run, reader, facet)
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


def _waiting_row(run: Run, reader: SourceReader, facet: Facet) -> WaitingRow | Outcome:
    numbers = {_identified(each) for each in (facet, *facet.twins)}
    if len(numbers) > 1:
        # One key that says two things may be two persons.
        return Outcome.CONFLICT
    ((number, is_valid, name, link_key),) = numbers
    code = text_of(facet, OCCUPIED_UNIT_CODE)
    unit = run.places.unit_of(reader.description, code) if code else None
    if not name or not (is_valid or unit or link_key):
        return Outcome.UNUSABLE
    people, link_name = run.store.people, reader.description.link_keys.get(EntityKind.PERSON)
    by = link_name if link_key and not is_valid else None
    return WaitingRow(
        number_hash=people.blind_index(number) if is_valid else None,
        key_hash=people.key_index(facet.key),
        key=facet.key,
        personal=reader.description.personal_keys.get(EntityKind.PERSON, False),
        told=Told(number, name, _gender(facet), _born(facet), unit, by),
        block=f"{unit} {normalise_name(name).text}" if unit else None,
        link_hash=people.link_index(link_name, link_key) if link_name and link_key else None,
    )


def _identified(facet: Facet) -> tuple[str, bool, str, str]:
    """Number, whether it is valid, name, link key."""
    normal = normalise_id_number(text_of(facet, ID_NUMBER))
    link_key = normalise_link_key(text_of(facet, LINK_KEY))
    return normal.text, normal.is_valid, text_of(facet, PERSON_NAME), link_key


def _gender(facet: Facet) -> str | None:
    text = text_of(facet, GENDER)
    return text if text in (MALE, FEMALE) else None


def _born(facet: Facet) -> date | None:
    value = facet.values.get(BIRTH_DATE)
    return value if isinstance(value, date) else None


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
    return [each if each.is_whole else _judge_again(each, former, unread) for each in verdicts]


def _judge_again(
    verdict: _Verdict, former: Mapping[LocalKey, tuple[str, ...]], unread: frozenset[LocalKey]
) -> _Verdict:
    levels = judge_rows(verdict.group, former)
    is_sure = unread.isdisjoint(row.key for row in verdict.group)
    return _Verdict(verdict.group, levels, Reach.ALL if is_sure else Reach.KEEP)


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
        _Verdict(each.group, each.levels, _reach(each, is_known=number in known))
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
    """Note which links are to stay, and count what became of the records."""
    seen: set[str] = set()
    for row in verdict.group:
        level = verdict.levels[row.key].level
        is_sure = level in SURE and verdict.reach is not None
        if verdict.reach is not None:
            run.spill.want([row.key_hash], sure=is_sure)
        waits = level in SURE and verdict.reach in (None, Reach.KEEP)
        outcome = Outcome.WAITING if waits else Outcome(level)
        run.findings.count(outcome, row.key.department)
        if is_sure and row.key.source in seen:
            run.findings.count(Outcome.DUPLICATE, row.key.department)
        seen.add(row.key.source)


async def _close_unwanted(run: Run, reader: SourceReader) -> None:
    """End our own links of a wholly read source whose record is gone or judged no more."""
    people, name, after, done = run.store.people, reader.description.name, "", 0
    while page := await people.list_open(name, after):
        after = page[-1].id
        own = [link for link in page if link.is_automatic(run.stamp.author)]
        if run.is_partial:
            own = [link for link in own if link.level not in RELATIVE]
        unwanted = run.spill.unwanted([link.key_hmac for link in own])
        ended = [link.id for link in own if link.key_hmac in unwanted]
        if ended:
            await people.close(ended, run.stamp)
        run.findings.changes += Recorded(closed=len(ended))
        done += len(page)
        run.progress.report(Step(Stage.CLOSE, EntityKind.PERSON, name, done))
