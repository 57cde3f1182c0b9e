"""Contents that are not there any more: what was erased is told apart from what nobody can read."""

import pytest
from sqlalchemy import update

from commands.audit.who import _print, _shown
from domain.audit.verifying import Payload
from store.audit.opening import AuditLog
from store.audit.subjects import Kind
from store.tables import AUDIT_ENTRY
from tests.support.auditing import write


async def test_who_tells_what_was_erased_from_what_nobody_can_read(
    log: AuditLog, capsys: pytest.CaptureFixture[str]
) -> None:
    for content in (None, b"sealed by somebody else", ...):
        await write(log, "p1")
        if content is not ...:
            last = AUDIT_ENTRY.c.sequence == log.writer.figures.entries
            async with log.store.database.writing() as connection:
                changed = update(AUDIT_ENTRY).where(last).values(payload_sealed=content)
                await connection.execute(changed)

    uses = await log.book.uses([log.book.keys.every_subject(Kind.PERSON, "p1")])
    uses.sort(key=lambda use: use.place.sequence)
    shown = [_shown(use) for use in uses]
    _print(shown)

    assert [use.state for use in uses] == [Payload.ERASED, Payload.UNREADABLE, Payload.HERE]
    assert [{"erased", "unreadable"} & one.keys() for one in shown] == [
        {"erased"},
        {"unreadable"},
        set(),
    ]
    erased, unreadable, here = capsys.readouterr().out.splitlines()
    assert erased.endswith("  (erased)")
    assert unreadable.endswith("  (unreadable)")
    assert here.endswith("  allowed")
