"""Links the units of a whole city: by credit code, else unit code, else name and parent."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from adapters.port import SourceReader
from bulk.approach import Basis, Plan, Why, plan_reading, rules_of
from bulk.keeping import counts_of_rest, tell_counts
from bulk.naming import Names, UnitRow
from bulk.population import Source
from bulk.reading import Wanted, list_holders, note, note_unread, stream, text_of
from bulk.reports import ANCHOR_UNREAD, Findings, LinkSummary, Outcome, Progress, Reading
from bulk.successions import city_day, link_successions
from bulk.survey import Surveyor, see_versions
from domain.catalogue.handles import PARENT_UNIT_CODE, UNIT_CODE, UNIT_NAME, USCC
from domain.identity.matching import Evidence, Judgement, MatchLevel
from domain.identity.units import normalise_unit_name, normalise_uscc, uscc_is_valid
from domain.identity.versions import Versions
from domain.model.departments import UNIT_DRIVERS, Department
from domain.model.errors import SourceError
from domain.model.keys import EntityKind, LocalKey
from domain.model.records import Facet
from store.database import Store
from store.recording import Recorded, RowToLink, Stamp
from store.records import Fate, LinkRecords, Seen, SeenRecord

INDICATORS: Final = frozenset({UNIT_CODE, USCC, UNIT_NAME, PARENT_UNIT_CODE})
AT_ONCE: Final = 2000
CODE: Final = Evidence.UNIT_CODE


@dataclass(frozen=True, slots=True)
class Grouped:
    """Which records are one unit, the anchor first, and which lead to two different units."""

    units: tuple[tuple[RowToLink, ...], ...]
    conflicts: tuple[UnitRow, ...]
    unusable: tuple[UnitRow, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    store: Store
    stamp: Stamp
    progress: Progress
    findings: Findings
    wanted: Wanted

    @property
    def records(self) -> LinkRecords:
        """What is known of units."""
        return self.store.records(EntityKind.UNIT)


async def link_units(
    readers: Sequence[SourceReader],
    store: Store,
    stamp: Stamp,
    progress: Progress,
    *,
    full: bool = False,
) -> LinkSummary:
    """Link the units of every source, and end what no longer holds; nothing where none changed.

    Nothing is changed while an Establishment source cannot be read: its units are the anchors.
    """
    run = _Run(store, stamp, progress, Findings(), Wanted(EntityKind.UNIT, INDICATORS))
    holders = list_holders(readers, run.wanted, run.findings)
    basis = Basis(rules_of(holders))
    plan = plan_reading(holders, run.wanted, await run.records.marks(), basis, full=full)
    sources = None if plan.judges_all else await _unchanged(run, holders, plan)
    if sources is None:
        sources = await _link_anew(run, holders, plan)
    for each in sources or ():
        told = each.reader.description
        run.findings.readings.append(Reading(told.name, told.department, each.rows, 0, each.why))
    if sources is not None:
        await link_successions([each.reader for each in sources], store, stamp, run.findings)
    if sources is not None and not run.findings.has_failed:
        marks = {each.name: basis.mark(each.reader, each.newest) for each in sources}
        await run.records.mark(marks)
    return run.findings.summary(EntityKind.UNIT)


async def _unchanged(run: _Run, holders: Sequence[SourceReader], plan: Plan) -> list[Source] | None:
    """The sources as they were read, if no record of any is new, other than it was, or gone."""
    if await run.records.unlinked(1):
        return None
    see = partial(_see, run.store)
    surveyor = Surveyor(run.records, run.wanted, see, run.progress, city_day(run.stamp.at))
    sources = []
    for reader in holders:
        try:
            found = await surveyor.survey(reader, plan.of[reader.description.name])
        except SourceError:
            return None
        if found.size:
            return None
        sources.append(Source(reader, found.why, found.rows, found.versions.mark))
    counts = await counts_of_rest(run.records, ())
    tell_counts(run.findings, {e.name: e.reader.description.department for e in sources}, counts)
    return sources


async def _link_anew(run: _Run, holders: Sequence[SourceReader], plan: Plan) -> list[Source] | None:
    """Read all units and link them; None where those of the Establishment Office are away."""
    rows: list[UnitRow] = []
    sources = []
    for reader in holders:
        why = plan.of[reader.description.name].why or Why.REGROUPED
        try:
            source, own = await _read_whole(run, reader, why)
        except SourceError as error:
            note_unread(reader, error, run.findings)
        else:
            rows += own
            sources.append(source)
    if any(unread.department is Department.ESTABLISHMENT for unread in run.findings.unread):
        for each in sources:
            reason = "units wait for the Establishment Office"
            note(each.reader, ANCHOR_UNREAD, reason, run.findings)
        return None
    await _record(run, sources, group_units(rows), rows)
    return sources


async def _read_whole(run: _Run, reader: SourceReader, why: Why) -> tuple[Source, list[UnitRow]]:
    versions = Versions(city_day(run.stamp.at))
    rows = []
    async for facets in stream(reader, run.wanted, run.progress):
        for facet in facets:
            see_versions(versions, facet)
            rows.append(_row(reader, facet, run.store))
    return Source(reader, why, len(rows), versions.mark), rows


def _see(store: Store, reader: SourceReader, facet: Facet) -> Seen:
    return _seen(store, _row(reader, facet, store))


def _seen(store: Store, row: UnitRow) -> Seen:
    text = json.dumps([row.uscc, row.code, row.name, row.parent])
    content = store.records(EntityKind.UNIT).hashed(text, "content")
    return Seen(row.key, row.key_hash, row.personal, content)


def group_units(rows: Iterable[UnitRow]) -> Grouped:
    """Which records are one unit; does not depend on the order of the records.

    Several records of one source may be one unit (a unit with two budget codes). A credit code
    that several anchors share identifies none of them. A record whose two codes lead to two
    anchors is a conflict. A record that reaches no anchor by a code may reach one by its name;
    else it forms a unit of its own with others of its codes.
    """
    ordered = sorted(rows, key=_driver_order)
    anchors = [row for row in ordered if row.is_anchor]
    rooms = _Rooms.around(anchors)
    conflicts, unusable, astray = [], [], []
    for row in (row for row in ordered if not row.is_anchor):
        reached = rooms.reached_by(row)
        if len(reached) > 1 or (not reached and row.uscc in rooms.shared):
            conflicts.append(row)
        elif reached:
            rooms.place(row)
        else:
            astray.append(row)
    names = Names(ordered, rooms.placed())
    for row in astray:
        found = names.find(row)
        if found is not None:
            rooms.add(row, *found)
        elif row.uscc or row.code:
            rooms.place(row)
        else:
            unusable.append(row)
    units = tuple(tuple(unit) for unit in rooms.units)
    return Grouped(units, tuple(conflicts), tuple(unusable))


@dataclass(slots=True)
class _Rooms:
    """Units in the making: where a credit code or a unit code leads."""

    units: list[list[RowToLink]]
    by_uscc: dict[str, int]
    by_code: dict[str, int]
    shared: frozenset[str | None]
    anchored: int

    @classmethod
    def around(cls, anchors: Sequence[UnitRow]) -> "_Rooms":
        """One unit for each anchor."""
        had = Counter(row.uscc for row in anchors if row.uscc)
        places = list(enumerate(anchors))
        return cls(
            units=[
                [RowToLink(row.key, row.key_hash, MatchLevel.CERTAIN, (CODE,))] for row in anchors
            ],
            by_uscc={row.uscc: i for i, row in places if row.uscc and had[row.uscc] == 1},
            by_code={row.key.text: i for i, row in reversed(places)},
            shared=frozenset(uscc for uscc, number in had.items() if number > 1),
            anchored=len(anchors),
        )

    def reached_by(self, row: UnitRow) -> set[int]:
        """The anchors that the codes of a record lead to."""
        found = {self.by_uscc.get(row.uscc or ""), self.by_code.get(row.code or "")}
        return {place for place in found if place is not None and place < self.anchored}

    def place(self, row: UnitRow) -> None:
        """Put a record where its codes lead, the anchor first; else open a unit for it."""
        uscc = row.uscc if row.uscc not in self.shared else None
        anchor = next(iter(self.reached_by(row)), None)
        by_uscc, by_code = self.by_uscc.get(uscc or ""), self.by_code.get(row.code or "")
        place = next((p for p in (anchor, by_uscc, by_code) if p is not None), len(self.units))
        if place == len(self.units):
            self.units.append([])
        if place >= self.anchored:
            self._remember(uscc, row.code, place)
        evidence = (Evidence.USCC,) if uscc and self.by_uscc.get(uscc) == place else (CODE,)
        self.add(row, place, Judgement(MatchLevel.CERTAIN, evidence))

    def add(self, row: UnitRow, place: int, judged: Judgement) -> None:
        """Put a record into a unit."""
        linked = RowToLink(row.key, row.key_hash, judged.level, judged.evidence, row.personal)
        self.units[place].append(linked)

    def placed(self) -> dict[LocalKey, int]:
        """Where the records stand so far."""
        return {row.key: place for place, unit in enumerate(self.units) for row in unit}

    def _remember(self, uscc: str | None, code: str | None, place: int) -> None:
        if uscc:
            self.by_uscc.setdefault(uscc, place)
        if code:
            self.by_code.setdefault(code, place)


def _row(reader: SourceReader, facet: Facet, store: Store) -> UnitRow:
    uscc = normalise_uscc(text_of(facet, USCC))
    personal = reader.description.personal_keys.get(EntityKind.UNIT, False)
    code = text_of(facet, UNIT_CODE) or None
    key_hash = store.units.key_index(facet.key)
    return UnitRow(
        key=facet.key,
        key_hash=key_hash,
        uscc=uscc if uscc_is_valid(uscc) else None,
        code=code,
        personal=personal,
        name=normalise_unit_name(text_of(facet, UNIT_NAME)),
        parent=text_of(facet, PARENT_UNIT_CODE) or None,
    )


def _driver_order(row: UnitRow) -> tuple[int, LocalKey]:
    return UNIT_DRIVERS.index(row.key.department), row.key


async def _record(
    run: _Run, sources: Sequence[Source], grouped: Grouped, rows: Sequence[UnitRow]
) -> None:
    """Write what was found, and keep what was seen where no source is away."""
    changes = await run.store.units.record_links(grouped.units, run.stamp)
    run.findings.changes += changes
    fates = _fates(grouped)
    wanted = {key_hash for key_hash, fate in fates.items() if fate.linked}
    for source in sources:
        await _close_unwanted(run, source.reader, wanted)
    departments = {each.name: each.reader.description.department for each in sources}
    counts = Counter((row.key.source, replace(fates[row.key_hash], linked=False)) for row in rows)
    tell_counts(run.findings, departments, counts)
    if not run.findings.has_failed:
        known = [SeenRecord(_seen(run.store, row), fates[row.key_hash]) for row in rows]
        await _keep(run, sources, known)


def _fates(grouped: Grouped) -> dict[str, Fate]:
    """What became of the records, by the hash of the key."""
    fates = {row.key_hash: Fate(Outcome.CONFLICT) for row in grouped.conflicts}
    fates |= {row.key_hash: Fate(Outcome.UNUSABLE) for row in grouped.unusable}
    for unit in grouped.units:
        seen: set[str] = set()
        for row in unit:
            is_double = row.key.source in seen
            fates[row.key_hash] = Fate(Outcome(row.level), is_double, linked=True)
            seen.add(row.key.source)
    return fates


async def _keep(run: _Run, sources: Sequence[Source], known: Sequence[SeenRecord]) -> None:
    for start in range(0, len(known), AT_ONCE):
        await run.records.write(known[start : start + AT_ONCE])
    hashes = {record.seen.key_hash for record in known}
    for source in sources:
        after = ""
        while page := await run.records.page(source.name, after):
            after = page[-1].seen.key_hash
            gone = [each for each in page if each.seen.key_hash not in hashes]
            await run.records.write((), gone)


async def _close_unwanted(run: _Run, reader: SourceReader, wanted: Collection[str]) -> None:
    """End our own links of a wholly read source whose record is gone or leads elsewhere now."""
    units, after = run.store.units, ""
    while page := await units.list_open(reader.description.name, after):
        after = page[-1].id
        own = [link for link in page if link.is_automatic(run.stamp.author)]
        ended = [link.id for link in own if link.key_hmac not in wanted]
        if ended:
            await units.close(ended, run.stamp)
        run.findings.changes += Recorded(closed=len(ended))
