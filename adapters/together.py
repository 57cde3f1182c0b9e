"""Several reads at the same time: all answers, or the first error with the rest stopped."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


async def together(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """The results in order. Raises the first error after every other read has stopped."""
    if len(work) == 1:
        return [await work[0]]  # No task for what nothing else runs beside.
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
