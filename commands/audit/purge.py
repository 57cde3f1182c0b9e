"""`fourfold audit purge` and `erase`: what of the log may go, and that it went is an entry."""

import sys
from datetime import datetime, timedelta
from typing import Annotated, Final

import typer

from commands.audit.opening import (
    CITY_FILE,
    CONSOLE,
    AuditDesk,
    ByOption,
    ConfigOption,
    instant,
    own_entry,
    run,
)
from commands.audit.who import NumberOption, PersonOption, meant
from commands.opening import utc_now
from domain.audit.entry import Action
from domain.model.errors import BadInputError
from store.audit.checking import check_log

LEAST: Final = timedelta(days=183)
"""The law wants six months. Source: roles.md section 5."""
PURGE_EPILOG = """Examples:

fourfold audit purge                      (whatever is older than [audit] keep_days)

fourfold audit purge --before 2023-01-01 --by auditor

Exit status: 0 done, 1 the log has been changed and nothing was purged, 2 wrong use.
"""
ERASE_EPILOG = """Examples:

fourfold audit erase --person UGVyc29uOjdmM2E --by auditor

Exit status: 0 done, 1 the platform database is away, 2 wrong use.
"""


def purge(
    *,
    before: Annotated[
        str | None, typer.Option("--before", help="Entries before this day; six months stay.")
    ] = None,
    by: ByOption = CONSOLE,
    config: ConfigOption = CITY_FILE,
) -> None:
    """Take old entries away; a signed head of each chain stays, and the rest can be checked."""

    async def work(desk: AuditDesk) -> int | None:
        end = _end(before, desk, utc_now())
        if (await check_log(desk.log.book, desk.log.anchors)).findings:
            return None
        purged = await desk.log.keeping.purge(end, utc_now())
        await desk.log.writer.write(own_entry(Action.PURGE, by))
        return purged

    purged = run("purge", config, work)
    if purged is None:
        message = "the log has been changed: see fourfold audit verify; nothing was purged"
        print(f"fourfold audit purge: {message}", file=sys.stderr)
        raise typer.Exit(1)
    print(f"{purged} entries purged")


def erase(
    *,
    person: PersonOption = None,
    id_number: NumberOption = False,
    by: ByOption = CONSOLE,
    config: ConfigOption = CITY_FILE,
) -> None:
    """Forget the contents of every entry that touched one person; the chain stays whole."""

    async def work(desk: AuditDesk) -> int:
        _, hashes = await meant(desk.log, person, asks_number=id_number)
        await desk.log.writer.write(own_entry(Action.ERASE, by))
        return await desk.log.keeping.erase(hashes)

    print(f"{run('erase', config, work)} entries erased")


def _end(before: str | None, desk: AuditDesk, now: datetime) -> datetime:
    if before is None:
        return now - timedelta(days=desk.settings.audit.keep_days)
    end = instant(before, "--before")
    if end > now - LEAST:
        raise BadInputError("--before lies at least 183 days back: the law wants six months")
    return end
