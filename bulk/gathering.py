"""Reads by key the records that changed, and all that must be judged together with them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from adapters.port import ReadOrder, SourceReader
from bulk.reading import Wanted, held_of
from bulk.run import Run
from bulk.spilling import put_aside
from bulk.survey import Survey
from domain.catalogue.handles import FORMER_NAME
from domain.identity.link_keys import MOST_RECORDS
from domain.model.errors import SourceError
from domain.model.keys import EntityKind, LocalKey, SourceName
from domain.model.tally import Tally
from store.records import Seen, SeenRecord

KEYS_AT_ONCE: Final = 500
MOST_READ: Final = 2
"""More records than so many times the limit of changes are too many to be read by key."""

Queue = dict[str, tuple[LocalKey, SeenRecord | None]]
"""Records to be read, by the hash of the key: the key, and how the record was seen last."""


class TooMuchError(Exception):
    """So much is to be judged anew that reading everything is less work."""


class Gatherer:
    """Reads into the spill until it holds every record that the judgement of another rests on.

    Records of one number or link key are judged together. A record without a number is judged
    against the sure records of its unit and name, so that all of those are read where one of them,
    or the record itself, is judged anew.
    """

    def __init__(
        self, run: Run, wanted: Wanted, readers: Mapping[SourceName, SourceReader], limit: int
    ) -> None:
        self.readers = dict(readers)
        self.lost: list[tuple[SourceReader, SourceError]] = []
        self.rejudged: dict[str, SeenRecord] = {}
        self.visited: dict[str, Seen | None] = {}
        self.gone: dict[str, SeenRecord] = {}
        self._run = run
        self._wanted = wanted
        self._limit = limit
        self._numbers: set[str] = set()
        self._shared: set[str] = set()
        self._crowded: set[str] = set()
        self._keys: dict[str, LocalKey] = {}
        self._growth: Counter[str] = Counter()

    async def gather(self, surveys: Sequence[Survey]) -> None:
        """Read everything. Raises TooMuchError."""
        for survey in surveys:
            self.gone |= survey.gone
        self.rejudged |= self.gone
        self._note_growth(self.gone.values(), ())
        await self._grow({**await self._doubtful(), **_changed(surveys)})
        touched = [*self.visited.values(), *(record.seen for record in self.rejudged.values())]
        beside = await self._run.records.of_blocks(_blocks(touched))
        await self._grow(self._queue(each for each in beside if each.seen.number is None))
        loose = [each for each in self.visited.values() if each and each.number is None]
        context = await self._run.records.of_blocks(_blocks(loose))
        await self._grow(self._queue(context))
        self._run.spill.part(self._crowded)

    async def _doubtful(self) -> Queue:
        """Records whose judgement rests on what no version tells of, or that lost their link."""
        records = self._run.records
        found = await records.unlinked(self._limit + 1)
        described = (each.description for each in self.readers.values())
        if any(FORMER_NAME in each.places[EntityKind.PERSON] for each in described):
            found += await records.disputed(self._limit + 1)
        return self._queue(found)

    async def _grow(self, queue: Queue) -> None:
        """Read the records, then those of their numbers and link keys, until there are no more."""
        is_first = not self.visited
        while queue or is_first:
            is_first = False
            if len(self.visited) + len(queue) > MOST_READ * self._limit:
                raise TooMuchError
            self.rejudged |= {key: was for key, (_, was) in queue.items() if was is not None}
            for reader in list(self.readers.values()):
                await self._read(reader, queue)
            queue = await self._companions(queue)

    async def _read(self, reader: SourceReader, queue: Queue) -> None:
        name = reader.description.name
        own = [(key_hash, key) for key_hash, (key, _) in queue.items() if key.source == name]
        self._keys |= own
        try:
            for start in range(0, len(own), KEYS_AT_ONCE):
                await self._read_part(reader, dict(own[start : start + KEYS_AT_ONCE]))
        except SourceError as error:
            self._lose(reader, error)

    async def _read_part(self, reader: SourceReader, keys: Mapping[str, LocalKey]) -> None:
        texts = tuple(key.text for key in keys.values())
        order = ReadOrder(self._wanted.entity, texts, held_of(reader, self._wanted))
        facets = [each for each in await reader.read(order, Tally()) if each is not None]
        self._run.again[reader.description.name] += len(facets)
        seen = {each.key_hash: each for each in await put_aside(self._run, reader, facets)}
        self.visited |= {key_hash: seen.get(key_hash) for key_hash in keys}

    def _lose(self, reader: SourceReader, error: SourceError) -> None:
        """A source that broke off counts as not read at all."""
        name = reader.description.name
        self.lost.append((reader, error))
        del self.readers[name]
        self._run.spill.forget(name)
        self.visited = {k: s for k, s in self.visited.items() if self._keys[k].source != name}
        self.gone = {k: r for k, r in self.gone.items() if r.seen.key.source != name}

    async def _companions(self, queue: Queue) -> Queue:
        """The records of the numbers and link keys that the records of the queue have or had."""
        was = [record for _, record in queue.values() if record is not None]
        now = [each for key in queue if (each := self.visited.get(key)) is not None]
        self.gone |= {
            record.seen.key_hash: record
            for record in was
            if self.visited.get(record.seen.key_hash, record) is None
        }
        self._note_growth(was, now)
        touched = [*now, *(record.seen for record in (*was, *self.gone.values()))]
        numbers = {each.number for each in touched if each.number} - self._numbers
        shared = {each.shared for each in touched if each.shared} - self._shared
        self._numbers |= numbers
        self._shared |= shared
        records = self._run.records
        found = await records.of_numbers(numbers) if numbers else []
        uncrowded = await self._uncrowded(shared) if shared else set()
        if uncrowded:
            found += await records.of_shared(uncrowded)
        return self._queue(found)

    def _note_growth(self, was: Iterable[SeenRecord], now: Iterable[Seen]) -> None:
        self._growth.subtract(each.seen.shared for each in was if each.seen.shared)
        self._growth.update(each.shared for each in now if each.shared)

    async def _uncrowded(self, shared: set[str]) -> set[str]:
        """The link keys but those that so many records have that they are none.

        Where one becomes or ceases to be a key, all its records are judged otherwise.
        """
        sizes = await self._run.records.sizes_of_shared(shared)
        crowded = {each for each in shared if sizes.get(each, 0) > MOST_RECORDS}
        grown = {e for e in shared if sizes.get(e, 0) + self._growth[e] > MOST_RECORDS}
        if crowded != grown:
            raise TooMuchError
        self._crowded |= crowded
        return shared - crowded

    def _queue(self, records: Iterable[SeenRecord]) -> Queue:
        """Those not yet read, of sources that answer."""
        return {
            each.seen.key_hash: (each.seen.key, each)
            for each in records
            if each.seen.key.source in self.readers
            and each.seen.key_hash not in self.visited
            and each.seen.key_hash not in self.gone
        }


def _changed(surveys: Sequence[Survey]) -> Queue:
    return {
        key_hash: (seen.key, survey.before.get(key_hash))
        for survey in surveys
        for key_hash, seen in survey.changed.items()
    }


def _blocks(touched: Iterable[Seen | None]) -> set[str]:
    return {each.block for each in touched if each is not None and each.block is not None}
