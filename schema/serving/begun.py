"""What is there is taken at once: only work that has to wait needs anything around its waiting."""

from collections.abc import Awaitable, Coroutine, Generator
from types import CoroutineType
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Rest(Generic[T]):
    """Work that did not end at once: awaited, it goes on where it waits."""

    __slots__ = ("_waits_for", "_work")

    def __init__(self, work: Coroutine[Any, Any, T], waits_for: object) -> None:
        self._work = work
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, T]:
        """Hands on what it waits for, and to it what came of that."""
        work, waits_for = self._work, self._waits_for
        try:
            while True:
                try:
                    came = yield waits_for
                except BaseException as error:  # noqa: BLE001 - told to the work, which decides
                    waits_for = work.throw(error)
                else:
                    waits_for = work.send(came)
        except StopIteration as ended:
            found: T = ended.value
            return found


def begun(work: Awaitable[T]) -> T | Rest[T]:
    """The result of work that need not wait, else what is left of it."""
    coroutine = work if isinstance(work, CoroutineType) else _awaited(work)
    try:
        return Rest(coroutine, coroutine.send(None))
    except StopIteration as ended:
        found: T = ended.value
        return found


async def _awaited(work: Awaitable[T]) -> T:
    return await work
