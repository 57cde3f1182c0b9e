"""Before anything is timed: do both servers answer the same, and with how many statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

import orjson

from benchmarks.client import Answer, Target, open_callers
from benchmarks.comparing import data_of, expect_same
from benchmarks.floor.server import COUNT_PATH
from benchmarks.jobs.job import Key
from benchmarks.measuring import Side

CHECKED: Final = 200


@dataclass(frozen=True, slots=True)
class Statements:
    """SQL statements of one request: the mean over the checked keys, and the most of any."""

    mean: float
    most: int


@dataclass(frozen=True, slots=True)
class Counted:
    """The statements of both servers."""

    floor: Statements
    ours: Statements


def spread_keys(keys: Sequence[Key], count: int = CHECKED) -> list[Key]:
    """So many keys from all over the list."""
    return list(keys[:: max(1, len(keys) // count)][:count])


async def check(floor: Side, ours: Side, telling: Side, keys: Sequence[Key]) -> Counted:
    """Raises DifferenceError where answers differ; `telling` is ours with its statements told."""
    answers, sent = await _floor_answers(floor, keys)
    expect_same(answers, list((await ours.ask(keys)).answers))
    await telling.ask(keys[:1])  # The first one looks at the tables' columns too.
    told = list((await telling.ask(keys)).answers)
    expect_same(answers, told)
    return Counted(_statements(sent), _statements([_told(answer) for answer in told]))


async def _floor_answers(floor: Side, keys: Sequence[Key]) -> tuple[list[Answer], list[int]]:
    """The answers and how many statements each of them took."""
    answers, counts = [], []
    counting = Target(floor.target.server, COUNT_PATH)
    async with open_callers(floor.target, 1) as (asking,), open_callers(counting, 1) as (counter,):
        before = int(data_of(await counter.post(b"")))
        for key in keys:
            answers.append(await asking.post(floor.body(key)))
            counts.append(int(data_of(await counter.post(b""))))
    return answers, [
        after - earlier for earlier, after in zip([before, *counts], counts, strict=False)
    ]


def _told(answer: Answer) -> int:
    return sum(orjson.loads(answer.body)["extensions"]["statements"].values())


def _statements(counts: Sequence[int]) -> Statements:
    return Statements(fmean(counts), max(counts))
