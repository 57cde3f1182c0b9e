"""Load: mixed questions from many callers, every answer that of its own question, nothing grows."""

import asyncio
import gc
import logging
import threading
from collections.abc import Iterator
from itertools import cycle, islice

import pytest

from domain.catalogue import handles as h
from domain.identity.id_numbers import normalise_id_number
from tests.support.city import Client, Json, TestCity, stored

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

CALLERS = 16
SHORT, NIGHTLY = 120, 100_000
MOST_MORE = 1.03
DOCUMENT = """query($n: String!, $c: String!, $ns: [String!]) {
  person(idNumber: $n) { idNumber name payroll { payrollStatus { code } } unit { unitCode } }
  unit(unitCode: $c) { unitCode pools { approved unit { unitCode } } }
  persons(filter: { idNumbers: $ns }) { nodes { idNumber } }
}"""
PERSON = "query($n: String!) { person(idNumber: $n) { idNumber records { department } } }"
UNIT = "query($c: String!) { unit(unitCode: $c) { unitCode name poolTotals { pools } } }"
Question = tuple[str, Json]


def questions(city: TestCity) -> Iterator[Question]:
    """Questions of three kinds about everybody in turn, for ever."""
    held = stored(city, "hr", "person", h.ID_NUMBER)
    numbers = [
        normalise_id_number(held[str(person["keys"]["hr"])]).text
        for person in city.persons_in_all()
    ]
    living = [unit for unit in city.truth["units"] if len(unit["keys"]) == 4]
    codes = [unit["keys"]["establishment"] for unit in living]
    for number, code in zip(cycle(numbers), cycle(codes), strict=False):
        yield DOCUMENT, {"n": number, "c": code, "ns": [number]}
        yield PERSON, {"n": number}
        yield UNIT, {"c": code}


def is_own(variables: Json, data: Json) -> bool:
    """Whether an answer speaks of what was asked for, and of nothing else."""
    person, unit, persons = data.get("person"), data.get("unit"), data.get("persons")
    return (
        (person is None or person[h.ID_NUMBER] == variables["n"])
        and (unit is None or unit[h.UNIT_CODE] == variables["c"])
        and (persons is None or [p[h.ID_NUMBER] for p in persons["nodes"]] == [variables["n"]])
        and all(p["unit"][h.UNIT_CODE] == variables["c"] for p in (unit or {}).get("pools") or [])
    )


async def ask_all(client: Client, asked: Iterator[Question]) -> int:
    """All questions by so many callers at once; how many were answered."""
    answered = 0

    async def call() -> None:
        nonlocal answered
        for document, variables in asked:
            data = await client.data(document, **variables)
            assert data.keys() <= {"person", "unit", "persons"}
            assert is_own(variables, data)
            answered += 1

    await asyncio.gather(*(call() for _ in range(CALLERS)))
    return answered


async def soak(client: Client, city: TestCity, count: int) -> None:
    """So many questions after a warm-up leave neither objects nor threads behind."""
    supply = questions(city)
    await ask_all(client, islice(supply, SHORT))
    before = _objects(), threading.active_count()

    assert await ask_all(client, islice(supply, count)) == count

    assert _objects() <= MOST_MORE * before[0]
    assert threading.active_count() <= before[1]


def _objects() -> int:
    gc.collect()
    return len(gc.get_objects())


@pytest.fixture(autouse=True)
def _keeps_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """Pytest keeps each line of a test's log: it would be what grows."""
    caplog.set_level(logging.CRITICAL)


async def test_mixed_answers_are_their_own_and_nothing_grows(
    client: Client, city: TestCity
) -> None:
    await soak(client, city, SHORT)


@pytest.mark.nightly
@pytest.mark.timeout(7200)
async def test_a_hundred_thousand_answers_are_their_own_and_nothing_grows(
    client: Client, city: TestCity
) -> None:
    await soak(client, city, NIGHTLY)
