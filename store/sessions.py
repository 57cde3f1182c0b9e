"""Sessions of the built-in login, and marks of tokens that were revoked before their end."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, delete, exists, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.model.accounts import Caller, Session
from domain.model.principal import Acr
from store.accounts import read_account
from store.engine import Database
from store.sealing import Seals
from store.tables import ACCOUNT, CLIENT_GRANT, REFRESH_TOKEN, REVOKED, SESSION

KEPT: Final = timedelta(days=30)
"""How long an ended session is kept, so that a late sign-out still finds it."""


class Sessions:
    """The table of sessions."""

    def __init__(self, database: Database, seals: Seals) -> None:
        self._database = database
        self._seals = seals

    async def start(self, session: Session, cookie_hash: str | None = None) -> None:
        """Keep a new session."""
        row = {
            "sid": session.sid,
            "sub": session.sub,
            "cookie_hash": cookie_hash,
            "acr": session.acr.value,
            "started_at": session.started_at,
            "seen_at": session.seen_at,
            "idle_seconds": int(session.idle.total_seconds()),
            "ends_at": session.ends_at,
        }
        async with self._database.writing() as connection:
            await connection.execute(insert(SESSION), row)

    async def find_caller(self, sid: str, marks: Iterable[str]) -> Caller | None:
        """Session and account; None for an unknown session or where a mark was revoked."""
        is_revoked = exists().where(REVOKED.c.mark.in_(list(marks)))
        return await self._find(SESSION.c.sid == sid, ~is_revoked)

    async def find_by_cookie(self, cookie_hash: str) -> Caller | None:
        """Session and account of a browser's cookie."""
        return await self._find(SESSION.c.cookie_hash == cookie_hash)

    async def note_use(self, sid: str, now: datetime) -> None:
        """Put off the end for idleness."""
        await self._set(SESSION.c.sid == sid, seen_at=now)

    async def raise_acr(self, sid: str, acr: Acr) -> None:
        """A second factor was shown."""
        await self._set(SESSION.c.sid == sid, acr=acr.value)

    async def end(self, sid: str, now: datetime) -> bool:
        """End a session; False when it had ended before."""
        return await self._set(SESSION.c.sid == sid, SESSION.c.ended_at.is_(None), ended_at=now) > 0

    async def end_all_of(self, sub: str, now: datetime) -> None:
        """Let every session of an account be over; `list_over` finds them, to tell clients."""
        is_running = SESSION.c.ended_at.is_(None) & (SESSION.c.ends_at > now)
        await self._set(SESSION.c.sub == sub, is_running, ends_at=now)

    async def list_over(self, now: datetime, most: int) -> Sequence[Session]:
        """Sessions that are over and were not ended by anybody yet, at most so many."""
        column, is_open = SESSION.c, SESSION.c.ended_at.is_(None)
        idles = await self._database.read(select(column.idle_seconds).distinct().where(is_open), {})
        too_idle = (
            (column.idle_seconds == row["idle_seconds"])
            & (column.seen_at <= now - timedelta(seconds=row["idle_seconds"]))
            for row in idles
        )
        over = select(SESSION).where(is_open, or_(column.ends_at <= now, *too_idle))
        query = over.order_by(column.ends_at).limit(most)
        return [_session(row) for row in await self._database.read(query, {})]

    async def revoke(self, mark: str, until: datetime) -> None:
        """Refuse tokens that carry this mark, as long as they would live."""
        async with self._database.writing() as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            query = dialect.insert(REVOKED).on_conflict_do_nothing()
            await connection.execute(query, {"mark": mark, "until": until})

    async def forget_ended(self, now: datetime) -> None:
        """Throw away marks whose tokens have expired, and long ended sessions with their grants."""
        old = select(SESSION.c.sid).where(
            SESSION.c.ended_at.is_not(None), SESSION.c.ends_at < now - KEPT
        )
        grants = select(CLIENT_GRANT.c.id).where(CLIENT_GRANT.c.sid.in_(old))
        async with self._database.writing() as connection:
            await connection.execute(delete(REVOKED).where(REVOKED.c.until < now))
            await connection.execute(
                delete(REFRESH_TOKEN).where(REFRESH_TOKEN.c.grant_id.in_(grants))
            )
            await connection.execute(delete(CLIENT_GRANT).where(CLIENT_GRANT.c.sid.in_(old)))
            await connection.execute(delete(SESSION).where(SESSION.c.sid.in_(old)))

    async def _find(self, *conditions: ColumnElement[bool]) -> Caller | None:
        joined = select(SESSION, ACCOUNT).join(ACCOUNT, ACCOUNT.c.sub == SESSION.c.sub)
        rows = await self._database.read(joined.where(*conditions), {})
        return Caller(_session(rows[0]), read_account(self._seals, rows[0])) if rows else None

    async def _set(self, *conditions: ColumnElement[bool], **values: Any) -> int:  # noqa: ANN401 - values of columns
        async with self._database.writing() as connection:
            done = await connection.execute(update(SESSION).where(*conditions).values(values))
            return done.rowcount


def _session(row: RowMapping) -> Session:
    return Session(
        sid=row["sid"],
        sub=row["sub"],
        acr=Acr(row["acr"]),
        started_at=row["started_at"],
        seen_at=row["seen_at"],
        idle=timedelta(seconds=row["idle_seconds"]),
        ends_at=row["ends_at"],
        ended_at=row["ended_at"],
    )
