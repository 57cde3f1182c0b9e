"""`fourfold audit verify`: whether anybody has changed the log."""

import json
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from commands.audit.opening import CITY_FILE, AuditDesk, ConfigOption, JsonOption, run
from commands.opening import utc_now
from domain.audit.anchors import AnchorKind
from domain.model.errors import PlatformError
from store.audit.anchoring import read_anchor_file
from store.audit.checking import Report, check_log

EPILOG = """Examples:

fourfold audit verify

fourfold audit verify --anchors /mnt/elsewhere/audit-anchors.jsonl

fourfold audit verify --json

Exit status: 0 nobody has, 1 somebody has, or the platform database is away, 2 wrong use.
"""

_NOT_SIGNED: Final = (
    "fourfold audit verify: the newest entries could not be anchored, and may be cut off unseen; "
    "see that the anchor file and the platform database can be written, and run it again"
)


def verify(
    *,
    anchors: Annotated[
        Path | None,
        typer.Option("--anchors", help="Anchors kept elsewhere; else those of the city file."),
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = CITY_FILE,
) -> None:
    """Check every chain: edits, deletions, insertions, swaps, and what was cut off."""

    async def work(desk: AuditDesk) -> Report:
        file = anchors or desk.options.anchor_file
        is_there = file is not None and (anchors is not None or file.exists())
        elsewhere = read_anchor_file(file) if file is not None and is_there else ()
        report = await check_log(desk.log.book, desk.log.anchors, elsewhere)
        # What a killed process left unsigned can be cut off unseen no longer.
        try:
            await desk.log.anchors.add(AnchorKind.SEEN, report.unanchored, utc_now())
        except (PlatformError, OSError):  # What was found is told all the same.
            print(_NOT_SIGNED, file=sys.stderr)
        return report

    report = run("verify", config, work)
    if as_json:
        print(json.dumps(_told(report), indent=2))
    else:
        _print(report)
    if report.findings:
        raise typer.Exit(1)


def _told(report: Report) -> dict[str, object]:
    return {
        "entries": report.entries,
        "chains": report.chains,
        "erased": report.erased,
        "purged": report.purged,
        "anchors": report.anchors,
        "findings": [{**finding._asdict(), "kind": finding.kind} for finding in report.findings],
        "more_findings": report.untold,
    }


def _print(report: Report) -> None:
    for kind, chain, sequence, detail in report.findings:
        print(f"{kind}: chain {chain}, entry {sequence}: {detail}")
    if report.untold:
        print(f"and {report.untold} more")
    print(
        f"{report.entries} entries in {report.chains} chains, {report.anchors} anchors; "
        f"{report.erased} erased, {report.purged} purged: "
        f"{'changed' if report.findings else 'whole'}"
    )
