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
from settings import Settings, read_settings
from store.audit.opening import AuditLog, AuditOptions, open_audit_log
from store.database import open_store

R = TypeVar("R")
ConfigOption = Annotated[Path, typer.Option("--config", help="The city file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ByOption = Annotated[str, typer.Option("--by", help="Login of the auditor who asks.")]
CITY_FILE = Path("city.toml")
CONSOLE = "console"
"""Who asked when nobody is named: somebody at this machine's command line."""

NOTHING = Touched()


@dataclass(frozen=True, slots=True)
class AuditDesk:
    """The log, open for one command."""

    settings: Settings
    options: AuditOptions
    log: AuditLog


def run(name: str, config: Path, work: Callable[[AuditDesk], Awaitable[R]]) -> R:
    """The result of work at an open log; errors become a line and an exit status."""

    async def at_desk() -> R:
        settings = read_settings(config)
        options = audit_options(settings, config.parent)
        async with (
            open_store(store_options(settings.platform, config.parent)) as store,
            open_audit_log(store, options, utc_now) as log,
        ):
            return await work(AuditDesk(settings, options, log))

    try:
        return asyncio.run(at_desk())
    except (BadInputError, MappingError) as error:
        print(f"fourfold audit {name}: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    except FourfoldError as error:
        print(f"fourfold audit {name}: {error}", file=sys.stderr)
        raise typer.Exit(1) from None


def own_entry(action: Action, by: str, touched: Touched = NOTHING) -> Entry:
    """The entry of a command about the log itself."""
    actor = Actor(name=by, client="fourfold audit")
    return Entry(utc_now(), "", actor, Question(action), touched, Result.ALLOWED)


def instant(text: str, option: str) -> datetime:
    """The beginning of a day, in UTC. Raises BadInputError."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadInputError(f"{option} is a date like 2026-01-31") from error
