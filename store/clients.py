"""The systems that sign people in here."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, delete, insert, select
from sqlalchemy.exc import IntegrityError

from domain.model.clients import Client
from domain.model.errors import BadInputError
from store.engine import Database
from store.tables import CLIENT, CLIENT_GRANT, REFRESH_TOKEN


class Clients:
    """The table of clients."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, client: Client, now: datetime) -> None:
        """Keep a new client. Raises BadInputError when its id is taken."""
        row = {
            "client_id": client.client_id,
            "name": client.name,
            "secret_hash": client.secret_hash,
            "redirect_uris": " ".join(client.redirect_uris),
            "logout_uris": " ".join(client.logout_uris),
            "back_channel_uri": client.back_channel_uri,
            "is_resource_server": client.is_resource_server,
            "created_at": now,
        }
        async with self._database.writing() as connection:
            try:
                await connection.execute(insert(CLIENT), row)
            except IntegrityError as error:
                raise BadInputError(f"there is a client {client.client_id} already") from error

    async def find(self, client_id: str) -> Client | None:
        """A client by its id."""
        rows = await self._database.read(select(CLIENT).where(CLIENT.c.client_id == client_id), {})
        return read_client(rows[0]) if rows else None

    async def list_all(self) -> Sequence[Client]:
        """Every client, by id."""
        rows = await self._database.read(select(CLIENT).order_by(CLIENT.c.client_id), {})
        return [read_client(row) for row in rows]

    async def remove(self, client_id: str) -> bool:
        """Forget a client and all it was granted; False where there is none."""
        granted = select(CLIENT_GRANT.c.id).where(CLIENT_GRANT.c.client_id == client_id)
        async with self._database.writing() as connection:
            for query in (
                delete(REFRESH_TOKEN).where(REFRESH_TOKEN.c.grant_id.in_(granted)),
                delete(CLIENT_GRANT).where(CLIENT_GRANT.c.client_id == client_id),
            ):
                await connection.execute(query)
            gone = await connection.execute(delete(CLIENT).where(CLIENT.c.client_id == client_id))
            return gone.rowcount > 0


def read_client(row: RowMapping) -> Client:
    """One row as a record."""
    return Client(
        client_id=row["client_id"],
        name=row["name"],
        secret_hash=row["secret_hash"],
        redirect_uris=tuple(row["redirect_uris"].split()),
        logout_uris=tuple(row["logout_uris"].split()),
        back_channel_uri=row["back_channel_uri"],
        is_resource_server=row["is_resource_server"],
    )
