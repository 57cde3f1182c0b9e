"""Persons for the records without a valid number: judgements that await confirmation."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from bulk.reports import Outcome, Stage, Step
from bulk.run import Group, Run
from domain.identity.grouping import Choice, KnownPerson, choose_person
from domain.identity.id_numbers import NormalisedIdNumber, NumberResult, normalise_id_number
from domain.identity.matching import MatchLevel, PersonEvidence
from domain.model.keys import EntityKind
from store.people import PersonToLink
from store.recording import RowToLink
from store.records import Fate
from store.spill import WaitingRow

BLOCKS_AT_ONCE: Final = 500


async def link_candidates(run: Run) -> None:
    """Judge every record without a valid number against the persons of its name and unit."""
    blocks = run.spill.blocks()
    done = 0
    while batch := await asyncio.to_thread(lambda: list(islice(blocks, BLOCKS_AT_ONCE))):
        people = [person for block in batch for person in _judged(run, block)]
        run.findings.changes += await run.store.people.record_links(people, run.stamp)
        run.spill.want(row.key_hash for person in people for row in person.rows)
        done += sum(len(block) for block in batch)
        run.progress.report(Step(Stage.CANDIDATES, EntityKind.PERSON, "", done))


def _judged(run: Run, block: Group) -> Iterator[PersonToLink]:
    numbers = list(dict.fromkeys(row.number_hash for row in block if row.number_hash))
    persons = [_person([r for r in block if r.number_hash == number]) for number in numbers]
    for row in (row for row in block if row.number_hash is None):
        choice = choose_person(_evidence(row), row.key.source, persons)
        level = choice.judgement.level
        if level is MatchLevel.NONE:
            continue
        run.spill.settle([(row.key_hash, Fate(Outcome(level), linked=True))])
        number = None if choice.place is None else numbers[choice.place]
        yield PersonToLink(number, (_linked(row, choice),))


def _linked(row: WaitingRow, choice: Choice) -> RowToLink:
    judged = choice.judgement
    return RowToLink(row.key, row.key_hash, judged.level, judged.evidence, row.personal)


def _person(rows: Sequence[WaitingRow]) -> KnownPerson:
    sources = frozenset(row.key.source for row in rows)
    return KnownPerson(tuple(_evidence(row) for row in rows), sources)


def _evidence(row: WaitingRow) -> PersonEvidence:
    told = row.told
    number = normalise_id_number(told.number)
    if row.number_hash is not None and told.link_name is None:
        number = NormalisedIdNumber(told.number, NumberResult.VALID, ())
    return PersonEvidence(number, told.name, (), told.gender, told.born, told.unit)
