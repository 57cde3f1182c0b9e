"""How well the links in force agree with a planted truth: precision and recall by level."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from adapters.port import SourceReader
from bulk.truth import Planted, PlantedRow, read_planted
from domain.identity.matching import SURE, MatchLevel
from domain.model.departments import PERSON_DRIVERS, UNIT_DRIVERS, Department
from domain.model.keys import EntityKind, LocalKey, SourceName
from store.database import Store
from store.people import PersonLinks
from store.units import UnitLinks

JUDGED: Final = tuple(level for level in MatchLevel if level is not MatchLevel.NONE)


class Held(NamedTuple):
    """What a link in force says of a record."""

    owner: str
    level: MatchLevel


Links = Mapping[str, Held]


@dataclass(frozen=True, slots=True)
class LevelScore:
    """Records of one level: so many planted, so many judged, so many both."""

    planted: int
    judged: int
    right: int

    @property
    def precision(self) -> float:
        """The share of the judged that is right; 1 where nothing was judged."""
        return self.right / self.judged if self.judged else 1.0

    @property
    def recall(self) -> float:
        """The share of the planted that was found; 1 where nothing was planted."""
        return self.right / self.planted if self.planted else 1.0


@dataclass(slots=True)
class Score:
    """Links against a truth; `wrong` counts sure links of two true subjects to one.

    `beyond` counts records that no level was planted for, linked with their own all the same.
    """

    entity: EntityKind
    planted: Counter[MatchLevel] = field(default_factory=Counter)
    judged: Counter[MatchLevel] = field(default_factory=Counter)
    right: Counter[MatchLevel] = field(default_factory=Counter)
    linkable: int = 0
    linked: int = 0
    wrong: int = 0
    beyond: int = 0

    def of(self, level: MatchLevel) -> LevelScore:
        """The figures of one level."""
        return LevelScore(self.planted[level], self.judged[level], self.right[level])

    @property
    def recall(self) -> float:
        """The share of the linkable that are wholly linked."""
        return self.linked / self.linkable if self.linkable else 1.0


async def score_city(
    readers: Sequence[SourceReader], store: Store, truth: Path
) -> tuple[Score, Score]:
    """The links of persons and of units as they stand, against the truth of a made-up city."""
    people = read_planted(truth, EntityKind.PERSON, PERSON_DRIVERS)
    units = read_planted(truth, EntityKind.UNIT, UNIT_DRIVERS)
    sources = _sources(readers)
    return (
        score(EntityKind.PERSON, people, await _read_links(sources, store.people)),
        score(EntityKind.UNIT, units, await _read_links(sources, store.units)),
    )


@dataclass(frozen=True, slots=True)
class Book:
    """The links in force of one kind, and how a key of a department is found among them."""

    links: Links
    by_department: Mapping[Department, Sequence[SourceName]]
    of: PersonLinks | UnitLinks

    def held(self, row: PlantedRow) -> Held | None:
        """What is judged of a record; None where nothing is."""
        for source in self.by_department.get(row.department, ()):
            found = self.links.get(self.of.key_index(LocalKey(row.department, source, row.key)))
            if found is not None:
                return found
        return None


def score(entity: EntityKind, truth: Iterable[Planted], book: Book) -> Score:
    """Counts every planted record; two true subjects under one owner are wrong links."""
    found = Score(entity)
    owners: set[str] = set()
    for planted in truth:
        held = [book.held(row) for row in planted.rows]
        sure = {each.owner for each in held if each is not None and each.level in SURE}
        found.wrong += len(sure & owners)
        owners |= sure
        _count_rows(found, planted, held)
        found.linkable += planted.linkable
        found.linked += planted.linkable and _is_linked(planted, held)
    return found


def _count_rows(found: Score, planted: Planted, held: Sequence[Held | None]) -> None:
    reference = held[0] if held else None
    for row, link in zip(planted.rows, held, strict=True):
        is_own = link is not None and reference is not None and link.owner == reference.owner
        if row.level is MatchLevel.NONE and is_own:
            found.beyond += 1
            continue
        found.planted[row.level] += 1
        if link is not None:
            found.judged[link.level] += 1
            found.right[row.level] += is_own and link.level is row.level


def _is_linked(planted: Planted, held: Sequence[Held | None]) -> bool:
    """Whether all records that should be sure lead to one owner, surely."""
    pairs = zip(planted.rows, held, strict=True)
    wanted = [link for row, link in pairs if row.level in SURE]
    owners = {link.owner if link and link.level in SURE else None for link in wanted}
    return len(owners) == 1 and None not in owners


def _sources(readers: Sequence[SourceReader]) -> Mapping[Department, Sequence[SourceName]]:
    names: dict[Department, list[SourceName]] = {}
    for reader in readers:
        names.setdefault(reader.description.department, []).append(reader.description.name)
    return names


async def _read_links(
    sources: Mapping[Department, Sequence[SourceName]], of: PersonLinks | UnitLinks
) -> Book:
    links: dict[str, Held] = {}
    for name in _names(sources):
        after = ""
        while page := await of.list_open(name, after):
            after = page[-1].id
            links |= {link.key_hmac: Held(link.owner, MatchLevel(link.level)) for link in page}
    return Book(links, sources, of)


def _names(sources: Mapping[Department, Sequence[SourceName]]) -> Iterator[SourceName]:
    for names in sources.values():
        yield from names
