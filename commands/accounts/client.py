"""`fourfold client`: the systems that sign people in here."""

import json
import re
import sys
from dataclasses import asdict
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from auth.provider.core import digest, new_secret
from auth.tokens.outside import check_address
from commands.accounts.opening import CITY_FILE, ConfigOption, Desk, JsonOption, run
from commands.opening import utc_now
from domain.model.clients import Client
from domain.model.errors import BadInputError

EPILOG = """Examples:

fourfold client add hr-system --redirect-uri https://hr.city.example/callback

fourfold client add kiosk --public --redirect-uri http://127.0.0.1:9000/callback

fourfold client list --json

fourfold client remove hr-system

Exit status: 0 done, 1 there is no such client or the platform database is away, 2 wrong use.
"""
client = typer.Typer(help="Systems that sign people in here.", no_args_is_help=True, epilog=EPILOG)
_ID: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
ClientId = Annotated[str, typer.Argument(help="The client_id of the system.")]


@client.command("add", epilog=EPILOG)
def add(  # noqa: PLR0913 - one parameter an option
    client_id: ClientId,
    *,
    redirect_uri: Annotated[
        list[str], typer.Option(help="Where codes may be sent, letter by letter; repeatable.")
    ],
    logout_uri: Annotated[
        list[str] | None, typer.Option(help="Where a sign-out may lead; repeatable.")
    ] = None,
    back_channel_uri: Annotated[
        str | None, typer.Option(help="Is told when a session has ended.")
    ] = None,
    name: Annotated[str, typer.Option(help="The name people know it by.")] = "",
    public: Annotated[bool, typer.Option("--public", help="It can keep no secret.")] = False,
    resource_server: Annotated[
        bool, typer.Option("--resource-server", help="It may ask about any client's token.")
    ] = False,
    config: ConfigOption = CITY_FILE,
) -> None:
    """Make a client; prints its secret, which is shown only now."""
    secret = None if public else new_secret()
    wanted = Client(
        client_id=client_id,
        name=(name or client_id)[:64],
        secret_hash=digest(secret) if secret else None,
        redirect_uris=tuple(redirect_uri),
        logout_uris=tuple(logout_uri or ()),
        back_channel_uri=back_channel_uri,
        is_resource_server=resource_server,
    )

    async def work(desk: Desk) -> None:
        check_client(wanted)
        await desk.store.clients.add(wanted, utc_now())

    run("client add", config, work)
    if secret:
        print(f"secret of {client_id}: {secret}")


@client.command("list", epilog=EPILOG)
def list_(*, as_json: JsonOption = False, config: ConfigOption = CITY_FILE) -> None:
    """Show every client and its addresses."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        return [_told(each) for each in await desk.store.clients.list_all()]

    told = run("client list", config, work)
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for each in told:
        print(f"{each['client_id']}  {each['name']}  {' '.join(each['redirect_uris'])}")


@client.command("remove", epilog=EPILOG)
def remove(client_id: ClientId, *, config: ConfigOption = CITY_FILE) -> None:
    """Forget a client with all it was granted."""

    async def work(desk: Desk) -> bool:
        return await desk.store.clients.remove(client_id)

    if not run("client remove", config, work):
        print(f"fourfold client remove: there is no client {client_id}", file=sys.stderr)
        raise typer.Exit(1)


def check_client(wanted: Client) -> None:
    """Raises BadInputError for an id or an address that no client may have."""
    if not _ID.fullmatch(wanted.client_id):
        raise BadInputError("a client's id has small letters, digits and - (a letter first)")
    addresses = [*wanted.redirect_uris, *wanted.logout_uris]
    for address in [*addresses, *filter(None, [wanted.back_channel_uri])]:
        _check_text(address)
        check_address(address)


def _check_text(address: str) -> None:
    if any(each.isspace() or not each.isascii() for each in address):
        raise BadInputError("an address has no blanks and only ASCII characters")
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        raise BadInputError("an address is whole, like https://hr.city.example/callback") from None
    if "@" in parts.netloc:
        raise BadInputError(
            "an address holds no user and password: leave them out, the system proves itself by"
            " its secret"
        )
    if "*" in address:
        raise BadInputError(
            "addresses are compared letter by letter, so * stands for nothing: name each one"
            " (--redirect-uri and --logout-uri may be repeated)"
        )


def _told(found: Client) -> dict[str, Any]:
    told = asdict(found)
    told["is_public"] = told.pop("secret_hash") is None
    return told
