"""Writes the audit log: one chain a process, entries that wait at the same time in one commit."""

import asyncio
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import structlog

from domain.audit.alerting import AuditFigures
from domain.audit.chain import Head, head_of, next_link
from domain.audit.entry import Entry, payload_text, whole_milliseconds
from domain.model.errors import AuditUnavailableError, PlatformError
from store.audit.keys import AuditKeys
from store.audit.rows import Chained, add_rows
from store.audit.subjects import all_hashes, subjects_of
from store.engine import Database

MOST_WAITING: Final = 5000
MOST_TOGETHER: Final = 200
_SALT_BYTES: Final = 16
_log = structlog.get_logger("audit")


class Kept(NamedTuple):
    """An entry that is kept, and the hashes of its subjects by kind."""

    entry: Entry
    subjects: Mapping[str, Sequence[str]]


Watch = Callable[[Sequence[Kept]], None]
"""Hears of every batch after its commit; must not raise."""


@dataclass(slots=True)
class _Waiter:
    entry: Entry
    done: asyncio.Future[bool]
    """Nobody else's: whoever waits may be cancelled, and the batch goes on."""

    def tell(self, is_kept: bool) -> None:  # noqa: FBT001 - called by the loop
        """Ends the waiting, once."""
        if not self.done.done():
            self.done.set_result(is_kept)


@dataclass(slots=True)
class AuditWriter:
    """Keeps entries; `seconds` is how long one may wait for its commit.

    A batch whose commit failed may be there all the same: the chain is left as it is and a new one
    begun, so that no place of a chain is ever written twice.
    """

    database: Database
    keys: AuditKeys
    seconds: float = 5.0
    watches: list[Watch] = field(default_factory=list)
    figures: AuditFigures = field(default_factory=AuditFigures)
    _head: Head = field(default_factory=lambda: new_chain())  # noqa: PLW0108 - defined below
    _heads: dict[str, Head] = field(default_factory=dict)
    _waiting: list[_Waiter] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None

    async def write(self, entry: Entry) -> None:
        """Returns when the entry is kept. Raises AuditUnavailableError where it may not be."""
        if len(self._waiting) >= MOST_WAITING:
            self.figures.refused += 1
            raise _unavailable()
        loop = asyncio.get_running_loop()
        waiter = _Waiter(entry, loop.create_future())
        self._waiting.append(waiter)
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._drain())
        end = loop.call_later(self.seconds, waiter.tell, False)  # noqa: FBT003 - given to a callback
        try:
            is_kept = await waiter.done
        finally:
            end.cancel()
        if not is_kept:
            self.figures.refused += 1
            raise _unavailable()

    def take_heads(self) -> list[Head]:
        """The heads of chains that have grown since they were taken last."""
        heads, self._heads = self._heads, {}
        return list(heads.values())

    async def close(self) -> None:
        """Waits for what is being written."""
        if self._task is not None:
            await self._task

    async def _drain(self) -> None:
        while self._waiting:
            batch = self._waiting[:MOST_TOGETHER]
            del self._waiting[:MOST_TOGETHER]
            is_kept = False
            try:
                is_kept = await self._keep([waiter.entry for waiter in batch])
            finally:
                for waiter in batch:
                    waiter.tell(is_kept)

    async def _keep(self, entries: Sequence[Entry]) -> bool:
        rows, kept, head = [], [], self._head
        for entry in entries:
            subjects = subjects_of(self.keys, entry)
            row = self._chained(head, entry, subjects)
            head = head_of(row.link)
            rows.append(row)
            kept.append(Kept(entry, subjects))
        try:
            await add_rows(self.database, rows)
        except PlatformError:
            self.figures.failures += 1
            self._head = new_chain()
            _log.error("audit_unavailable", entries=len(entries))
            return False
        self._head = self._heads[head.chain] = head
        self.figures.batches += 1
        self.figures.entries += len(rows)
        for watch in self.watches:
            watch(kept)
        return True

    def _chained(self, head: Head, entry: Entry, subjects: Mapping[str, Sequence[str]]) -> Chained:
        payload = payload_text(entry, subjects, secrets.token_hex(_SALT_BYTES))
        link = next_link(head, self.keys.present, whole_milliseconds(entry.at), payload)
        return Chained(link, self.keys.seal(link, payload), all_hashes(subjects))


def new_chain() -> Head:
    """The beginning of a chain of its own."""
    return Head(uuid.uuid4().hex)


def _unavailable() -> AuditUnavailableError:
    return AuditUnavailableError("审计暂不可用，个人信息不予答复 (the audit log cannot be written)")
