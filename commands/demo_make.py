"""`fourfold demo make`: fills four departmental databases with a made-up city."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from demo.city import CityOptions, CitySummary, make_city
from demo.errors import CityDatabaseError, CityOptionsError
from domain.model.departments import RECORD_ORDER, Department

EPILOG = """Examples:

fourfold demo make --dir .demo

fourfold demo make --dir .demo --persons 20000 --units 800 --seed 7

fourfold demo make --dir .demo --url finance=postgresql://fourfold@localhost/finance --url hr=mysql://fourfold@localhost/hr
"""
_LINES_PER_LABEL = 10


class _Bar:
    """Shows a progress bar on a terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def advance(self, label: str, done: int, total: int) -> None:
        if label not in self._tasks:
            self._tasks[label] = self._progress.add_task(label, total=total)
        self._progress.update(self._tasks[label], completed=done)


class _Lines:
    """Prints a plain line now and then, for logs."""

    def __init__(self) -> None:
        self._said: dict[str, int] = {}

    def advance(self, label: str, done: int, total: int) -> None:
        tenth = done * _LINES_PER_LABEL // total
        if tenth > self._said.get(label, 0):
            self._said[label] = tenth
            print(f"{label}: {done} of {total}", file=sys.stderr)


def _refuse(message: str, status: int) -> NoReturn:
    print(f"fourfold demo make: {message}", file=sys.stderr)
    raise typer.Exit(status)


def _urls(pairs: Sequence[str]) -> dict[Department, str]:
    urls: dict[Department, str] = {}
    for pair in pairs:
        name, equals, url = pair.partition("=")
        if not equals or not url:
            _refuse("--url wants department=URL, for example hr=sqlite:///hr.sqlite", 2)
        if name not in set(Department):
            known = ", ".join(RECORD_ORDER)
            _refuse(f"--url names an unknown department '{name}'; there are: {known}", 2)
        if Department(name) in urls:
            _refuse(f"--url is given twice for {name}", 2)
        urls[Department(name)] = url
    return urls


def _make(options: CityOptions) -> CitySummary:
    if not sys.stderr.isatty():
        return make_city(options, _Lines())
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        return make_city(options, _Bar(progress))


def _print_json(summary: CitySummary) -> None:
    told = {
        "rows": dict(summary.rows),
        "planted": dict(summary.planted),
        "files": [str(path) for path in summary.files],
        "missing": list(summary.missing),
    }
    print(json.dumps(told, ensure_ascii=False, indent=2))


def _print_tables(summary: CitySummary) -> None:
    console = Console()
    rows = Table("department", "rows", title="Rows")
    for department, count in summary.rows.items():
        rows.add_row(department, str(count))
    planted = Table("list of truth.json", "entries", title="Truth")
    for name, count in summary.planted.items():
        planted.add_row(name, str(count))
    console.print(rows)
    console.print(planted)
    for path in summary.files:
        console.print(str(path), highlight=False, soft_wrap=True)


def make(  # noqa: PLR0913  # one parameter an option
    *,
    folder: Annotated[
        Path, typer.Option("--dir", help="Folder of the city; made if it is not there.")
    ],
    persons: Annotated[int, typer.Option(help="How many persons.")] = 2000,
    units: Annotated[int, typer.Option(help="How many units.")] = 80,
    seed: Annotated[int, typer.Option(help="The same seed makes the same city.")] = 1,
    url: Annotated[
        list[str] | None,
        typer.Option(
            help="department=URL of a database to fill instead of a SQLite file; repeatable."
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="Port its server will listen on.")] = 8000,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
) -> None:
    """Fill four departmental databases with a made-up city; write city.toml and truth.json."""
    options = CityOptions(folder, persons, units, seed, _urls(url or []), port)
    try:
        summary = _make(options)
    except CityOptionsError as exc:
        _refuse(str(exc), 2)
    except CityDatabaseError as exc:
        _refuse(str(exc), 1)
    if summary.missing:
        told = ", ".join(summary.missing)
        print(f"fourfold demo make: this city is too small to show: {told}", file=sys.stderr)
    (_print_json if as_json else _print_tables)(summary)
