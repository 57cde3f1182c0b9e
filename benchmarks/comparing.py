"""Whether two answers are the same, and where not; ID numbers are never shown."""

import re
from collections.abc import Iterator
from typing import Any, Final

import orjson

from benchmarks.client import Answer
from benchmarks.errors import DifferenceError

_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])\d{15}(?:\d{2}[0-9Xx])?(?![0-9A-Za-z])")
_SHOWN: Final = 10


def data_of(answer: Answer) -> Any:  # noqa: ANN401 - JSON
    """The `data` of an answer. Raises DifferenceError for an error or a broken body."""
    try:
        body = orjson.loads(answer.body)
    except ValueError:
        raise DifferenceError(f"an answer is no JSON (status {answer.status})") from None
    if not 200 <= answer.status < 300 or body.get("errors"):
        told = masked(str(body.get("errors"))[:300])
        raise DifferenceError(f"an answer has status {answer.status} and errors {told}")
    return body.get("data")


def canonical(data: object) -> bytes:
    """JSON in its one form: keys sorted."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)


def differences(floor: object, ours: object, path: str = "") -> Iterator[str]:
    """Where two JSON values differ, one line each, ID numbers masked."""
    if isinstance(floor, dict) and isinstance(ours, dict):
        for name in sorted({*floor, *ours}):
            where = f"{path}.{name}".lstrip(".")
            if name in floor and name in ours:
                yield from differences(floor[name], ours[name], where)
            else:
                yield f"{where}: only in {'the floor' if name in floor else 'ours'}"
    elif isinstance(floor, list) and isinstance(ours, list) and len(floor) == len(ours):
        for number, (one, other) in enumerate(zip(floor, ours, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")
    elif canonical(floor) != canonical(ours):
        shown = (orjson.dumps(each).decode() for each in (floor, ours))
        yield masked(f"{path}: floor {next(shown)}, ours {next(shown)}")


def masked(text: str) -> str:
    """A text without ID numbers."""
    return _NUMBER.sub("***", text)


def expect_same(floor: list[Answer], ours: list[Answer]) -> None:
    """Raises DifferenceError with the first differences, if there is one."""
    found: list[str] = []
    for number, (one, other) in enumerate(zip(floor, ours, strict=True)):
        mine, theirs = data_of(one), data_of(other)
        if canonical(mine) != canonical(theirs):
            found += [f"key {number}: {line}" for line in differences(mine, theirs)]
    if found:
        shown = "\n".join(found[:_SHOWN])
        raise DifferenceError(f"{len(found)} differences, the first ones:\n{shown}")
