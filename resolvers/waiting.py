"""Waiting for what others wait for too: whoever leaves does not end it for them."""

import asyncio
from typing import Any, TypeVar

T = TypeVar("T")


async def outcome(shared: asyncio.Future[T]) -> T:
    """The result of a future that others may await as well. Raises its error.

    A caller who is cancelled leaves alone: to await the future itself would cancel it for all, and
    each of them would take that for a cancellation of its own.
    """
    if shared.done():
        return shared.result()
    shared.add_done_callback(_seen)
    return await asyncio.shield(shared)


def _seen(shared: asyncio.Future[Any]) -> None:  # Any: whatever the result is
    """Where everybody has left, nobody else looks at an error."""
    if not shared.cancelled():
        shared.exception()
