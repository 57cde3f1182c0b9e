"""Streams one kind of records out of every source, and notes the sources that cannot be read."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass

from adapters.port import LINK_KEY, VERSION, SourceReader, StreamOrder
from bulk.reports import NOT_MAPPED, Findings, Progress, Stage, Step, UnreadSource
from domain.catalogue.handles import ID_NUMBER
from domain.model.errors import SourceError
from domain.model.keys import EntityKind, IndicatorName
from domain.model.records import Facet
from domain.model.tally import Tally


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records, and which of their indicators; all of `needed` must be mapped."""

    entity: EntityKind
    indicators: frozenset[IndicatorName]
    needed: Collection[IndicatorName] = ()
    batch: int = 2000


def list_holders(
    readers: Sequence[SourceReader], wanted: Wanted, findings: Findings
) -> list[SourceReader]:
    """The sources that map what is needed, in order of their names; the others are noted."""
    holders = []
    for reader in sorted(readers, key=lambda reader: reader.description.name):
        mapped = reader.description.places.get(wanted.entity)
        if not mapped:
            continue
        held = mapped.keys() | _stand_ins(reader, wanted.entity)
        missing = [name for name in wanted.needed if name not in held]
        if missing:
            note(reader, NOT_MAPPED, f"maps no {', '.join(missing)}", findings)
        else:
            holders.append(reader)
    return holders


def _stand_ins(reader: SourceReader, entity: EntityKind) -> frozenset[IndicatorName]:
    """What a link key stands for: a person is known by it as by an ID number."""
    has_key = entity in reader.description.link_keys
    return frozenset({ID_NUMBER}) if has_key else frozenset()


def held_of(reader: SourceReader, wanted: Wanted) -> frozenset[IndicatorName]:
    """What a source holds of what is wanted."""
    held = frozenset(reader.description.places[wanted.entity])
    if wanted.entity in reader.description.link_keys:
        held |= {LINK_KEY}
    return wanted.indicators & held


async def stream(
    reader: SourceReader, wanted: Wanted, progress: Progress, since: str | None = None
) -> AsyncIterator[list[Facet]]:
    """Batches of one source's records; raises SourceError where it breaks off.

    `since`: only those changed from that version on.
    """
    held = held_of(reader, wanted)
    if wanted.entity in reader.description.versioned:
        held |= {VERSION}
    order = StreamOrder(wanted.entity, held, batch=wanted.batch, since=since)
    done = 0
    async for facets in reader.stream(order, Tally()):
        done += len(facets)
        yield facets
        progress.report(Step(Stage.READ, wanted.entity, reader.description.name, done))


def note_unread(reader: SourceReader, error: SourceError, findings: Findings) -> None:
    """Say in the summary that a source could not be read."""
    note(reader, error.code, error.reason, findings)


def note(reader: SourceReader, code: str, reason: str, findings: Findings) -> None:
    """Say in the summary that a source was left out."""
    told = reader.description
    findings.unread.append(UnreadSource(told.name, told.department, code, reason))


def text_of(facet: Facet, indicator: IndicatorName) -> str:
    """The value of a text indicator; empty where the cell is empty or the source has none."""
    value = facet.values.get(indicator)
    return "" if value is None else str(value)
