"""Who was read by whom on which day last, under keyed hashes: what alerts are judged by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    CTE,
    BindParameter,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import Database, Search
from store.tables import AUDIT_SIGHTING

CHUNK: Final = 400
MOST_KNOWN: Final = 1000
_SEPARATOR: Final = ","
BEGINNING: Final = "since"
"""The kind of the row that tells since when an account has read anything."""
_row = AUDIT_SIGHTING.c
_COLUMNS: Final = [_row.reader_hmac, _row.kind, _row.subject_hmac, _row.seen_on]
_DAY: Final = _row.seen_on.type
_TEXTS: Final = ARRAY(_row.subject_hmac.type)


class Seen(NamedTuple):
    """What is new: how many were not seen since a day, and how many have been seen today."""

    fresh: int
    today: int


@dataclass(frozen=True, slots=True)
class Sightings:
    """The table of sightings; all workers write to the same."""

    database: Database
    _since: dict[str, date] = field(default_factory=dict)

    async def known_since(self, reader: str, today: date) -> date:
        """The first day on which an account read anything; today where it is its first."""
        known = self._since.get(reader)
        if known is not None and known <= today:
            return known
        if len(self._since) >= MOST_KNOWN:
            self._since.clear()
        found = self._since[reader] = await self._begun(reader, today)
        return found

    async def _begun(self, reader: str, today: date) -> date:
        first = {"reader_hmac": reader, "kind": BEGINNING, "subject_hmac": reader}
        async with self.database.writing() as connection:
            kept = _insert(connection).values(**first, seen_on=today).on_conflict_do_nothing()
            await connection.execute(kept)
            statement = select(_row.seen_on).where(*(_row[k] == v for k, v in first.items()))
            day: date = (await connection.execute(statement)).scalar_one()
            return day

    async def note(
        self, reader: str, kind: str, subjects: Sequence[str], days: tuple[date, date]
    ) -> Seen:
        """Notes that these were read today; `days` are today and since when one is usual."""
        today, usual = days
        if self.database.is_leased:
            # One text: the driver looks at every item of a list.
            given = {"reader": reader, "kind": kind, "subjects": _SEPARATOR.join(subjects)}
            # What is new is asked before anything is written: the second may run twice.
            fresh = await self.database.find(_fresh(), {**given, "usual": usual})
            seen = await self.database.add_given("sightings", _seen(), {**given, "today": today})
            return Seen(fresh[0]["fresh"], seen[0]["today"])
        known: dict[str, date] = {}
        own = and_(_row.reader_hmac == reader, _row.kind == kind)
        async with self.database.writing() as connection:
            for part in _parts(connection, subjects):
                rows = select(_row.subject_hmac, _row.seen_on).where(own, part)
                known |= dict((await connection.execute(rows)).tuples().all())
            changed = [one for one in subjects if known.get(one) != today]
            if changed:
                await self._upsert(connection, reader, kind, (changed, today))
            count = select(func.count()).where(own, _row.seen_on == today)
            total = (await connection.execute(count)).scalar_one()
        new = sum(one not in known or known[one] < usual for one in subjects)
        return Seen(new, total)

    async def _upsert(
        self, connection: AsyncConnection, reader: str, kind: str, seen: tuple[list[str], date]
    ) -> None:
        # In one order everywhere, so that two processes cannot wait for each other.
        subjects, today = sorted(seen[0]), seen[1]
        if connection.dialect.name == "postgresql":
            each = func.unnest(literal(subjects, _TEXTS))
            given = select(literal(reader), literal(kind), each, literal(today))
            await connection.execute(_again(_insert(connection).from_select(_COLUMNS, given)))
            return
        common = {"reader_hmac": reader, "kind": kind, "seen_on": today}
        rows = [{**common, "subject_hmac": one} for one in subjects]
        await connection.execute(_again(_insert(connection)), rows)


def _parts(connection: AsyncConnection, subjects: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    """Conditions that find all of these together; one list where the database takes lists."""
    if connection.dialect.name == "postgresql":
        yield _row.subject_hmac == any_(literal(list(subjects), _TEXTS))
        return
    for start in range(0, len(subjects), CHUNK):
        yield _row.subject_hmac.in_(subjects[start : start + CHUNK])


def _again(insert: postgresql.Insert | sqlite.Insert) -> postgresql.Insert | sqlite.Insert:
    """The same, where what is there already is seen anew."""
    new = {"seen_on": insert.excluded.seen_on}
    return insert.on_conflict_do_update(index_elements=_COLUMNS[:3], set_=new)


def _insert(connection: AsyncConnection) -> postgresql.Insert | sqlite.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(AUDIT_SIGHTING)
    return sqlite.insert(AUDIT_SIGHTING)


@cache
def _fresh() -> Search:
    """How many of these were not seen since a day, by one statement."""
    given, known = _given(), _known()
    is_new = or_(known.c.seen_on.is_(None), known.c.seen_on < bindparam("usual", type_=_DAY))
    both = given.outerjoin(known, given.c.subject == known.c.subject_hmac)
    counted = select(func.count().label("fresh")).select_from(both).where(is_new)
    return Search("fresh sightings", counted, counted)


@cache
def _seen() -> Select[Any]:
    """Notes these, in one order everywhere, and counts what was seen today with them."""
    given, known = _given(), _known()
    today = bindparam("today", type_=_DAY)
    both = given.outerjoin(known, given.c.subject == known.c.subject_hmac)
    fresh = (
        select(_reader(), _kind(), given.c.subject, today)
        .select_from(both)
        .where(known.c.seen_on.is_distinct_from(today))
        .order_by(given.c.subject)
    )
    noted = _again(postgresql.insert(AUDIT_SIGHTING).from_select(_COLUMNS, fresh))
    changed = noted.returning(_row.subject_hmac).cte("changed")
    before = select(func.count()).where(_own(), _row.seen_on == today).scalar_subquery()
    now = select(func.count()).select_from(changed).scalar_subquery()
    return select((before + now).label("today")).add_cte(changed)


def _reader() -> BindParameter[str]:
    return bindparam("reader", type_=_row.reader_hmac.type)


def _kind() -> BindParameter[str]:
    return bindparam("kind", type_=_row.kind.type)


def _own() -> ColumnElement[bool]:
    return and_(_row.reader_hmac == _reader(), _row.kind == _kind())


def _subjects() -> ColumnElement[Any]:
    return func.string_to_array(bindparam("subjects", type_=Text()), _SEPARATOR, type_=_TEXTS)


def _given() -> CTE:
    return select(func.unnest(_subjects()).label("subject")).cte("given")


def _known() -> CTE:
    found = select(_row.subject_hmac, _row.seen_on)
    return found.where(_own(), _row.subject_hmac == any_(_subjects())).cte("known")
