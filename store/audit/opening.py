"""Opens the audit log of a process: its own connection, its chain, and the anchors it signs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from domain.audit.alerting import Thresholds
from domain.audit.anchors import AnchorKind
from store.audit.alerts import Alerts
from store.audit.anchoring import Anchoring, Anchors
from store.audit.keeping import Keeping
from store.audit.keys import AuditKeys
from store.audit.reading import AuditBook
from store.audit.sightings import Sightings
from store.audit.writing import AuditWriter
from store.database import Store
from store.engine import DURABLE, Database

CITY_TIME: Final = ZoneInfo("Asia/Shanghai")
CONNECTIONS: Final = 2
"""One that writes, kept open, and one for anchors."""


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """Under which secret the log is chained and sealed, and where its anchors go.

    `earlier` secrets are for reading; `seconds` is how long an answer waits for its entry. Anchors
    are signed after so many seconds or entries. Without thresholds nothing is watched.
    """

    url: str = field(repr=False)
    secret: bytes = field(repr=False)
    earlier: tuple[bytes, ...] = field(default=(), repr=False)
    anchor_file: Path | None = None
    anchor_seconds: float = 3600.0
    anchor_entries: int = 500
    seconds: float = 5.0
    alerts: Thresholds | None = None


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The open log."""

    store: Store
    writer: AuditWriter
    book: AuditBook
    anchors: Anchors

    @property
    def keeping(self) -> Keeping:
        """What lets parts of it go."""
        return Keeping(self.book, self.anchors)


@asynccontextmanager
async def open_audit_log(
    store: Store, options: AuditOptions, clock: Callable[[], datetime]
) -> AsyncIterator[AuditLog]:
    """The log while the block lasts; its last heads are signed at the end."""
    keys = AuditKeys(options.secret, options.earlier)
    database = Database(options.url, CONNECTIONS, DURABLE)
    writer = AuditWriter(database, keys, options.seconds)
    anchors = Anchors(database, keys, options.anchor_file)
    anchoring = Anchoring(anchors, writer.take_heads, clock, options.anchor_entries)
    writer.watches.append(anchoring.hear)
    alerts = _alerts(store, database, writer, (options.alerts, clock))
    task = asyncio.create_task(anchoring.run(options.anchor_seconds))
    try:
        yield AuditLog(store, writer, AuditBook(store.database, keys), anchors)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await writer.close()
        if alerts is not None:
            await alerts.close()
        await anchoring.sign(AnchorKind.END)
        await database.close()


def _alerts(
    store: Store,
    database: Database,
    writer: AuditWriter,
    watching: tuple[Thresholds | None, Callable[[], datetime]],
) -> Alerts | None:
    """What watches the writer's entries from now on."""
    thresholds, clock = watching
    if thresholds is None:
        return None
    alerts = Alerts(
        # The connection of the log itself is kept for who waits.
        sightings=Sightings(store.database if store.database.is_leased else database),
        counts=store.budgets,
        thresholds=thresholds,
        zone=CITY_TIME,
        figures=writer.figures,
        clock=clock,
    )
    writer.watches.append(alerts.hear)
    return alerts
