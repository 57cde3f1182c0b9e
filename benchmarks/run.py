"""`python -m benchmarks.run`: makes a city, compares both servers' answers, measures by turns."""

import argparse
import json
import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop
from rich.console import Console

from benchmarks.checking import check, spread_keys
from benchmarks.city import LEAST_PERSONS, BenchCity, made_city, opened_city
from benchmarks.errors import BenchmarkError
from benchmarks.jobs.every import JOBS
from benchmarks.jobs.job import Job
from benchmarks.measuring import floor_side, measure, our_side
from benchmarks.output import Result, ratio_table, server_table, told
from benchmarks.servers import Server, floor_server, our_server

EPILOG = """examples:
  ./dev bench
  ./dev bench --json --rounds 5
  ./dev bench --persons 188000 --rounds 11
  ./dev bench --jobs page,ledger

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
        "--jobs", type=_jobs, default=JOBS, metavar="NAME,NAME", help="some of lookup, page, ledger"
    )
    options = parser.parse_args(arguments)
    if options.persons < LEAST_PERSONS:
        parser.error(f"--persons must be {LEAST_PERSONS} or more")
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    return options


def _jobs(names: str) -> tuple[Job, ...]:
    by_name = {job.name: job for job in JOBS}
    unknown = [name for name in names.split(",") if name not in by_name]
    if unknown:
        raise argparse.ArgumentTypeError(f"`{unknown[0]}` is none of {', '.join(by_name)}")
    return tuple(by_name[name] for name in names.split(","))


def _run(options: argparse.Namespace) -> dict[str, Result]:
    if options.city:
        return _measure(opened_city(options.city), options)
    _say(f"making a city of {options.persons} persons ...")
    with made_city(options.persons) as city:
        return _measure(city, options)


def _measure(city: BenchCity, options: argparse.Namespace) -> dict[str, Result]:
    with floor_server(city) as floor, our_server(city, debug=False) as ours:
        return {
            job.name: _measure_job(job, city, (floor, ours), options.rounds) for job in options.jobs
        }


def _measure_job(job: Job, city: BenchCity, servers: tuple[Server, Server], rounds: int) -> Result:
    keys = job.keys(city.data)
    random.Random(1).shuffle(keys)
    floor, ours = floor_side(servers[0], job), our_side(servers[1], job)
    checked = spread_keys(keys)
    _say(f"{job.name}: comparing the answers to {len(checked)} of {len(keys)} keys ...")
    with our_server(city, debug=True) as telling:
        counted = uvloop.run(check(floor, ours, our_side(telling, job), checked))
    _say(f"{job.name}: measuring ...")
    done = uvloop.run(
        measure((floor, ours), keys, rounds, lambda text: _say(f"{job.name}: {text}"))
    )
    return Result(done, counted)


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def _interrupt(*_: object) -> None:
    """SIGTERM ends a benchmark as Ctrl+C does, which a running event loop understands."""
    signal.raise_signal(signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())
