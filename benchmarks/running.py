"""All jobs over one city: first those without access control, then those of somebody signed in."""

import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import uvloop

from benchmarks.access import NOBODY, SCOPE, Caller, signed_in
from benchmarks.checking import check, spread_keys
from benchmarks.city import BenchCity
from benchmarks.jobs.every import Asked
from benchmarks.jobs.job import CityData
from benchmarks.measuring import floor_side, measure, our_side
from benchmarks.output import Result
from benchmarks.servers import Server, floor_server, our_server


@dataclass(frozen=True, slots=True)
class Bench:
    """The servers that the jobs of one caller share, and how often each is measured."""

    city: BenchCity
    data: CityData
    floor: Server
    ours: Server
    caller: Caller
    rounds: int


def measure_jobs(city: BenchCity, jobs: Sequence[Asked], rounds: int) -> dict[str, Result]:
    """What each job was measured to cost. Raises BenchmarkError, DifferenceError."""
    results: dict[str, Result] = {}
    with floor_server(city) as floor:
        for is_signed_in in (False, True):
            asked = [job for job in jobs if job.is_signed_in is is_signed_in]
            if asked:
                with _opened(city, floor, rounds, is_signed_in=is_signed_in) as bench:
                    results |= {job.name: _measure_job(bench, job) for job in asked}
    return {job.name: results[job.name] for job in jobs}


@contextmanager
def _opened(city: BenchCity, floor: Server, rounds: int, *, is_signed_in: bool) -> Iterator[Bench]:
    if not is_signed_in:
        with our_server(city, NOBODY, debug=False) as ours:
            yield Bench(city, city.data, floor, ours, NOBODY, rounds)
        return
    with signed_in(city.config) as caller, our_server(city, caller, debug=False) as ours:
        yield Bench(city, replace(city.data, scope=SCOPE), floor, ours, caller, rounds)


def _measure_job(bench: Bench, asked: Asked) -> Result:
    job, caller, tell = asked.job, bench.caller, partial(_tell, asked.name)
    keys = job.keys(bench.data)
    random.Random(1).shuffle(keys)
    floor, ours = floor_side(bench.floor, job), our_side(bench.ours, job, caller.headers)
    checked = spread_keys(keys)
    tell(f"comparing the answers to {len(checked)} of {len(keys)} keys ...")
    with our_server(bench.city, caller, debug=True) as server:
        telling = our_side(server, job, caller.headers)
        counted = uvloop.run(check(floor, ours, telling, checked))
    tell("measuring ...")
    return Result(uvloop.run(measure((floor, ours), keys, job.load, bench.rounds, tell)), counted)


def _tell(job: str, text: str) -> None:
    print(f"bench: {job}: {text}", file=sys.stderr, flush=True)
