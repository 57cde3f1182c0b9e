"""`fourfold audit purge` and `erase`: what of the log may go, and that it went is an entry."""

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Final

import typer

from commands.audit.opening import (
    CITY_FILE,
    CONSOLE,
    AuditDesk,
    ByOption,
    ConfigOption,
    instant,
    run,
)
from commands.audit.who import NumberOption, PersonOption, meant
from commands.opening import utc_now
from domain.audit.entry import Action, Touched
from domain.audit.erasing import ErasedPlaces, Spot, by_chain
from domain.model.errors import BadInputError
from store.audit.checking import check_log
from store.audit.keeping import CHUNK

LEAST: Final = timedelta(days=183)
"""The law wants six months. Source: roles.md section 5."""
PURGE_EPILOG = """Examples:

fourfold audit purge                      (whatever is older than [audit] keep_days)

fourfold audit purge --before 2023-01-01 --by auditor

Exit status: 0 done, 1 the log has been changed and nothing was purged, 2 wrong use.
"""
ERASE_EPILOG = """Examples:

fourfold audit erase --person UGVyc29uOjdmM2E --by auditor

fourfold audit erase --earlier --by auditor        (after an update, when verify tells of "erase")

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
        report = await check_log(desk.log.book, desk.log.anchors)
        if report.findings:
            return None
        heads = await desk.log.keeping.heads_before(end)
        cut = {head.chain: head.sequence for head in heads}
        # What was erased and stays needs its word, when the entry about it goes.
        await _attest(desk, Action.PURGE, report.erasures.orphaned(cut))
        return await desk.log.keeping.purge(heads, end, utc_now())

    purged = run("purge", config, work, by=by)
    if purged is None:
        message = "the log has been changed: see fourfold audit verify; nothing was purged"
        print(f"fourfold audit purge: {message}", file=sys.stderr)
        raise typer.Exit(1)
    print(f"{purged} entries purged")


def erase(
    *,
    person: PersonOption = None,
    id_number: NumberOption = False,
    earlier: Annotated[
        bool,
        typer.Option(
            "--earlier",
            help="Erase nothing: answer for contents that verify misses, erased by a version that"
            " kept no word of which they were.",
        ),
    ] = False,
    by: ByOption = CONSOLE,
    config: ConfigOption = CITY_FILE,
) -> None:
    """Forget the contents of every entry that touched one person; the chain stays whole."""

    async def work(desk: AuditDesk) -> int:
        if earlier:
            return await _answer_for(desk)
        _, hashes = await meant(desk.log, person, asks_number=id_number)
        attest = partial(_keep, desk, Action.ERASE)
        return await desk.log.keeping.erase(hashes, attest)

    if earlier and (person or id_number):
        print("fourfold audit erase: --earlier erases nobody", file=sys.stderr)
        raise typer.Exit(2)
    count = run("erase", config, work, by=by)
    print(f"{count} entries answered for" if earlier else f"{count} entries erased")


async def _answer_for(desk: AuditDesk) -> int:
    report = await check_log(desk.log.book, desk.log.anchors)
    missing = report.erasures.unattested()
    await _attest(desk, Action.ERASE, missing)
    return len(missing)


async def _attest(desk: AuditDesk, action: Action, spots: Sequence[Spot]) -> None:
    """One entry at least, and one more for every so many places."""
    for start in range(0, max(len(spots), 1), CHUNK):
        await _keep(desk, action, by_chain(spots[start : start + CHUNK]))


async def _keep(desk: AuditDesk, action: Action, erased: ErasedPlaces) -> None:
    await desk.keep(action, Touched(erased=erased))


def _end(before: str | None, desk: AuditDesk, now: datetime) -> datetime:
    if before is None:
        return now - timedelta(days=desk.settings.audit.keep_days)
    end = instant(before, "--before")
    if end > now - LEAST:
        raise BadInputError("--before lies at least 183 days back: the law wants six months")
    return end
