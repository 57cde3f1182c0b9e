"""Finds owners and all their links for a mixed batch of questions in one statement."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    any_,
    bindparam,
    func,
    literal,
    select,
    true,
    union_all,
)

from domain.model.departments import Department
from domain.model.tally import PLATFORM, Tally
from store.engine import Database, Found, LinkKey, LoneSearch, Search
from store.links import LinkTable
from store.tables import PERSON_NUMBER

CHUNK: Final = 500
ANY_CODE: Final = "code"
"""Stands among the tokens of changes for all standard unit codes: who has one may be new."""
# The department whose keys of units are the standard unit codes.
_CODED: Final = Department.ESTABLISHMENT.value
_UNREAD: Final = frozenset({"id", "person_id", "unit_id", "key_hmac", "version"})


class By(StrEnum):
    """What a question names: the platform's id, a number's hash, a key's hash, a unit code."""

    ID = "id"
    NUMBER = "number"
    KEY = "key"
    CODE = "code"


_EACH: Final = tuple(By)
_BY: Final = {each.value: each for each in By}


class Question(NamedTuple):
    """One question as it stands in the statement."""

    by: By
    token: str


Answers = Mapping[Question, Sequence[Found]]


async def find_rows(
    database: Database, table: LinkTable, questions: Iterable[Question], tally: Tally
) -> Answers:
    """The rows that answer each question: `owner` and one link each, or no link at all.

    One statement per 500 different questions; an owner merged away is its successor.
    """
    return (await find_in(database, {table: questions}, tally))[table]


async def find_in(
    database: Database, questions: Mapping[LinkTable, Iterable[Question]], tally: Tally
) -> dict[LinkTable, Answers]:
    """As `find_rows`, for questions to several tables by the same statement."""
    memory = database.memory
    if memory is None:
        return {**await _read(database, questions, tally)}
    since = memory.begin()
    asked = {table: tuple(_storable(each)) for table, each in questions.items()}
    found = memory.find(_key(table, q) for table, each in asked.items() for q in each)
    known = {
        t: {q: found[k] for q in each if (k := _key(t, q)) in found} for t, each in asked.items()
    }
    unknown = {t: [q for q in each if q not in known[t]] for t, each in asked.items()}
    read = await _read(database, {t: each for t, each in unknown.items() if each}, tally)
    for table, each in unknown.items():
        for question in each:
            rows = read[table].get(question, ())
            memory.keep(_key(table, question), rows, _tokens(question, rows), since)
    return {table: {**known[table], **read.get(table, {})} for table in asked}


def _key(table: LinkTable, question: Question) -> LinkKey:
    return table.link.name, question.by.value, question.token


def _tokens(question: Question, rows: Sequence[Found]) -> set[str]:
    """What the answer rests on, as changes name it: the question, and whoever answers it."""
    own = ANY_CODE if question.by is By.CODE else question.token
    return {own, *(row["owner"] for row in rows)}


async def _read(
    database: Database, questions: Mapping[LinkTable, Iterable[Question]], tally: Tally
) -> dict[LinkTable, dict[Question, list[Found]]]:
    if len(questions) == 1:
        ((table, each),) = questions.items()
        own = tuple(each)
        if len(own) == 1 and own[0].by in _LONE:
            return {table: await _find_one(database, table, own[0], tally)}
        questions = {table: own}
    answers: dict[LinkTable, dict[Question, list[Found]]] = {t: {} for t in questions}
    tables = {table.owner.name: table for table in questions}
    pending = {table: _storable(asked) for table, asked in questions.items()}
    while chunks := {t: c for t, p in pending.items() if (c := list(islice(p, CHUNK)))}:
        asked, values = _asked(chunks)
        tally.count(PLATFORM)
        for row in await database.find(_search(asked), values):
            question = Question(_BY[row["by"]], row["token"])
            answers[tables[row["kind"]]].setdefault(question, []).append(row)
    return answers


async def _find_one(
    database: Database, table: LinkTable, question: Question, tally: Tally
) -> dict[Question, list[Found]]:
    """The same for a question that is alone, whose rows need not say what they answer."""
    if not can_be_stored(question.token):
        return {}
    tally.count(PLATFORM)
    rows = await database.find_one(_lone_search(table, question.by), question.token)
    return {question: list(rows)} if rows else {}


def _storable(questions: Iterable[Question]) -> Iterator[Question]:
    return iter(dict.fromkeys(q for q in questions if can_be_stored(q.token)))


Asked = tuple[tuple[LinkTable, tuple[By, ...]], ...]


def _asked(chunks: Mapping[LinkTable, Sequence[Question]]) -> tuple[Asked, dict[str, list[str]]]:
    """The shape of the statement, and its parameters."""
    asked: list[tuple[LinkTable, tuple[By, ...]]] = []
    values: dict[str, list[str]] = {}
    for table, chunk in chunks.items():
        tokens = {by: [q.token for q in chunk if q.by is by] for by in _EACH}
        kinds = tuple(by for by in _EACH if tokens[by])
        asked.append((table, kinds))
        values |= {_parameter(table, by): tokens[by] for by in kinds}
    return tuple(asked), values


def _parameter(table: LinkTable, by: By) -> str:
    return f"{table.owner.name}_{by}"


def can_be_stored(token: str) -> bool:
    """Whether a database takes this text at all; what it refuses, it does not hold."""
    return "\x00" not in token and token.encode(errors="ignore").decode() == token


@lru_cache(maxsize=64)
def _search(asked: Asked) -> Search:
    key = tuple((table.owner.name, kinds) for table, kinds in asked)
    return Search(key, _statement(asked, _in_array), _statement(asked, _in_slots))


_LONE: Final = frozenset({By.ID, By.NUMBER, By.KEY})
_PARAMETER: Final = "token"
"""The one parameter of a search for one question."""


@lru_cache(maxsize=16)
def _lone_search(table: LinkTable, by: By) -> LoneSearch:
    token, *conditions = _meaning(table, by)
    is_asked = token == bindparam(_PARAMETER, type_=String)
    hit = select(_meant(table)).where(is_asked, *conditions).distinct().subquery("hit")
    read = [column for column in table.link.c if column.name not in _UNREAD]
    owner = hit.c.owner
    found = select(owner, *read).select_from(hit.outerjoin(table.link, table.owner_id == owner))
    return LoneSearch(("lone", table.owner.name, by), found)


Within = Callable[[ColumnElement[Any], str], ColumnElement[bool]]
"""The condition that a column holds one of the texts of a named parameter."""


def _in_array(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return column == any_(bindparam(name, type_=ARRAY(String)))


def _in_slots(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return column.in_(bindparam(name, expanding=True))


def _statement(
    asked: Asked, within: Within
) -> Select[tuple[object, ...]] | CompoundSelect[tuple[object, ...]]:
    selects = [_of_table(table, kinds, within) for table, kinds in asked]
    return union_all(*selects) if len(selects) > 1 else selects[0]


def _of_table(
    table: LinkTable, asked: tuple[By, ...], within: Within
) -> Select[tuple[object, ...]]:
    branches = [_branch(table, by, within) for by in asked]
    name = f"{table.owner.name}_hit"
    hit = (union_all(*branches) if len(branches) > 1 else branches[0]).cte(name)
    read = [column for column in table.link.c if column.name not in _UNREAD]
    joined = hit.outerjoin(table.link, table.owner_id == hit.c.owner)
    kind = literal(table.owner.name).label("kind")
    return select(kind, hit.c.by, hit.c.token, hit.c.owner, *read).select_from(joined)


def _meaning(table: LinkTable, by: By) -> tuple[ColumnElement[Any], ...]:
    """What is compared with a token, and the conditions that lead to an owner."""
    link, owner, number = table.link.c, table.owner.c, PERSON_NUMBER.c
    meanings: dict[By, tuple[ColumnElement[Any], ...]] = {
        By.ID: (owner.id, true()),
        By.NUMBER: (number.number_hash, owner.id == number.person_id),
        By.KEY: (link.key_hmac, owner.id == table.owner_id, link.valid_to.is_(None)),
        By.CODE: (link.local_key, owner.id == table.owner_id, link.department == _CODED),
    }
    return meanings[by]


def _meant(table: LinkTable) -> ColumnElement[Any]:
    """The owner, or who it was merged into."""
    owner = table.owner.c
    return func.coalesce(owner.successor_id, owner.id).label("owner")


def _branch(table: LinkTable, by: By, within: Within) -> Select[tuple[object, ...]]:
    """Who is meant by each token, a successor for one merged away."""
    token, *conditions = _meaning(table, by)
    found = select(literal(by.value).label("by"), token.label("token"), _meant(table))
    # A unit may have had one code twice.
    return found.where(within(token, _parameter(table, by)), *conditions).distinct()
