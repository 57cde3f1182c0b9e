"""A loader whose batching begins when somebody has to be waited for: most requests ask once."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Generic, TypeVar

from aiodataloader import DataLoader

from resolvers.waiting import outcome

K = TypeVar("K")
V = TypeVar("V")


class Batched(Generic[K, V]):
    """Equal questions are asked once; those of one moment together.

    While `is_lone` is set nobody else asks: a question goes out at once, and alone. Many questions
    are a batch by themselves where none has been waited for before. Whoever is cancelled while it
    waits leaves the others their answer.
    """

    __slots__ = ("_known", "_later", "_loader", "_read", "is_lone")

    def __init__(self, read: Callable[[list[K]], Coroutine[Any, Any, list[V]]]) -> None:
        self._read = read
        self._loader: DataLoader[K, V] | None = None
        self._known: dict[K, V] = {}
        self._later: Callable[[], Iterable[tuple[K, V]]] | None = None
        self.is_lone = False

    @property
    def is_new(self) -> bool:
        """Whether nothing was asked or kept so far."""
        return self._loader is None and self._later is None and not self._known

    async def load(self, ask: K) -> V:
        """The answer to one question."""
        self._settle()
        if ask in self._known:
            return self._known[ask]
        if not self.is_lone:
            return await outcome(self._batching().load(ask))
        (found,) = await self._read([ask])
        self._known[ask] = found
        return found

    async def load_many(self, asks: Sequence[K]) -> list[V]:
        """The answers to many questions, in their order."""
        self._settle()
        if self._loader is None:
            return await self._all_at_once(asks)
        new = [ask for ask in dict.fromkeys(asks) if ask not in self._known]
        answers = await outcome(self._batching().load_many(new)) if new else []
        found = dict(zip(new, answers, strict=True))
        return [found[ask] if ask in found else self._known[ask] for ask in asks]

    def prime(self, ask: K, answer: V) -> None:
        """Keeps an answer that was found on the way."""
        self._known[ask] = answer

    def keep(self, found: Callable[[], Iterable[tuple[K, V]]]) -> None:
        """Keeps questions with their answers, which are made where somebody asks something."""
        self._settle()
        self._later = found

    def _settle(self) -> None:
        if self._later is not None:
            later, self._later = self._later, None
            self._known.update(later())

    async def _all_at_once(self, asks: Sequence[K]) -> list[V]:
        if not self._known:
            return await self._first(asks)
        new = [ask for ask in dict.fromkeys(asks) if ask not in self._known]
        if new:
            self._known.update(zip(new, await self._read(new), strict=True))
        return [self._known[ask] for ask in asks]

    async def _first(self, asks: Sequence[K]) -> list[V]:
        """Where nothing was asked before: to look up each of many questions costs."""
        different = list(dict.fromkeys(asks))
        answers = await self._read(different)
        found = dict(zip(different, answers, strict=True))
        self._known.update(found)
        return answers if len(different) == len(asks) else [found[ask] for ask in asks]

    def _batching(self) -> DataLoader[K, V]:
        if self._loader is None:
            self._loader = DataLoader(self._read)
        return self._loader
