"""Counts what a piece of work costs in calls of our own functions, on any machine the same."""

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TypeVar

T = TypeVar("T")
ROOT = str(Path(__file__).parents[2])
GENERATED = "<plan "


def calls_of(work: Callable[[], T]) -> tuple[T, Counter[str]]:
    """The result, and how often each function of ours, or that a plan made, was called."""
    calls: Counter[str] = Counter()

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        is_ours = code.co_filename.startswith(ROOT) and "/.venv/" not in code.co_filename
        if event == "call" and (is_ours or code.co_filename.startswith(GENERATED)):
            calls[code.co_qualname] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        found = work()
    finally:
        sys.setprofile(before)
    return found, calls
