"""Anchors in the database and in a file elsewhere: heads of chains, signed now and then."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.audit.anchors import Anchor, AnchorKind, anchor_line, read_line, signed
from domain.audit.chain import Head
from domain.model.errors import BadInputError, PlatformError
from store.audit.keys import AuditKeys
from store.engine import Database, Found
from store.tables import AUDIT_ANCHOR

FIRST_SECONDS: Final = 60.0
"""How soon the first anchor of a process is made at the latest."""
_SIGNED: Final = ("chain", "sequence", "hash", "at", "key_id", "mac")
_log = structlog.get_logger("audit")


@dataclass(frozen=True, slots=True)
class Anchors:
    """Where anchors are kept; without a file they stand in the database alone."""

    database: Database
    keys: AuditKeys
    file: Path | None

    async def add(self, kind: AnchorKind, heads: Sequence[Head], now: datetime) -> None:
        """Signs heads. Raises PlatformError or OSError; the file comes first."""
        anchors = [signed(kind, head, now, self.keys.present) for head in heads]
        if not anchors:
            return
        if self.file is not None:
            await asyncio.to_thread(_append, self.file, anchors)
        rows = [_row(anchor) for anchor in anchors]
        async with self.database.writing() as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            # A purge that was cut short leaves its checkpoint once more.
            await connection.execute(dialect.insert(AUDIT_ANCHOR).on_conflict_do_nothing(), rows)

    async def list_all(self) -> list[Anchor | None]:
        """Every anchor of the database; None for a row that is none. Raises PlatformError."""
        rows = await self.database.read(select(AUDIT_ANCHOR), {})
        return [_anchor(row) for row in rows]

    async def thin_out(self) -> None:
        """Takes away the anchors that a further one of the same chain makes needless."""
        other = AUDIT_ANCHOR.alias()
        own = AUDIT_ANCHOR.c
        further = select(other.c.chain).where(
            other.c.chain == own.chain,
            other.c.sequence > own.sequence,
            other.c.kind != AnchorKind.PURGED,
        )
        needless = own.kind != AnchorKind.PURGED, further.exists()
        async with self.database.writing() as connection:
            await connection.execute(delete(AUDIT_ANCHOR).where(*needless))


@dataclass(slots=True)
class Anchoring:
    """Signs what has grown; heads whose anchor could not be kept are tried again.

    `entries`: after so many it does not wait for its time.
    """

    anchors: Anchors
    take_heads: Callable[[], list[Head]]
    clock: Callable[[], datetime]
    entries: int = 500
    _pending: dict[str, Head] = field(default_factory=dict)
    _grown: int = 0
    _many: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, kept: Sequence[object]) -> None:
        """A batch has been kept."""
        self._grown += len(kept)
        if self._grown >= self.entries:
            self._many.set()

    async def run(self, seconds: float) -> None:
        """Soon after the start, then every so many seconds or entries; never ends."""
        wait = min(seconds, FIRST_SECONDS)
        while True:
            kind = AnchorKind.HOUR
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._many.wait()
                kind = AnchorKind.COUNT
            await self.sign(kind)
            wait = seconds

    async def sign(self, kind: AnchorKind) -> None:
        """One round; where it fails that is logged, and the chain itself goes on."""
        self._grown = 0
        self._many.clear()
        self._pending |= {head.chain: head for head in self.take_heads()}
        heads = list(self._pending.values())
        try:
            await self.anchors.add(kind, heads, self.clock())
        except (PlatformError, OSError) as error:
            _log.error("audit_anchor_failed", kind=type(error).__name__, chains=len(heads))
        else:
            self._pending.clear()


def read_anchor_file(path: Path) -> Iterator[Anchor | None]:
    """The anchors of a file, line by line; None for a line that is none. Raises BadInputError."""
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.strip():
                    yield read_line(line)
    except OSError as error:
        raise BadInputError(f"{path} cannot be read") from error


def _append(path: Path, anchors: Sequence[Anchor]) -> None:
    text = "".join(f"{anchor_line(anchor)}\n" for anchor in anchors)
    # One write to a file opened for appending: lines of several processes do not mix.
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def _anchor(row: Found) -> Anchor | None:
    try:
        return Anchor(AnchorKind(row["kind"]), *(row[name] for name in _SIGNED))
    except ValueError:
        return None


def _row(anchor: Anchor) -> dict[str, object]:
    return {
        "chain": anchor.chain,
        "sequence": anchor.sequence,
        "kind": anchor.kind.value,
        "hash": anchor.hash,
        "at": anchor.at,
        "key_id": anchor.key_id,
        "mac": anchor.mac,
    }
