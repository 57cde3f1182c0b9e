"""`fourfold link`: builds or refreshes the cross-reference from the live sources."""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress as RichProgress
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from bulk.linking import CityLinks, link_city
from bulk.rekeying import rekey_city
from bulk.reports import Progress, Step
from bulk.scoring import Score, score_city
from bulk.truth import require_truth
from commands.link_report import print_links, print_scores, tell_links, tell_scores
from commands.opening import City, open_city, read_key_file, store_options
from domain.model.errors import BadInputError, FourfoldError, MappingError
from settings import read_settings
from store.rekeying import Rekeyed, is_under
from store.sealing import Seals

EPILOG = """Examples:

fourfold link --config city.toml

fourfold link --config city.toml --full

fourfold link --config city.toml --json

fourfold link --config .demo/city.toml --truth .demo/truth.json

fourfold link --config city.toml --rekey new-index.key

Exit status: 0 all sources were read, 1 one was not or the platform database is away, 2 wrong use.
"""
REKEYED: Final = """{0.links} links and {0.numbers} numbers stand under the new key.
{0.left} numbers that no source has any more stay under the old one, where nobody finds them.
Put {file} in the place of index_key_file and start the servers anew."""
OTHER_KEY: Final = (
    "the links stand under another index key: put the file of the last --rekey in the place of"
    " index_key_file; where that key is lost, --lost-key links anew and every id changes"
)
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


class Lines:
    """Prints a plain line now and then, for logs."""

    def __init__(self) -> None:
        self._said: dict[str, int] = {}

    def report(self, step: Step) -> None:
        """Say what is read, and again after so many records."""
        label, mark = _label(step), step.done // LINES_APART
        if mark > self._said.get(label, -1):
            self._said[label] = mark
            far = f": {step.done} records" if mark else ""  # the tables tell how many there were
            print(f"{label}{far}", file=sys.stderr)


def link(  # noqa: PLR0913 - one parameter an option
    *,
    config: Annotated[Path, typer.Option(help="The city file.")] = Path("city.toml"),
    truth: Annotated[
        Path | None, typer.Option(help="The truth.json of a made-up city to be measured against.")
    ] = None,
    rekey: Annotated[
        Path | None, typer.Option(help="A file with a new index key: only write all hashes anew.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Read and judge everything anew, not the changes alone.")
    ] = False,
    lost_key: Annotated[
        bool,
        typer.Option("--lost-key", help="The old index key is lost: all links and ids begin anew."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Find out which records are one person or unit, and keep that as links; safe to repeat."""
    with _exit_status():
        if rekey is not None:
            rekeyed = asyncio.run(_rekey(config, rekey))
            print(json.dumps(asdict(rekeyed)) if as_json else REKEYED.format(rekeyed, file=rekey))
            return
        if truth is not None:
            require_truth(truth)
        done, scores = asyncio.run(_link(config, truth, full=full, lost_key=lost_key))
    if as_json:
        told = tell_links(done) | tell_scores(scores)
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        print_links(done)
        print_scores(scores)
    raise typer.Exit(int(any(each.is_failure for each in done.unread)))


@contextmanager
def _exit_status() -> Iterator[None]:
    try:
        yield
    except (BadInputError, MappingError) as error:
        print(f"fourfold link: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    except FourfoldError as error:
        print(f"fourfold link: {error}", file=sys.stderr)
        raise typer.Exit(1) from None


async def _rekey(config: Path, file: Path) -> Rekeyed:
    settings = read_settings(config)
    data_key = store_options(settings.platform, config.parent).data_key
    new = Seals(read_key_file(file), data_key)
    async with open_city(config, settings) as city:
        if not await is_under(city.store.database, city.store.seals):
            raise BadInputError(OTHER_KEY)
        return await rekey_city(city.readers, city.store, new, Lines())


async def _link(
    config: Path, truth: Path | None, *, full: bool, lost_key: bool
) -> tuple[CityLinks, Sequence[Score]]:
    async with open_city(config) as city:
        if not lost_key and not await is_under(city.store.database, city.store.seals):
            raise BadInputError(OTHER_KEY)
        done = await _watched(city, full=full)
        return done, await score_city(city.readers, city.store, truth) if truth else ()


async def _watched(city: City, *, full: bool) -> CityLinks:
    if not sys.stderr.isatty():
        return await _run(city, Lines(), full=full)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[done]} records"),
        TimeElapsedColumn(),
    )
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as shown:
        return await _run(city, _Bar(shown), full=full)


async def _run(city: City, progress: Progress, *, full: bool) -> CityLinks:
    now = datetime.now(UTC)
    return await link_city(city.readers, city.store, now=now, progress=progress, full=full)


def _label(step: Step) -> str:
    return f"{step.stage} {step.entity} {step.subject}".rstrip()
