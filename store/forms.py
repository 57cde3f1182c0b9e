"""How an owner's records in force come from the database: as one text and a list of keys.

Thousands of owners have records of the same sources and equally sure: their texts are equal, and
what they say is worked out once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any, Final, NamedTuple

from domain.identity.matching import SURE, MatchLevel
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import LocalKey, SourceName
from domain.model.many import MadeLater
from domain.model.subjects import Judged
from store.links import sealing_context
from store.sealing import Seals

MOST_FORMS: Final = 4096
# Names of departments, sources and levels hold neither.
BETWEEN_LINKS: Final = ","
BETWEEN_PARTS: Final = " "
CONFIRMED: Final = "1"
SEALED: Final = "2"
"""What a link says of itself beside its department, source and level."""

OwnerRow = Sequence[Any]
"""The owner, the text of its form, and its keys, clear or sealed, in the order of that text.

All are None where nobody has the record; the last two where its owner has none in force.
"""
NOBODY: Final[OwnerRow] = (None, None, None)


class Owner(NamedTuple):
    """Who has a record, and the keys of all its records in force: department, source, key.

    `judged` are the same with how sure each is; None where all are sure.
    """

    id: str
    keys: tuple[LocalKey, ...]
    judged: tuple[Judged, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Holders:
    """Whose records they are; one object for all forms that say the same, to be told by itself."""

    departments: tuple[Department, ...]
    sources: tuple[SourceName, ...]


class Form(NamedTuple):
    """What the text says of each record, in the order of departments and sources.

    `ordered` brings keys from the order of the text into this one. `holders` are those of records
    that are all sure, none sealed and no two of one source; None where there is anything else.
    """

    departments: tuple[Department, ...]
    sources: tuple[SourceName, ...]
    levels: tuple[MatchLevel, ...]
    marks: tuple[str, ...]
    ordered: Callable[[Sequence[str]], Iterable[str]]
    holders: Holders | None

    @property
    def is_usual(self) -> bool:
        """Whether nothing has to be judged."""
        return self.holders is not None


_NONE: Final = Form((), (), (), (), iter, holders=None)
_DEPARTMENTS: Final = {each.value: each for each in Department}
_LEVELS: Final = {each.value: each for each in MatchLevel}
_SHOWN_AT: Final = {each: place for place, each in enumerate(RECORD_ORDER)}
_NEW_KEY: Final = partial(tuple.__new__, LocalKey)
_NEW_OWNER: Final = partial(tuple.__new__, Owner)


@lru_cache(maxsize=MOST_FORMS)
def form_of(text: str | None) -> Form:
    """The form of a text; None is an owner without records."""
    if text is None:
        return _NONE
    parts = [link.split(BETWEEN_PARTS) for link in text.split(BETWEEN_LINKS)]
    links = [(_DEPARTMENTS[d], SourceName(s), _LEVELS[level], m) for d, s, level, m in parts]
    order = sorted(range(len(links)), key=lambda i: (_SHOWN_AT[links[i][0]], links[i][1]))
    departments, sources, levels, marks = zip(*(links[i] for i in order), strict=True)
    is_one_each = len(set(sources)) == len(sources)
    is_sure = all(level in SURE or CONFIRMED in mark for _, _, level, mark in links)
    is_clear = not any(SEALED in mark for mark in marks)
    ordered = iter if order == list(range(len(order))) else itemgetter(*order)
    is_usual = is_one_each and is_sure and is_clear
    holders = _holders(departments, sources) if is_usual else None
    return Form(departments, sources, levels, marks, ordered, holders)


@lru_cache(maxsize=MOST_FORMS)
def _holders(departments: tuple[Department, ...], sources: tuple[SourceName, ...]) -> Holders:
    return Holders(departments, sources)


def owners_of(seals: Seals, rows: Iterable[OwnerRow], *, alone: bool = False) -> list[Owner | None]:
    """The owners that rows tell of, in their order; `alone`: those without records in force too."""
    owners: list[Owner | None] = []
    add = owners.append
    for owner, text, keys in rows:
        form = form_of(text)
        if form.holders is not None:  # Nothing is called here that is not C: lists are long.
            texts = form.ordered(keys)
            parts = zip(form.departments, form.sources, texts, strict=True)
            made = tuple(map(_NEW_KEY, parts))
            add(_NEW_OWNER((owner, made, None)))
        else:
            is_there = owner is not None and (alone or form is not _NONE)
            add(unusual_owner(seals, owner, (form, keys)) if is_there else None)
    return owners


class OwnerRows(MadeLater[Owner | None]):
    """The owners that rows tell of, made only when somebody looks at them."""

    __slots__ = ("_alone", "_seals", "rows")

    def __init__(self, seals: Seals, rows: Sequence[OwnerRow], *, alone: bool = False) -> None:
        super().__init__()
        self.rows = rows
        self._seals = seals
        self._alone = alone

    def __len__(self) -> int:
        return len(self.rows)

    def _make(self) -> Sequence[Owner | None]:
        return owners_of(self._seals, self.rows, alone=self._alone)


def unusual_owner(seals: Seals, owner: str, told: tuple[Form, Sequence[str]]) -> Owner:
    """An owner whose records are unsealed, ordered by their keys or judged one by one."""
    judged = sorted(_judged(seals, *told), key=_place)
    is_sure = bool(judged) and all(each.is_confirmed or each.level in SURE for each in judged)
    return Owner(owner, tuple(each.key for each in judged), None if is_sure else tuple(judged))


def _judged(seals: Seals, form: Form, keys: Sequence[str]) -> Iterator[Judged]:
    each = (form.departments, form.sources, form.levels, form.marks)
    if not form.sources:
        return
    for department, source, level, mark, text in zip(*each, form.ordered(keys), strict=True):
        # A key sealed under a lost secret reads as empty: no department has such a row.
        clear = seals.unseal(text, sealing_context(source)) or "" if SEALED in mark else text
        yield Judged(LocalKey(department, source, clear), level, CONFIRMED in mark)


def _place(judged: Judged) -> tuple[int, str, str]:
    key = judged.key
    return _SHOWN_AT[key.department], key.source, key.text
