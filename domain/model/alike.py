"""Subjects of many rows held by columns: each is made only when somebody looks at it."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from operator import attrgetter, itemgetter
from typing import Final, NamedTuple, TypeVar

from domain.model.access import RowClass
from domain.model.departments import Department
from domain.model.keys import EntityKind, LocalKey, SourceName, local_keys
from domain.model.many import MadeLater, made
from domain.model.subjects import IdentityState, Subject

_SOURCE: Final = itemgetter(LocalKey._fields.index("source"))
_TEXT: Final = itemgetter(LocalKey._fields.index("text"))
_ROW_CLASS: Final = attrgetter("row_class")
_HOME: Final = frozenset({RowClass.HOME})
Sources = tuple[SourceName, ...]
T = TypeVar("T")


class SureRows(NamedTuple):
    """Subjects linked beyond doubt that are rows of the same sources, at these places of many.

    `columns`: for each source, in the order of a subject's keys, the key of each of them.
    """

    kind: EntityKind
    at: Sequence[int] | None
    departments: tuple[Department, ...]
    sources: Sources
    ids: Sequence[str]
    columns: Sequence[Sequence[str]]

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.ids)

    def texts(self, place: int) -> Sequence[str]:
        """The keys of each in one source."""
        return self.columns[place]

    def subject(self, index: int) -> Subject:
        """One of them."""
        texts = [column[index] for column in self.columns]
        keys = made(LocalKey, zip(self.departments, self.sources, texts, strict=True))
        return Subject(self.kind, self.ids[index], IdentityState.LINKED, tuple(keys), links=None)

    def only(self, department: Department) -> "Only | None":
        """The key of each in the one source of a department; None for several sources."""
        if department not in self.departments:
            return Only(None, [None] * self.size)
        if self.departments.count(department) > 1:
            return None
        place = self.departments.index(department)
        return Only(self.sources[place], self.columns[place])

    def keys_of(self, department: Department) -> Sequence[tuple[LocalKey, ...]]:
        """The keys of each in one department."""
        each = zip(self.departments, self.sources, self.columns, strict=True)
        own = [local_keys(kind, source, own) for kind, source, own in each if kind is department]
        return list(zip(*own, strict=True)) if own else [()] * self.size

    @property
    def subjects(self) -> Sequence[Subject]:
        """All of them, made anew."""
        kind, linked, home = self.kind, IdentityState.LINKED, RowClass.HOME
        each = zip(self.departments, self.sources, strict=True)
        keys = [
            made(LocalKey, ((department, source, text) for text in column))
            for (department, source), column in zip(each, self.columns, strict=True)
        ]
        every = zip(self.ids, zip(*keys, strict=True), strict=True)
        return made(Subject, ((kind, id_, linked, own, (), None, home) for id_, own in every))


class OtherRows(NamedTuple):
    """Any subjects that are rows of the same sources, at these places; None: they are all."""

    at: Sequence[int] | None
    sources: Sources
    subjects: Sequence[Subject]

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.subjects)

    @property
    def ids(self) -> Sequence[str]:
        """The id of each."""
        return [subject.id for subject in self.subjects]

    def texts(self, place: int) -> Sequence[str]:
        """The keys of each in one source."""
        return [subject.keys[place].text for subject in self.subjects]

    def only(self, _department: Department) -> None:
        """Nobody says so of subjects that may be in doubt."""

    def keys_of(self, department: Department) -> Sequence[tuple[LocalKey, ...]]:
        """The keys of each in one department."""
        return [subject.keys_of(department) for subject in self.subjects]

    def subject(self, index: int) -> Subject:
        """One of them."""
        return self.subjects[index]


Rows = SureRows | OtherRows


class Only(NamedTuple):
    """One source and the key of each subject in it, None of whoever is not there."""

    source: SourceName | None
    texts: Sequence[str | None]


class SubjectRows(MadeLater[Subject]):
    """Subjects in the order of their rows; `parts` are those of the same sources, together.

    The places of a part go up.
    """

    __slots__ = ("_size", "kind", "parts")

    def __init__(self, kind: EntityKind, size: int, parts: Sequence[Rows]) -> None:
        super().__init__()
        self.kind = kind
        self._size = size
        self.parts = parts

    def __len__(self) -> int:
        return self._size

    @property
    def ids(self) -> list[str]:
        """The id of each, in their order."""
        return self._placed(lambda part: part.ids)

    @property
    def is_sure(self) -> bool:
        """Whether each of them is linked beyond doubt."""
        return OtherRows not in set(map(type, self.parts))

    def keys_of(self, department: Department) -> list[tuple[LocalKey, ...]]:
        """The keys of each in one department, in their order."""
        return self._placed(lambda part: part.keys_of(department))

    def only(self, department: Department) -> "Only | None":
        """The key of each in the one source of a department that has them; None for several.

        None too where somebody is not linked beyond doubt.
        """
        if len(self.parts) == 1:
            return self.parts[0].only(department)
        source: SourceName | None = None
        parts: list[tuple[Sequence[int] | None, Sequence[str | None]]] = []
        for part in self.parts:
            own = part.only(department)
            if own is None or source not in {None, own.source or source}:
                return None
            source = own.source or source
            parts.append((part.at, own.texts))
        return Only(source, placed(self._size, parts))

    @property
    def others(self) -> Iterator[Subject]:
        """Those about whom anything is to be said beside their ids and keys."""
        return (s for part in self.parts if isinstance(part, OtherRows) for s in part.subjects)

    def lacks(self, keys: Sequence[LocalKey]) -> bool:
        """Whether one of them is not, or not surely, the row with the key at its place."""
        return any(_lacks(part, keys) for part in self.parts)

    def _make(self) -> Sequence[Subject]:
        return self._placed(lambda part: part.subjects)

    def _placed(self, tell: Callable[[Rows], Sequence[T]]) -> list[T]:
        if len(self.parts) == 1:
            return list(tell(self.parts[0]))
        return placed(self._size, [(part.at, tell(part)) for part in self.parts])


def placed(size: int, parts: Sequence[tuple[Sequence[int] | None, Sequence[T]]]) -> list[T]:
    """What parts tell, each at its places of so many; None: the part is all of them."""
    if len(parts) == 1:
        ((_, told),) = parts
        return list(told)
    found: dict[int, T] = {}
    for at, told in parts:
        found.update(zip(range(size) if at is None else at, told, strict=True))
    return list(map(found.__getitem__, range(size)))


def _lacks(part: Rows, keys: Sequence[LocalKey]) -> bool:
    own = keys if part.at is None else [keys[i] for i in part.at]
    sources = set(map(_SOURCE, own))
    if len(sources) != 1 or not sources.issubset(part.sources):
        return True
    place = part.sources.index(*sources)
    return list(map(_TEXT, own)) != list(part.texts(place))


def row_classes(subjects: Sequence[Subject]) -> AbstractSet[RowClass]:
    """How a caller came to see them."""
    if isinstance(subjects, SubjectRows):
        return _HOME.union(map(_ROW_CLASS, subjects.others))
    return set(map(_ROW_CLASS, subjects))


def ids_of(subjects: Sequence[Subject]) -> list[str]:
    """The id of each."""
    return subjects.ids if isinstance(subjects, SubjectRows) else [each.id for each in subjects]


def keys_of(subjects: Sequence[Subject], department: Department) -> list[tuple[LocalKey, ...]]:
    """The keys of each in one department."""
    if isinstance(subjects, SubjectRows):
        return subjects.keys_of(department)
    return [each.keys_of(department) for each in subjects]


def rows_alike(subjects: Sequence[Subject]) -> Sequence[Rows]:
    """The subjects of the same sources, together."""
    return subjects.parts if isinstance(subjects, SubjectRows) else others_alike(subjects)


def others_alike(subjects: Sequence[Subject]) -> list[OtherRows]:
    """The same of whatever subjects."""
    places: dict[Sources, list[int]] = {}
    for i, subject in enumerate(subjects):
        places.setdefault(tuple(map(_SOURCE, subject.keys)), []).append(i)
    if len(places) == 1:
        return [OtherRows(None, sources, subjects) for sources in places]
    return [OtherRows(at, sources, [subjects[i] for i in at]) for sources, at in places.items()]
