"""Counts what a piece of work costs in calls of our own functions, on any machine the same."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TypeVar

T = TypeVar("T")
ROOT = str(Path(__file__).parents[2])
GENERATED = "<plan "


def calls_of(work: Callable[[], T]) -> tuple[T, Counter[str]]:
    """The result, and how often each function of ours, or that a plan made, was called."""
    with counted_calls() as calls:
        found = work()
    return found, calls


@contextmanager
def counted_calls() -> Iterator[Counter[str]]:
    """The calls made meanwhile, of what a plan made under the name GENERATED."""
    calls: Counter[str] = Counter()

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event != "call":
            return
        if code.co_filename.startswith(GENERATED):
            calls[GENERATED] += 1
        elif code.co_filename.startswith(ROOT) and "/.venv/" not in code.co_filename:
            calls[code.co_qualname] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield calls
    finally:
        sys.setprofile(before)
