"""A person or unit as the platform knows it: which departments' rows it is, and how surely."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from domain.model.access import RowClass
from domain.model.departments import Department
from domain.model.keys import EntityKind, LocalKey


class IdentityState(StrEnum):
    """Where a subject stands: linked, awaiting confirmation, found live only, or disputed."""

    LINKED = "LINKED"
    CANDIDATE = "CANDIDATE"
    UNLINKED = "UNLINKED"
    CONFLICT = "CONFLICT"


class IdentityLink(NamedTuple):
    """One judgement that a department's row is this subject."""

    key: LocalKey
    level: str
    evidence: tuple[str, ...]
    confirmed_by: str | None
    valid_from: datetime
    valid_to: datetime | None

    @property
    def is_disputed(self) -> bool:
        """Whether the judgement says that the row contradicts, and nobody has settled it."""
        return self.level == "CONFLICT" and self.confirmed_by is None


class Judged(NamedTuple):
    """A department's row and how sure it is this subject, without why, by whom and since when."""

    key: LocalKey
    level: str
    is_confirmed: bool

    @property
    def is_disputed(self) -> bool:
        """As of a whole link."""
        return self.level == "CONFLICT" and not self.is_confirmed


class Subject(NamedTuple):
    """One person or unit; `id` is its public local id.

    `keys` answer, in the order of departments, then source, then key; `apart` are rows that may be
    another's and are shown in records only. `links` are None where nothing that is asked for shows
    them. `row_class` is how the caller came to see it: whoever finds a subject that is not inside
    the scope says so.
    """

    kind: EntityKind
    id: str
    state: IdentityState
    keys: tuple[LocalKey, ...]
    apart: tuple[LocalKey, ...] = ()
    links: tuple[IdentityLink, ...] | None = ()
    row_class: RowClass = RowClass.HOME

    @property
    def is_linked(self) -> bool:
        """Whether the cross-reference knows it, whether or not its links were read."""
        return self.links is None or bool(self.links)

    def keys_of(self, department: Department) -> tuple[LocalKey, ...]:
        """The answering keys in one department, the first one first."""
        return tuple(key for key in self.keys if key.department is department)


def ordered_keys(
    keys: Iterable[LocalKey], departments: tuple[Department, ...]
) -> tuple[LocalKey, ...]:
    """Keys by department in the given order, then source and key."""
    places = _places(departments)
    return tuple(sorted(keys, key=lambda key: (places[key.department], key.source, key.text)))


@lru_cache(maxsize=16)
def _places(departments: tuple[Department, ...]) -> Mapping[Department, int]:
    return {department: place for place, department in enumerate(departments)}
