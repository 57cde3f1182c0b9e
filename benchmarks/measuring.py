"""Measures one job round by round; every answer that was timed is compared afterwards."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, cycle, islice
from typing import Final

import orjson

from benchmarks.client import Answer, Phase, Target, run_phase
from benchmarks.comparing import expect_same
from benchmarks.jobs.job import Job, Key, Load
from benchmarks.ratios import Measured, Round
from benchmarks.servers import Server

OUR_PATH: Final = "/graphql"
WARM: Final = 200
CALLERS: Final = 16
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Side:
    """One server and how a job is put to it."""

    target: Target
    body: Callable[[Key], bytes]

    async def ask(self, keys: Sequence[Key], callers: int = 1) -> Phase:
        """All keys in their order."""
        return await run_phase(self.target, [self.body(key) for key in keys], callers)


def floor_side(server: Server, job: Job) -> Side:
    """The floor gets the variables alone: it knows the question."""
    return Side(Target(server, job.path), lambda key: orjson.dumps(key.floor))


def our_side(server: Server, job: Job, headers: Mapping[str, str]) -> Side:
    """Ours gets the document with them, and the headers of who asks."""

    def body(key: Key) -> bytes:
        return orjson.dumps({"query": job.document, "variables": key.ours})

    return Side(Target(server, OUR_PATH, headers), body)


async def measure(
    sides: tuple[Side, Side], keys: Sequence[Key], load: Load, count: int, say: Say
) -> list[Round]:
    """So many rounds, floor and ours by turns; who goes first changes, for caches warm up."""
    supply = cycle(keys)
    for side in sides:
        await side.ask(_take(supply, WARM), CALLERS)
    rounds = []
    for number in range(count):
        lone, loaded = _take(supply, load.lone), _take(supply, load.loaded)
        order = sides if number % 2 == 0 else sides[::-1]
        done = {id(side): (await side.ask(lone), await side.ask(loaded, CALLERS)) for side in order}
        floor, ours = (done[id(side)] for side in sides)
        expect_same(_answers(floor), _answers(ours))
        rounds.append(Round(_measured(*floor), _measured(*ours)))
        say(f"round {number + 1} of {count}")
    return rounds


def _take(supply: Iterator[Key], count: int) -> list[Key]:
    return list(islice(supply, count))


def _answers(phases: tuple[Phase, Phase]) -> list[Answer]:
    return list(chain.from_iterable(phase.answers for phase in phases))


def _measured(lone: Phase, loaded: Phase) -> Measured:
    return Measured(
        requests=len(lone.answers),
        cpu=lone.cpu,
        latencies=[answer.seconds for answer in lone.answers],
        loaded_requests=len(loaded.answers),
        loaded_seconds=loaded.seconds,
        loaded_cpu=loaded.cpu,
    )
