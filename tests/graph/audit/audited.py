"""An application whose requests are audited, asked with tokens, and its log read past it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import Executable

from app import create_app
from commands.accounts.opening import Desk, open_desk
from commands.auditing import audit_options
from domain.audit.entry import Told, told
from settings import read_settings
from store.audit.checking import Report, check_log
from store.audit.opening import AuditLog, open_audit_log
from tests.support.auditing import now
from tests.support.city import TestCity
from tests.support.sign_in import token_with

Json = dict[str, Any]  # a JSON object of whatever was asked


@dataclass(slots=True)
class Audited:
    """One running application; `before` counts the entries that were there already."""

    city: TestCity
    http: httpx.AsyncClient
    desk: Desk
    log: AuditLog

    async def ask(
        self,
        query: str,
        variables: Mapping[str, object] | None = None,
        login: str = "li.na",
        purpose: str = "LOOKUP",
    ) -> httpx.Response:
        """The answer to one question of an account."""
        token = await token_with(self.desk, login)
        sent = {"Authorization": f"Bearer {token}", "X-Fourfold-Purpose": purpose}
        body = {"query": query, "variables": dict(variables or {})}
        return await self.http.post("/graphql", json=body, headers=sent)

    async def entries(self) -> list[Told]:
        """Every entry, in the order of their times."""
        return await entries_of(self.log)

    async def after(
        self,
        query: str,
        variables: Mapping[str, object] | None = None,
        login: str = "li.na",
        purpose: str = "LOOKUP",
    ) -> list[Told]:
        """The entries that one question leaves."""
        before = len(await self.entries())
        await self.ask(query, variables, login, purpose)
        return (await self.entries())[before:]

    async def check(self) -> Report:
        """The check of the whole log."""
        return await check_log(self.log.book, self.log.anchors)

    async def run(self, *statements: Executable) -> None:
        """Changes the platform database."""
        async with self.desk.store.database.writing() as connection:
            for statement in statements:
                await connection.execute(statement)


async def entries_of(log: AuditLog) -> list[Told]:
    """Every entry of a log, in the order of their times."""
    found = [
        row
        for chain in await log.book.chains()
        async for rows in log.book.rows(chain)
        for row in rows
    ]
    return [told(row.payload) for row in sorted(found, key=lambda row: row.link.at)]


@asynccontextmanager
async def audited(city: TestCity) -> AsyncIterator[Audited]:
    """The application of a city file, its clients and its log."""
    app = create_app(city.config)
    transport = httpx.ASGITransport(app=app, client=("192.0.2.7", 1234))
    settings = read_settings(city.config)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://testserver") as http,
        open_desk(city.config) as desk,
        open_audit_log(desk.store, audit_options(settings, city.folder), now) as log,
    ):
        yield Audited(city, http, desk, log)
