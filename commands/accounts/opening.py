"""What the commands of the built-in login share: the open platform database, and how they end."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from commands.access import Access, open_access
from commands.logs import configure_logs
from commands.opening import store_options, utc_now
from domain.model.accounts import Account
from domain.model.errors import BadInputError, FourfoldError, MappingError
from settings import Settings, read_settings
from store.database import Store, open_store

R = TypeVar("R")
ConfigOption = Annotated[Path, typer.Option("--config", help="The city file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ByOption = Annotated[
    str,
    typer.Option("--by", help="Login of the security administrator who asked for the change."),
]
CITY_FILE = Path("city.toml")
CONSOLE = "console"
"""Who changed an account when nobody is named: somebody at this machine's command line."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The platform database and sign-in, open for one command."""

    settings: Settings
    store: Store
    access: Access


@asynccontextmanager
async def open_desk(config: Path) -> AsyncIterator[Desk]:
    """The desk of a city file. Raises MappingError, PlatformError."""
    settings = read_settings(config)
    async with (
        open_store(store_options(settings.platform, config.parent)) as store,
        open_access(settings, store, utc_now, folder=config.parent) as access,
    ):
        yield Desk(settings, store, access)


def run(name: str, config: Path, work: Callable[[Desk], Awaitable[R]]) -> R:
    """The result of work at an open desk; errors become a line and an exit status."""
    configure_logs("error", "json")

    async def at_desk() -> R:
        async with open_desk(config) as desk:
            return await work(desk)

    try:
        return asyncio.run(at_desk())
    except (BadInputError, MappingError) as error:
        print(f"fourfold {name}: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    except FourfoldError as error:
        print(f"fourfold {name}: {error}", file=sys.stderr)
        raise typer.Exit(1) from None


async def get_account(desk: Desk, login: str) -> Account:
    """The account of a login. Raises BadInputError where there is none."""
    found = await desk.store.accounts.find(login)
    if found is None:
        raise BadInputError(f"there is no account {login}")
    return found
