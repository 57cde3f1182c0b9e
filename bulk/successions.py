"""Follows what the register says became of units, so that a code of the past finds its heir."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from adapters.port import SourceReader
from bulk.reading import note_unread
from bulk.reports import Findings
from domain.identity.succession import heirs_of
from domain.model.departments import Department
from domain.model.errors import SourceError
from domain.model.keys import LocalKey
from domain.model.tally import Tally
from store.database import Store
from store.recording import Recorded, Stamp

CITY_TIME: Final = ZoneInfo("Asia/Shanghai")


def city_day(at: datetime) -> date:
    """The day in the city."""
    return at.astimezone(CITY_TIME).date()


async def link_successions(
    readers: Sequence[SourceReader], store: Store, stamp: Stamp, findings: Findings
) -> None:
    """Make aliases say what the register says; nothing changes where it cannot be read."""
    today = city_day(stamp.at)
    heirs: dict[LocalKey, LocalKey] = {}
    for reader in readers:
        told = reader.description
        if told.department is not Department.ESTABLISHMENT:
            continue
        try:
            events = await reader.successions(Tally())
        except SourceError as error:
            note_unread(reader, error, findings)
            return
        for old, new in heirs_of(events or (), today).items():
            heirs[LocalKey(told.department, told.name, old)] = LocalKey(
                told.department, told.name, new
            )
    findings.changes += Recorded(merged=await store.units.record_heirs(heirs, stamp))
