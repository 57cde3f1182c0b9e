"""Before anything is timed: do both servers answer the same, and with how many statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

import orjson

from benchmarks.client import Answer, open_callers
from benchmarks.comparing import data_of, expect_same
from benchmarks.floor.server import COUNT_PATH, Variables
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


def spread_keys(keys: Sequence[Variables], count: int = CHECKED) -> list[Variables]:
    """So many keys from all over the list."""
    return list(keys[:: max(1, len(keys) // count)][:count])


async def check(floor: Side, ours: Side, telling: Side, keys: Sequence[Variables]) -> Counted:
    """Raises DifferenceError where answers differ; `telling` is ours with its statements told."""
    answers, sent = await _floor_answers(floor, keys)
    expect_same(answers, list((await ours.ask(keys)).answers))
    await telling.ask(keys[:1])  # The first one looks at the tables' columns too.
    told = list((await telling.ask(keys)).answers)
    expect_same(answers, told)
    return Counted(_statements(sent), _statements([_told(answer) for answer in told]))


async def _floor_answers(floor: Side, keys: Sequence[Variables]) -> tuple[list[Answer], list[int]]:
    """The answers and how many statements each of them took."""
    answers, counts = [], []
    async with open_callers(floor.server, 1) as (caller,):
        before = int(data_of(await caller.post(COUNT_PATH, b"")))
        for key in keys:
            answers.append(await caller.post(floor.path, floor.body(key)))
            counts.append(int(data_of(await caller.post(COUNT_PATH, b""))))
    return answers, [
        after - earlier for earlier, after in zip([before, *counts], counts, strict=False)
    ]


def _told(answer: Answer) -> int:
    return sum(orjson.loads(answer.body)["extensions"]["statements"].values())


def _statements(counts: Sequence[int]) -> Statements:
    return Statements(fmean(counts), max(counts))
