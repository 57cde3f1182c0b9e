"""Links the units of a whole city: by credit code, else unit code, else name and parent."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.port import SourceReader
from bulk.naming import Names, UnitRow
from bulk.reading import Wanted, list_holders, note, note_unread, stream, text_of
from bulk.reports import ANCHOR_UNREAD, Findings, LinkSummary, Outcome, Progress
from bulk.successions import link_successions
from domain.catalogue.handles import PARENT_UNIT_CODE, UNIT_CODE, UNIT_NAME, USCC
from domain.identity.matching import Evidence, Judgement, MatchLevel
from domain.identity.units import normalise_unit_name, normalise_uscc, uscc_is_valid
from domain.model.departments import UNIT_DRIVERS, Department
from domain.model.errors import SourceError
from domain.model.keys import EntityKind, LocalKey
from domain.model.records import Facet
from store.database import Store
from store.recording import Recorded, RowToLink, Stamp

INDICATORS: Final = frozenset({UNIT_CODE, USCC, UNIT_NAME, PARENT_UNIT_CODE})
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
    findings: Findings
    read: Sequence[SourceReader]


async def link_units(
    readers: Sequence[SourceReader], store: Store, stamp: Stamp, progress: Progress
) -> LinkSummary:
    """Read the units of every source, link them, and end what no longer holds.

    Nothing is changed while an Establishment source cannot be read: its units are the anchors.
    """
    findings = Findings()
    wanted = Wanted(EntityKind.UNIT, INDICATORS)
    rows: list[UnitRow] = []
    read = []
    for reader in list_holders(readers, wanted, findings):
        try:
            rows += [
                _row(reader, f, store) async for fs in stream(reader, wanted, progress) for f in fs
            ]
        except SourceError as error:
            note_unread(reader, error, findings)
        else:
            read.append(reader)
    if any(unread.department is Department.ESTABLISHMENT for unread in findings.unread):
        for reader in read:
            note(reader, ANCHOR_UNREAD, "units wait for the Establishment Office", findings)
        return findings.summary(EntityKind.UNIT)
    await _record(_Run(store, stamp, findings, read), group_units(rows))
    await link_successions(read, store, stamp, findings)
    return findings.summary(EntityKind.UNIT)


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


async def _record(run: _Run, grouped: Grouped) -> None:
    run.findings.changes += await run.store.units.record_links(grouped.units, run.stamp)
    wanted = {row.key_hash for unit in grouped.units for row in unit}
    for unit in grouped.units:
        _count_linked(run.findings, unit)
    for row in grouped.conflicts:
        run.findings.count(Outcome.CONFLICT, row.key.department)
    for row in grouped.unusable:
        run.findings.count(Outcome.UNUSABLE, row.key.department)
    for reader in run.read:
        await _close_unwanted(run, reader, wanted)


def _count_linked(findings: Findings, unit: Sequence[RowToLink]) -> None:
    seen: set[str] = set()
    for row in unit:
        findings.count(Outcome(row.level), row.key.department)
        if row.key.source in seen:
            findings.count(Outcome.DUPLICATE, row.key.department)
        seen.add(row.key.source)


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
