"""Finds whose records are asked for, and nothing of them but keys and how sure each is.

What shows no links needs neither evidence nor dates nor the past of the cross-reference.
"""

from collections.abc import Coroutine, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Executable,
    FromClause,
    Select,
    String,
    and_,
    bindparam,
    case,
    column,
    func,
    literal,
    literal_column,
    select,
    union_all,
)

from domain.model.tally import PLATFORM, Tally
from store.engine import Database, LinkKey, LinkMemory, LoneSearch, Search
from store.finding import CHUNK, By, Question, can_be_stored
from store.forms import BETWEEN_LINKS, BETWEEN_PARTS, CONFIRMED, NOBODY, SEALED, OwnerRow
from store.links import LinkTable
from store.tables import PERSON_NUMBER

_PARAMETER: Final = "token"
_REMEMBERED: Final = "owner by "
"""Tells what is remembered here from what is remembered of whole links."""


async def find_owners(
    database: Database, asked: Mapping[LinkTable, Sequence[str]], tally: Tally
) -> dict[LinkTable, list[OwnerRow]]:
    """Who has these keys in force, by the keys' indexes and in their order; a successor for one.

    One statement for all tables; one more where one of them is asked for more than 500 keys.
    """
    memory = database.memory
    if memory is None:
        return await _read(database, asked, tally)
    since = memory.begin()
    marks = [_mark(table, Question(By.KEY, i)) for table, own in asked.items() for i in own]
    known: dict[LinkKey, Sequence[Any]] = {**memory.find(marks)}
    new = {
        table: [i for i in dict.fromkeys(own) if _mark(table, Question(By.KEY, i)) not in known]
        for table, own in asked.items()
    }
    for table, rows in (await _read(database, new, tally)).items():
        for index, row in zip(new[table], rows, strict=True):
            mark = _mark(table, Question(By.KEY, index))
            memory.keep(mark, row, _tokens(index, row), since)
            known[mark] = row
    found = iter(known[mark] for mark in marks)
    return {table: [next(found) for _ in own] for table, own in asked.items()}


def find_owner(
    database: Database, table: LinkTable, question: Question, tally: Tally
) -> Coroutine[Any, Any, OwnerRow]:
    """Who is meant by one question, which names no unit code."""
    memory = database.memory
    if memory is None:
        return _read_one(database, table, question, tally)
    return _remembered_one(memory, database, table, question, tally)


async def _remembered_one(
    memory: LinkMemory, database: Database, table: LinkTable, question: Question, tally: Tally
) -> OwnerRow:
    since, mark = memory.begin(), _mark(table, question)
    known = memory.find([mark])
    if mark in known:
        return known[mark]
    row = await _read_one(database, table, question, tally)
    memory.keep(mark, row, _tokens(question.token, row), since)
    return row


def _mark(table: LinkTable, question: Question) -> LinkKey:
    return table.link.name, f"{_REMEMBERED}{question.by}", question.token


def _tokens(token: str, row: OwnerRow) -> set[str]:
    """What the answer rests on, as changes name it."""
    return {token} if row[0] is None else {token, row[0]}


async def _read(
    database: Database, asked: Mapping[LinkTable, Sequence[str]], tally: Tally
) -> dict[LinkTable, list[OwnerRow]]:
    found: dict[LinkTable, list[OwnerRow]] = {table: [] for table in asked}
    longest = max(map(len, asked.values()), default=0)
    for start in range(0, longest, CHUNK):
        part = {t: own[start : start + CHUNK] for t, own in asked.items() if len(own) > start}
        tally.count(PLATFORM)
        rows = iter(await _rows(database, part))
        for table, own in part.items():
            found[table] += islice(rows, len(own))
    return found


async def _rows(database: Database, asked: Mapping[LinkTable, Sequence[str]]) -> Sequence[OwnerRow]:
    """One row for each index, one table after the other."""
    values = {table.owner.name: list(own) for table, own in asked.items()}
    search = _search(tuple(asked), By.KEY)
    if database.is_leased:
        joined = {name: BETWEEN_LINKS.join(own) for name, own in values.items()}
        rows: Sequence[Any] = await database.find(search, joined)
        return rows
    told = _gathered(await database.find(search, values))
    return [told.get((name, index), NOBODY) for name, own in values.items() for index in own]


async def _read_one(
    database: Database, table: LinkTable, question: Question, tally: Tally
) -> OwnerRow:
    if question.by is By.ID and not can_be_stored(question.token):  # The others are our own digits.
        return NOBODY
    tally.count(PLATFORM)
    if database.is_leased:
        rows: Sequence[Any] = await database.find_one(
            _lone_search(table, question.by), question.token
        )
        return rows[0] if rows else NOBODY
    name = table.owner.name
    rows = await database.find(_search((table,), question.by), {name: [question.token]})
    return _gathered(rows).get((name, question.token), NOBODY)


def _gathered(rows: Sequence[Any]) -> dict[tuple[str, str], OwnerRow]:
    """The rows of single records as the larger database gives them of its own accord."""
    found: dict[tuple[str, str], tuple[str, list[str], list[str]]] = {}
    for row in rows:
        _, told, keys = found.setdefault((row["kind"], row["token"]), (row["owner"], [], []))
        if row["told"] is not None:
            told.append(row["told"])
            keys.append(row["key"])
    return {
        asked: (owner, BETWEEN_LINKS.join(told) or None, keys)
        for asked, (owner, told, keys) in found.items()
    }


@lru_cache(maxsize=16)
def _search(tables: tuple[LinkTable, ...], by: By) -> Search:
    key = ("owners", by, *(table.owner.name for table in tables))
    return Search(key, _by_array(tables), _by_slots(tables, by))


@lru_cache(maxsize=16)
def _lone_search(table: LinkTable, by: By) -> LoneSearch:
    token, met = _met(table, by)
    found = select(*_told(table)).select_from(_with_records(table, met))
    asked = found.where(token == bindparam(_PARAMETER, type_=String)).group_by(_meant(table))
    return LoneSearch(("owner", table.owner.name, by), asked)


def _by_array(tables: Sequence[LinkTable]) -> Executable:
    """One row for each key, in the order of the lists, nobody's too."""
    if len(tables) == 1:
        place, found = _of_array(tables[0])
        return found.order_by(place)
    parts = []
    for number, table in enumerate(tables):
        place, found = _of_array(table)
        parts.append(
            found.add_columns(literal_column(str(number)).label("part"), place.label("at"))
        )
    every = union_all(*parts).subquery()
    shown = select(every.c.owner, every.c.told, every.c.texts)
    return shown.order_by(every.c.part, every.c.at)


def _of_array(table: LinkTable) -> tuple[ColumnElement[Any], Select[Any]]:
    name = table.owner.name
    asked = (
        # One text: the driver looks at every item of a list by two calls in Python.
        func.unnest(func.string_to_array(bindparam(name, type_=String), _written(BETWEEN_LINKS)))
        .table_valued(column(_PARAMETER, String), with_ordinality="place")
        .render_derived(name=f"{name}_asked")
    )
    token, met = _met(table, By.KEY)
    met = asked.outerjoin(met, token == asked.c.token)
    found = select(*_told(table)).select_from(_with_records(table, met))
    return asked.c.place, found.group_by(asked.c.place, _meant(table))


def _by_slots(tables: Sequence[LinkTable], by: By) -> Executable:
    """One row for each record of whoever is met."""
    parts = []
    for table in tables:
        (token, met), name = _met(table, by), table.owner.name
        kind, owner = literal(name).label("kind"), _meant(table).label("owner")
        columns = (
            token.label(_PARAMETER),
            owner,
            _text(table).label("told"),
            _key(table).label("key"),
        )
        found = select(kind, *columns).select_from(_with_records(table, met))
        parts.append(found.where(token.in_(bindparam(name, expanding=True))))
    return union_all(*parts) if len(parts) > 1 else parts[0]


def _met(table: LinkTable, by: By) -> tuple[ColumnElement[str], FromClause]:
    """What is compared with a token, and where it stands beside the owner it leads to."""
    owner = table.owner
    if by is By.ID:
        return owner.c.id, owner
    if by is By.NUMBER:
        number = PERSON_NUMBER.c
        return number.number_hash, PERSON_NUMBER.join(owner, owner.c.id == number.person_id)
    link = table.link.alias(f"{owner.name}_asked_link")
    leads = and_(owner.c.id == link.c[table.owner_id.name], link.c.valid_to.is_(None))
    return link.c.key_hmac, link.join(owner, leads)


def _meant(table: LinkTable) -> ColumnElement[str]:
    """The owner, or who it was merged into."""
    return func.coalesce(table.owner.c.successor_id, table.owner.c.id)


def _with_records(table: LinkTable, met: FromClause) -> FromClause:
    in_force = table.link.c.valid_to.is_(None)
    return met.outerjoin(table.link, and_(table.owner_id == _meant(table), in_force))


def _told(table: LinkTable) -> tuple[ColumnElement[Any], ...]:
    return (
        _meant(table).label("owner"),
        func.string_agg(_text(table), _written(BETWEEN_LINKS)).label("told"),
        func.array_agg(_key(table)).label("texts"),
    )


def _text(table: LinkTable) -> ColumnElement[str]:
    """What the form says of one record; null where there is none."""
    link = table.link.c
    marks = _mark_of(link.confirmed_by, CONFIRMED) + _mark_of(link.key_sealed, SEALED)
    text: ColumnElement[str] = link.department
    for part in (link.source, link.level, marks):
        text = text + _written(BETWEEN_PARTS) + part
    return text


def _mark_of(given: ColumnElement[Any], mark: str) -> ColumnElement[str]:
    return case((given.is_not(None), _written(mark)), else_=_written(""))


def _written(text: str) -> ColumnElement[str]:
    """A text of ours as it stands in the statement."""
    return literal_column(f"'{text}'", String)


def _key(table: LinkTable) -> ColumnElement[str]:
    return func.coalesce(table.link.c.local_key, table.link.c.key_sealed)
