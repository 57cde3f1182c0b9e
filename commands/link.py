"""`fourfold link`: builds or refreshes the cross-reference from the live sources."""

import asyncio
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import Progress as RichProgress
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from bulk.linking import CityLinks, link_city
from bulk.reports import LinkSummary, Outcome, Progress, Step
from commands.opening import City, open_city
from domain.model.departments import RECORD_ORDER
from domain.model.errors import BadInputError, FourfoldError, MappingError

EPILOG = """Examples:

fourfold link --config city.toml

fourfold link --config city.toml --json

Exit status: 0 all sources were read, 1 one was not or the platform database is away, 2 wrong use.
"""
HEADINGS: Final = {
    Outcome.CERTAIN: "certain",
    Outcome.HIGH: "high",
    Outcome.MEDIUM: "medium",
    Outcome.LOW: "low",
    Outcome.CONFLICT: "conflict",
    Outcome.WAITING: "waiting",
    Outcome.UNUSABLE: "unusable",
    Outcome.DUPLICATE: "double",
}
LINES_APART: Final = 50_000


class _Bar:
    """Shows counters on a terminal."""

    def __init__(self, progress: RichProgress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def report(self, step: Step) -> None:
        label = _label(step)
        if label not in self._tasks:
            self._tasks[label] = self._progress.add_task(label, total=None, done=0)
        self._progress.update(self._tasks[label], done=step.done)


class _Lines:
    """Prints a plain line now and then, for logs."""

    def __init__(self) -> None:
        self._said: dict[str, int] = {}

    def report(self, step: Step) -> None:
        label, mark = _label(step), step.done // LINES_APART
        if mark > self._said.get(label, -1):
            self._said[label] = mark
            print(f"{label}: {step.done} records", file=sys.stderr)


def link(
    *,
    config: Annotated[Path, typer.Option(help="The city file.")] = Path("city.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Find out which records are one person or unit, and keep that as links; safe to repeat."""
    try:
        done = asyncio.run(_link(config))
    except (BadInputError, MappingError) as error:
        print(f"fourfold link: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    except FourfoldError as error:
        print(f"fourfold link: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    if as_json:
        print(json.dumps(_told(done), ensure_ascii=False, indent=2))
    else:
        _print_summary(done)
    raise typer.Exit(int(any(each.is_failure for each in done.unread)))


async def _link(config: Path) -> CityLinks:
    async with open_city(config) as city:
        if not sys.stderr.isatty():
            return await _run(city, _Lines())
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TextColumn("{task.fields[done]} records"),
            TimeElapsedColumn(),
        )
        with RichProgress(*columns, console=Console(stderr=True), transient=True) as shown:
            return await _run(city, _Bar(shown))


async def _run(city: City, progress: Progress) -> CityLinks:
    return await link_city(city.readers, city.store, now=datetime.now(UTC), progress=progress)


def _label(step: Step) -> str:
    return f"{step.stage} {step.entity} {step.subject}".rstrip()


def _told(done: CityLinks) -> dict[str, object]:
    return {
        "persons": _summary_told(done.people),
        "units": _summary_told(done.units),
        "unread": [asdict(each) for each in done.unread],
    }


def _summary_told(summary: LinkSummary) -> dict[str, object]:
    records = {
        outcome.value: {
            department.value: summary.counts[outcome, department]
            for department in RECORD_ORDER
            if (outcome, department) in summary.counts
        }
        for outcome in Outcome
    }
    return {"records": records, "changes": asdict(summary.changes)}


def _print_summary(done: CityLinks) -> None:
    console = Console()
    console.print(_table("Persons", done.people))
    console.print(_table("Units", done.units))
    for each in {unread.source: unread for unread in reversed(done.unread)}.values():
        text = f"{each.source} ({each.department}) was left as it is linked: {each.reason}"
        console.print(text, highlight=False, soft_wrap=True)


def _table(title: str, summary: LinkSummary) -> Table:
    changes = summary.changes
    caption = f"{changes.owners} new, {changes.opened} links begun, {changes.closed} ended"
    if changes.held:
        caption += f", {changes.held} left as a steward confirmed them"
    table = Table("department", title=title, caption=caption, box=SIMPLE, padding=0)
    for heading in HEADINGS.values():
        table.add_column(heading, justify="right")
    for department in RECORD_ORDER:
        counts = [summary.counts.get((outcome, department), 0) for outcome in HEADINGS]
        table.add_row(department.value, *map(str, counts))
    return table
