"""What the commands of the audit log share: the open log, who asks, and how they end."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from commands.auditing import audit_options
from commands.opening import store_options, utc_now
from domain.audit.entry import Action, Actor, Entry, Question, Result, Touched
from domain.model.errors import BadInputError, FourfoldError, MappingError
from domain.model.roles import Role
from settings import Settings, read_settings
from store.audit.opening import AuditLog, AuditOptions, open_audit_log
from store.database import Store, open_store

R = TypeVar("R")
ConfigOption = Annotated[Path, typer.Option("--config", help="The city file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ByOption = Annotated[
    str,
    typer.Option(
        "--by", help="Login of the auditor who asks; recorded as it is said here, nobody signs in."
    ),
]
CITY_FILE = Path("city.toml")
CONSOLE = "console"
"""Who asked when nobody is named: somebody at this machine's command line."""
NOTHING = Touched()


@dataclass(frozen=True, slots=True)
class AuditDesk:
    """The log, open for one command of somebody."""

    settings: Settings
    options: AuditOptions
    log: AuditLog
    actor: Actor

    async def keep(self, action: Action, touched: Touched = NOTHING) -> None:
        """Keeps the entry of what is done to the log itself. Raises AuditUnavailableError."""
        entry = Entry(utc_now(), "", self.actor, Question(action), touched, Result.ALLOWED)
        await self.log.writer.write(entry)


def run(
    name: str, config: Path, work: Callable[[AuditDesk], Awaitable[R]], *, by: str = CONSOLE
) -> R:
    """The result of work at an open log; errors become a line and an exit status."""

    async def at_desk() -> R:
        settings = read_settings(config)
        options = audit_options(settings, config.parent)
        async with (
            open_store(store_options(settings.platform, config.parent)) as store,
            open_audit_log(store, options, utc_now) as log,
        ):
            return await work(AuditDesk(settings, options, log, await _actor(settings, store, by)))

    try:
        return asyncio.run(at_desk())
    except (BadInputError, MappingError) as error:
        print(f"fourfold audit {name}: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    except FourfoldError as error:
        print(f"fourfold audit {name}: {error}", file=sys.stderr)
        raise typer.Exit(1) from None


async def _actor(settings: Settings, store: Store, by: str) -> Actor:
    """Whom the entry names; where accounts are kept here, one that is an auditor's."""
    bare = Actor(name=by, client="fourfold audit")
    if by == CONSOLE or not (settings.auth.enabled and settings.auth.provider):
        return bare
    found = await store.accounts.find(by)
    if found is None:
        raise BadInputError(f"there is no account {by}: --by is the login of an auditor")
    if Role.AUDIT_ADMIN not in found.rights.roles or not found.is_usable(utc_now()):
        raise BadInputError(f"{by} is no auditor now: --by is the login of one (AUDIT_ADMIN)")
    return bare._replace(sub=found.sub, roles=(Role.AUDIT_ADMIN.value,))


def instant(text: str, option: str) -> datetime:
    """The beginning of a day, in UTC. Raises BadInputError."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadInputError(f"{option} is a date like 2026-01-31") from error
