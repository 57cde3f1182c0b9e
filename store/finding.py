"""Finds owners and all their links for a mixed batch of questions in one statement."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from sqlalchemy import (
    BindParameter,
    RowMapping,
    Select,
    bindparam,
    func,
    literal,
    select,
    true,
    union_all,
)

from domain.model.departments import Department
from domain.model.tally import PLATFORM, Tally
from store.engine import Database
from store.links import LinkTable
from store.tables import PERSON_NUMBER

CHUNK: Final = 500
# The department whose keys of units are the standard unit codes.
_CODED: Final = Department.ESTABLISHMENT.value
_UNREAD: Final = frozenset({"id", "person_id", "unit_id", "key_hmac", "version"})


class By(StrEnum):
    """What a question names: the platform's id, a number's hash, a key's hash, a unit code."""

    ID = "id"
    NUMBER = "number"
    KEY = "key"
    CODE = "code"


class Question(NamedTuple):
    """One question as it stands in the statement."""

    by: By
    token: str


Answers = Mapping[Question, Sequence[RowMapping]]


async def find_rows(
    database: Database, table: LinkTable, questions: Iterable[Question], tally: Tally
) -> Answers:
    """The rows that answer each question: `owner` and one link each, or no link at all.

    One statement per 500 different questions; an owner merged away is its successor.
    """
    answers: dict[Question, list[RowMapping]] = {}
    pending = iter(dict.fromkeys(q for q in questions if _can_be_stored(q.token)))
    while chunk := list(islice(pending, CHUNK)):
        tokens = {by.value: [q.token for q in chunk if q.by is by] for by in By}
        asked = tuple(by for by in By if tokens[by.value])
        values = {by.value: in_bucket(tokens[by.value]) for by in asked}
        tally.count(PLATFORM)
        for row in await database.read(_statement(table, asked), values):
            answers.setdefault(Question(By(row["by"]), row["token"]), []).append(row)
    return answers


def _can_be_stored(token: str) -> bool:
    """Whether a database takes this text at all; what it refuses, it does not hold."""
    return "\x00" not in token and token.encode(errors="ignore").decode() == token


def in_bucket(values: Sequence[str]) -> list[str]:
    """The values, the last one repeated up to a power of two: few different statements to cache."""
    size = 1 << (len(values) - 1).bit_length()
    return [*values, *[values[-1]] * (size - len(values))]


@lru_cache(maxsize=64)
def _statement(table: LinkTable, asked: tuple[By, ...]) -> Select[tuple[object, ...]]:
    branches = [_branch(table, by) for by in asked]
    hit = (union_all(*branches) if len(branches) > 1 else branches[0]).cte("hit")
    read = [column for column in table.link.c if column.name not in _UNREAD]
    joined = hit.outerjoin(table.link, table.owner_id == hit.c.owner)
    return select(hit.c.by, hit.c.token, hit.c.owner, *read).select_from(joined)


def _branch(table: LinkTable, by: By) -> Select[tuple[object, ...]]:
    """Who is meant by each token, a successor for one merged away."""
    link, owner, number = table.link.c, table.owner.c, PERSON_NUMBER.c
    values: BindParameter[str] = bindparam(by.value, expanding=True)
    token, *conditions = {
        By.ID: (owner.id, true()),
        By.NUMBER: (number.number_hash, owner.id == number.person_id),
        By.KEY: (link.key_hmac, owner.id == table.owner_id, link.valid_to.is_(None)),
        By.CODE: (link.local_key, owner.id == table.owner_id, link.department == _CODED),
    }[by]
    meant = func.coalesce(owner.successor_id, owner.id).label("owner")
    found = select(literal(by.value).label("by"), token.label("token"), meant)
    # A unit may have had one code twice.
    return found.where(token.in_(values), *conditions).distinct()
