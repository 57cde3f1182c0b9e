"""Whether persons and units are within the caller's reach; who is not is as if never there."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from adapters.port import OWN_KEY, JudgeOrder, SourceReader
from domain.catalogue import handles
from domain.identity.id_numbers import normalise_id_number, spellings
from domain.model.access import RowClass
from domain.model.alike import SubjectRows
from domain.model.departments import PERSON_DRIVERS, UNIT_DRIVERS, Department
from domain.model.keys import EntityKind, IndicatorName, LocalKey, SourceName
from domain.model.subjects import IdentityState, Subject
from resolvers.reading import Bounds, Reads

_DRIVERS: Final = {EntityKind.PERSON: PERSON_DRIVERS, EntityKind.UNIT: UNIT_DRIVERS}
_HOSTS: Final = frozenset({handles.HOST_UNIT_CODE, handles.ABSENCE_TO})
_FIELDS: Final = {EntityKind.PERSON: {"Query.person"}, EntityKind.UNIT: {"Query.unit"}}
NOBODY: Final = {kind: Subject(kind, "", IdentityState.UNLINKED, keys=()) for kind in EntityKind}
"""Stands for what was not found: it costs the statements of what is out of reach."""


async def subjects_within(
    reads: Reads, kind: EntityKind, subjects: Sequence[Subject]
) -> list[Subject | None]:
    """The subjects as they may be shown, in their order; None for those out of reach.

    The unit in the first department that holds a subject decides; whom a unit in scope hosts is
    seen as HOST. Rows that may be another
    person's are left out where their own unit is out of reach. Where anything is out of reach
    every source has been asked once, as it is where nothing was found.
    """
    bounds = reads.bounds
    if bounds is None:
        return [None if subject is NOBODY[kind] else subject for subject in subjects]
    judging = _Judging(reads, bounds, kind)
    within = await judging.decided(subjects)
    strangers = [subject for subject, is_within in within if not is_within]
    hosted = await judging.hosted(strangers) if strangers and kind is EntityKind.PERSON else set()
    kept = [
        subject
        if is_within
        else subject._replace(row_class=RowClass.HOST)
        if subject.id in hosted
        else None
        for subject, is_within in within
    ]
    return await _shown(reads, bounds, kept)


async def rows_within(
    reads: Reads, driver: Department | None, keys: Sequence[LocalKey], subjects: Sequence[Subject]
) -> Sequence[Subject | None]:
    """As `subjects_within`, of rows with these keys that lie within reach where they were listed.

    A list of another department than the Establishment Office leaves out whom the office holds
    elsewhere. A row that leads to a successor has told nothing of that: it is judged by itself.
    """
    bounds = reads.bounds
    if bounds is None or not subjects:
        return subjects
    is_office = driver is Department.ESTABLISHMENT
    if is_office and isinstance(subjects, SubjectRows) and _are_plain(subjects, keys):
        return subjects
    kept: list[Subject | None] = list(subjects)
    if not is_office:
        judging = _Judging(reads, bounds, subjects[0].kind)
        held = await judging.by_office(subjects)
        kept = [s if ok is not False else None for s, ok in zip(subjects, held, strict=True)]
    heirs = [s for s, key in zip(kept, keys, strict=True) if s is not None and key not in s.keys]
    if heirs:
        judged = await subjects_within(reads, heirs[0].kind, heirs)
        within = dict(zip(heirs, judged, strict=True))
        kept = [None if s is None else within.get(s, s) for s in kept]
    return await _shown(reads, bounds, kept)


def _are_plain(subjects: SubjectRows, keys: Sequence[LocalKey]) -> bool:
    """Whether each is its own row, and none has another that may be somebody else's."""
    return not subjects.lacks(keys) and not any(each.apart for each in subjects.others)


async def numbers_within(reads: Reads, numbers: Sequence[str]) -> list[bool]:
    """Whether the first department that holds a number has it within reach."""
    bounds = reads.bounds
    if bounds is None:
        return [True] * len(numbers)
    texts = tuple(dict.fromkeys(text for number in numbers for text in spellings(number)))
    judging = _Judging(reads, bounds, EntityKind.PERSON)
    readers = [r for r in reads.sources.all if judging.can_judge(r, handles.ID_NUMBER)]
    answers = await asyncio.gather(*(judging.ask(r, handles.ID_NUMBER, texts) for r in readers))
    found = [
        (r.description.department, None if a is None else _by_number(a))
        for r, a in zip(readers, answers, strict=True)
    ]
    return [_is_within(number, found, bounds) for number in numbers]


async def codes_within(reads: Reads, codes: Sequence[str]) -> list[bool]:
    """Whether a register of the Establishment Office has a unit code within reach."""
    bounds = reads.bounds
    if bounds is None:
        return [True] * len(codes)
    office, by = Department.ESTABLISHMENT, handles.UNIT_CODE
    judging = _Judging(reads, bounds, EntityKind.UNIT)
    readers = reads.sources.holding(office, EntityKind.UNIT, by)
    texts = tuple(dict.fromkeys(codes))
    answers = await asyncio.gather(*(judging.ask(reader, by, texts) for reader in readers))
    return [any(answer.get(code) for answer in answers if answer is not None) for code in codes]


async def credit_code_within(
    reads: Reads, readers: Sequence[SourceReader], texts: tuple[str, ...]
) -> tuple[bool, bool]:
    """Whether one of the sources has a credit code within reach, and whether any answered."""
    if reads.bounds is None:
        return True, True
    judging = _Judging(reads, reads.bounds, EntityKind.UNIT)
    answers = await asyncio.gather(*(judging.ask(r, handles.USCC, texts) for r in readers))
    living = [answer for answer in answers if answer is not None]
    return any(flag for answer in living for flag in answer.values()), bool(living)


def _by_number(answer: Mapping[str, bool]) -> dict[str, bool]:
    numbers: dict[str, bool] = {}
    for text, is_within in answer.items():
        number = normalise_id_number(text).text
        numbers[number] = numbers.get(number, False) or is_within
    return numbers


def _is_within(
    number: str, found: Sequence[tuple[Department, Mapping[str, bool] | None]], bounds: Bounds
) -> bool:
    for department in PERSON_DRIVERS:
        answers = [answer for each, answer in found if each is department]
        flags = [a[number] for a in answers if a is not None and number in a]
        if flags:
            return any(flags)
        if None in answers and _alone_tells(bounds, department):
            return False
    return False


def _alone_tells(bounds: Bounds, department: Department) -> bool:
    """Whether nobody else can tell while a source of the department does not."""
    return bounds.is_of_units and department is Department.ESTABLISHMENT


async def _shown(
    reads: Reads, bounds: Bounds, subjects: Sequence[Subject | None]
) -> list[Subject | None]:
    """Without rows that may be another's and are out of reach, and without links to them."""
    apart = [key for subject in subjects if subject is not None for key in subject.apart]
    if not apart:
        return list(subjects)
    kind = next(subject.kind for subject in subjects if subject is not None)
    judging = _Judging(reads, bounds, kind)
    await judging.ask_keys(apart)
    hidden = {key for key in apart if not judging.flags.get(key)}
    return [None if subject is None else _without(subject, hidden) for subject in subjects]


def _without(subject: Subject, hidden: set[LocalKey]) -> Subject:
    if hidden.isdisjoint(subject.apart):
        return subject
    apart = tuple(key for key in subject.apart if key not in hidden)
    links = subject.links
    if links is not None:
        links = tuple(link for link in links if link.key not in hidden)
    elif not (subject.keys or apart):
        links = ()
    return subject._replace(apart=apart, links=links)


class _Judging:
    """Judgements of one batch; `flags` are those of keys, `silent` who did not answer."""

    def __init__(self, reads: Reads, bounds: Bounds, kind: EntityKind) -> None:
        self._reads = reads
        self._bounds = bounds
        self._kind = kind
        self._asked: set[SourceName] = set()
        self.flags: dict[LocalKey, bool] = {}
        self.silent: set[SourceName] = set()

    async def decided(self, subjects: Sequence[Subject]) -> list[tuple[Subject, bool]]:
        """Each subject, and whether it is within reach."""
        if self._kind is EntityKind.UNIT:
            known = {s.id: await self._bounds.has_unit(s) for s in subjects}
            if self._bounds.is_of_units:
                return [(s, known[s.id]) for s in subjects]
        else:
            known = {}
        verdicts: dict[str, bool | None] = {s.id: known.get(s.id) or None for s in subjects}
        by_id = {s.id: s for s in subjects}
        for department in _DRIVERS[self._kind]:
            pending = [by_id[local] for local, verdict in verdicts.items() if verdict is None]
            await self.ask_keys(key for s in pending for key in s.keys_of(department))
            if not self._asked and NOBODY[self._kind].id in by_id:
                await self._ask_in_vain(self._able()[:1])
            verdicts |= {s.id: self._verdict(s, department) for s in pending}
        if not all(verdicts.values()):
            await self._ask_in_vain(self._able())
        return [(s, bool(verdicts[s.id])) for s in subjects]

    async def hosted(self, strangers: Sequence[Subject]) -> set[str]:
        """Who of them is seconded to a unit in scope, as HR records absences."""
        found: dict[LocalKey, bool] = {}
        for reader in self._reads.sources.of(Department.HR):
            hosts = await self._bounds.hosting(reader)
            places = reader.description.places.get(EntityKind.PERSON, {})
            if hosts is None or not places.keys() >= _HOSTS:
                continue
            name, department = reader.description.name, reader.description.department
            keys = [k for s in strangers for k in s.keys_of(department) if k.source == name]
            texts = tuple(dict.fromkeys(key.text for key in keys))
            reach, today = hosts
            order = JudgeOrder(self._kind, OWN_KEY, texts, reach, hosted_on=today)
            answer = await self._reads.attempt(
                reader, _FIELDS[self._kind], partial(reader.judge, order, self._reads.tally)
            )
            found |= {LocalKey(department, name, t): ok for t, ok in (answer or {}).items()}
        if self._bounds.is_of_units and self._is_office_silent():
            return set()
        return {s.id for s in strangers if any(found.get(key) for key in s.keys)}

    def _is_office_silent(self) -> bool:
        office = self._reads.sources.of(Department.ESTABLISHMENT)
        return any(reader.description.name in self.silent for reader in office)

    async def by_office(self, subjects: Sequence[Subject]) -> list[bool | None]:
        """What the Establishment Office says of each; None where it does not hold it."""
        office = Department.ESTABLISHMENT
        await self.ask_keys(key for subject in subjects for key in subject.keys_of(office))
        return [self._verdict(subject, office) for subject in subjects]

    async def ask_keys(self, keys: Iterable[LocalKey]) -> None:
        """Judges keys, one statement a source."""
        by_source: dict[SourceName, dict[str, None]] = {}
        for key in keys:
            by_source.setdefault(key.source, {})[key.text] = None
        sources = self._reads.sources.by_name
        readers = [r for name in by_source if self.can_judge(r := sources[name], OWN_KEY)]
        await asyncio.gather(
            *(self._note(r, tuple(by_source[r.description.name])) for r in readers)
        )

    async def ask(
        self, reader: SourceReader, by: IndicatorName, texts: tuple[str, ...]
    ) -> Mapping[str, bool] | None:
        """What a source says of these texts; None where it does not answer."""
        reach, reads = await self._bounds.of(reader), self._reads
        order = JudgeOrder(self._kind, by, texts, reach)
        return await reads.attempt(
            reader, _FIELDS[self._kind], lambda: reader.judge(order, reads.tally)
        )

    def can_judge(self, reader: SourceReader, by: IndicatorName) -> bool:
        """Whether a source holds what leads from its rows to a unit."""
        places = reader.description.places.get(self._kind, {})
        needed = {by} - {OWN_KEY}
        if self._kind is EntityKind.PERSON:
            needed.add(handles.OCCUPIED_UNIT_CODE)
        return bool(places) and needed <= places.keys()

    def _able(self) -> list[SourceReader]:
        """The sources not asked yet, the drivers first."""
        order = _DRIVERS[self._kind]
        readers = [r for r in self._reads.sources.all if r.description.name not in self._asked]
        readers.sort(key=lambda r: order.index(r.description.department))
        return [reader for reader in readers if self.can_judge(reader, OWN_KEY)]

    async def _ask_in_vain(self, readers: Sequence[SourceReader]) -> None:
        await asyncio.gather(*(self._note(reader, ()) for reader in readers))

    async def _note(self, reader: SourceReader, texts: tuple[str, ...]) -> None:
        name, department = reader.description.name, reader.description.department
        self._asked.add(name)
        answer = await self.ask(reader, OWN_KEY, texts)
        if answer is None:
            self.silent.add(name)
            return
        self.flags |= {LocalKey(department, name, text): flag for text, flag in answer.items()}

    def _verdict(self, subject: Subject, department: Department) -> bool | None:
        """What a department says of a subject; None where it does not hold it."""
        keys = subject.keys_of(department)
        flags = [self.flags[key] for key in keys if key in self.flags]
        if flags:
            return any(flags)
        if _alone_tells(self._bounds, department) and any(k.source in self.silent for k in keys):
            return False
        return None
