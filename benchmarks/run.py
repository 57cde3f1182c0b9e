"""`python -m benchmarks.run`: makes a city, compares both servers' answers, measures by turns."""

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.city import LEAST_PERSONS, made_city, opened_city
from benchmarks.errors import BenchmarkError
from benchmarks.jobs.every import ASKED, Asked
from benchmarks.output import Result, ratio_table, server_table, told
from benchmarks.running import measure_jobs

EPILOG = """examples:
  ./dev bench
  ./dev bench --json --rounds 5
  ./dev bench --persons 188000 --rounds 11
  ./dev bench --jobs page,page+access

exit status: 0 measured, 1 a server is missing or answers differ, 2 wrong use
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures all jobs and shows what was found."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        results = _run(options)
    except BenchmarkError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: stopped", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(told(results)))
        return 0
    console = Console()
    console.print(ratio_table(results))
    console.print(server_table(results))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev bench",
        description="Our server beside a hand-written one, as ratios.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object and no table")
    parser.add_argument("--persons", type=int, default=20_000, help="size of the city (20000)")
    parser.add_argument(
        "--rounds", type=int, default=7, help="how often each server is measured (7)"
    )
    parser.add_argument(
        "--city", type=Path, help="city.toml of a demo city that is linked already; it is kept"
    )
    parser.add_argument(
        "--jobs",
        type=_jobs,
        default=ASKED,
        metavar="NAME,NAME",
        help=f"some of {', '.join(each.name for each in ASKED)}",
    )
    options = parser.parse_args(arguments)
    if options.persons < LEAST_PERSONS:
        parser.error(f"--persons must be {LEAST_PERSONS} or more")
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    return options


def _jobs(names: str) -> tuple[Asked, ...]:
    by_name = {each.name: each for each in ASKED}
    unknown = [name for name in names.split(",") if name not in by_name]
    if unknown:
        raise argparse.ArgumentTypeError(f"`{unknown[0]}` is none of {', '.join(by_name)}")
    return tuple(by_name[name] for name in names.split(","))


def _run(options: argparse.Namespace) -> dict[str, Result]:
    if options.city:
        return measure_jobs(opened_city(options.city), options.jobs, options.rounds)
    print(f"bench: making a city of {options.persons} persons ...", file=sys.stderr, flush=True)
    with made_city(options.persons) as city:
        return measure_jobs(city, options.jobs, options.rounds)


def _interrupt(*_: object) -> None:
    """SIGTERM ends a benchmark as Ctrl+C does, which a running event loop understands."""
    signal.raise_signal(signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())
