"""Writes the audit log: one chain a process, entries that wait at the same time in one commit."""

import asyncio
import os
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


class _Waiter:
    """One entry, who waits for it, and until when."""

    __slots__ = ("done", "ends", "entry")

    def __init__(self, entry: Entry, done: asyncio.Future[None], ends: float) -> None:
        self.entry = entry
        self.done = done
        self.ends = ends


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
    _batch: list[_Waiter] = field(default_factory=list)
    _task: asyncio.Task[None] | None = None
    _wake: asyncio.Future[None] | None = None
    _timer: asyncio.TimerHandle | None = None
    _is_closing: bool = False

    def write(self, entry: Entry) -> asyncio.Future[None]:
        """Ends when the entry is kept; with AuditUnavailableError where it may not be.

        Whoever waits may be cancelled: the entry is kept all the same.
        """
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        waiter = _Waiter(entry, done, loop.time() + self.seconds)
        if len(self._waiting) >= MOST_WAITING:
            self._tell(waiter, is_kept=False)
            return done
        self._waiting.append(waiter)
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._run())
        elif self._wake is not None:
            self._rouse(self._wake)
        if self._timer is None:
            self._timer = loop.call_later(self.seconds, self._look)
        return done

    def take_heads(self) -> list[Head]:
        """The heads of chains that have grown since they were taken last."""
        heads, self._heads = self._heads, {}
        return list(heads.values())

    async def close(self) -> None:
        """Waits for what is being written."""
        self._is_closing = True
        if self._wake is not None:
            self._rouse(self._wake)
        if self._task is not None:
            await self._task
        if self._timer is not None:
            self._timer.cancel()
        self._task, self._timer, self._is_closing = None, None, False

    async def _run(self) -> None:
        """Writes what waits; a task that lives on, for to make one costs a tenth of an entry."""
        while True:
            while self._waiting:
                await self._drain()
            if self._is_closing:
                return
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake

    def _rouse(self, sleeping: asyncio.Future[None]) -> None:
        self._wake = None
        if not sleeping.done():
            sleeping.set_result(None)

    async def _drain(self) -> None:
        batch = self._batch = self._waiting[:MOST_TOGETHER]
        del self._waiting[:MOST_TOGETHER]
        is_kept = False
        try:
            is_kept = await self._keep([waiter.entry for waiter in batch])
        finally:
            self._batch = []
            for waiter in batch:
                self._tell(waiter, is_kept=is_kept)

    def _tell(self, waiter: _Waiter, *, is_kept: bool) -> None:
        """Ends the waiting, once."""
        if waiter.done.done():
            return
        if is_kept:
            waiter.done.set_result(None)
        else:
            self.figures.refused += 1
            waiter.done.set_exception(_unavailable())

    def _look(self) -> None:
        """Tells those who have waited too long; one timer serves all who wait."""
        self._timer, loop = None, asyncio.get_running_loop()
        left = [each for each in (*self._batch, *self._waiting) if not each.done.done()]
        now = loop.time()
        for waiter in left:
            if waiter.ends <= now:
                self._tell(waiter, is_kept=False)
        if ends := [each.ends for each in left if each.ends > now]:
            self._timer = loop.call_at(min(ends), self._look)

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
        payload = payload_text(entry, subjects, os.urandom(_SALT_BYTES).hex())
        link = next_link(head, self.keys.present, whole_milliseconds(entry.at), payload)
        return Chained(link, self.keys.seal(link, payload), all_hashes(subjects))


def new_chain() -> Head:
    """The beginning of a chain of its own."""
    return Head(uuid.uuid4().hex)


def _unavailable() -> AuditUnavailableError:
    return AuditUnavailableError("审计暂不可用，个人信息不予答复 (the audit log cannot be written)")
