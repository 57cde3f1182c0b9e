"""What clients were granted: codes and refresh tokens as digests, each spent at one stroke."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, Table, insert, select, update

from domain.model.clients import Client, ClientGrant, Refresh
from store.clients import read_client
from store.engine import Database
from store.tables import CLIENT, CLIENT_GRANT, REFRESH_TOKEN


class ClientGrants:
    """The tables of grants and refresh tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, grant: ClientGrant) -> None:
        """Keep a new grant with its code."""
        row = {
            "id": grant.id,
            "code_hash": grant.code_hash,
            "client_id": grant.client_id,
            "sid": grant.sid,
            "redirect_uri": grant.redirect_uri,
            "scope": grant.scope,
            "nonce": grant.nonce,
            "challenge": grant.challenge,
            "made_at": grant.made_at,
        }
        async with self._database.writing() as connection:
            await connection.execute(insert(CLIENT_GRANT), row)

    async def find_by_code(self, code_hash: str) -> ClientGrant | None:
        """The grant of a code."""
        query = select(CLIENT_GRANT).where(CLIENT_GRANT.c.code_hash == code_hash)
        rows = await self._database.read(query, {})
        return _grant(rows[0]) if rows else None

    async def spend_code(self, grant_id: str, now: datetime) -> bool:
        """Use a code; False when it was used before or revoked."""
        column = CLIENT_GRANT.c
        is_open = column.code_spent_at.is_(None) & column.revoked_at.is_(None)
        return await self._set(CLIENT_GRANT, (column.id == grant_id) & is_open, code_spent_at=now)

    async def add_refresh(self, token_hash: str, grant_id: str, now: datetime) -> None:
        """Keep a refresh token."""
        row = {"token_hash": token_hash, "grant_id": grant_id, "made_at": now}
        async with self._database.writing() as connection:
            await connection.execute(insert(REFRESH_TOKEN), row)

    async def find_refresh(self, token_hash: str) -> Refresh | None:
        """A refresh token with its grant."""
        query = (
            select(CLIENT_GRANT, REFRESH_TOKEN.c.spent_at)
            .join(REFRESH_TOKEN, REFRESH_TOKEN.c.grant_id == CLIENT_GRANT.c.id)
            .where(REFRESH_TOKEN.c.token_hash == token_hash)
        )
        rows = await self._database.read(query, {})
        return Refresh(_grant(rows[0]), rows[0]["spent_at"]) if rows else None

    async def spend_refresh(self, token_hash: str, now: datetime) -> bool:
        """Use a refresh token; False when it was used before."""
        column = REFRESH_TOKEN.c
        is_open = (column.token_hash == token_hash) & column.spent_at.is_(None)
        return await self._set(REFRESH_TOKEN, is_open, spent_at=now)

    async def revoke(self, grant_id: str, now: datetime) -> None:
        """Let a grant and its refresh tokens fall."""
        await self._set(CLIENT_GRANT, CLIENT_GRANT.c.id == grant_id, revoked_at=now)

    async def clients_of(self, sid: str) -> Sequence[Client]:
        """The clients that a session signed in to."""
        used = select(CLIENT_GRANT.c.client_id).where(
            CLIENT_GRANT.c.sid == sid, CLIENT_GRANT.c.code_spent_at.is_not(None)
        )
        query = select(CLIENT).where(CLIENT.c.client_id.in_(used)).order_by(CLIENT.c.client_id)
        return [read_client(row) for row in await self._database.read(query, {})]

    async def _set(self, table: Table, where: ColumnElement[bool], **values: datetime) -> bool:
        async with self._database.writing() as connection:
            done = await connection.execute(update(table).where(where).values(values))
            return done.rowcount == 1


def _grant(row: RowMapping) -> ClientGrant:
    return ClientGrant(
        id=row["id"],
        code_hash=row["code_hash"],
        client_id=row["client_id"],
        sid=row["sid"],
        redirect_uri=row["redirect_uri"],
        scope=row["scope"],
        nonce=row["nonce"],
        challenge=row["challenge"],
        made_at=row["made_at"],
        code_spent_at=row["code_spent_at"],
        revoked_at=row["revoked_at"],
    )
