"""Several reads at the same time, without a task for the first of them."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


async def at_once(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """The results in order; an error stops the others and is raised."""
    if len(work) == 1:
        return [await work[0]]
    if not work:
        return []
    start = asyncio.get_running_loop().create_task
    tasks = [start(one) for one in work[1:]]
    try:
        return [await work[0], *[await task for task in tasks]]
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
