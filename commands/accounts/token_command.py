"""`fourfold token`: a bearer token for operators and scripts."""

from datetime import timedelta
from typing import Annotated

import typer

from auth.accounts.signing_in import new_session
from auth.tokens.minting import Grant
from commands.accounts.opening import CITY_FILE, ConfigOption, Desk, get_account, run
from commands.opening import utc_now
from domain.model.errors import BadInputError
from domain.model.principal import Acr

EPILOG = """Examples:

fourfold token --user li.na

fourfold token --user li.na --minutes 60 --acr mfa

curl -H "Authorization: Bearer $(fourfold token --user li.na)" ...

Exit status: 0 printed, 1 the platform database is away, 2 wrong use.
"""
CLIENT = "fourfold-cli"
LONGEST = 480


def token(
    *,
    user: Annotated[str, typer.Option(help="Login of the account.")],
    minutes: Annotated[
        int, typer.Option(help="How long it lives; its session ends with it.", min=1, max=LONGEST)
    ] = 30,
    acr: Annotated[Acr, typer.Option(help="mfa for what asks for a second factor.")] = Acr.PASSWORD,
    config: ConfigOption = CITY_FILE,
) -> None:
    """Print a bearer token for an account; whoever runs this holds the platform's keys."""

    async def work(desk: Desk) -> str:
        return await operator_token(desk, user, timedelta(minutes=minutes), acr)

    print(run("token", config, work))


async def operator_token(desk: Desk, user: str, lifetime: timedelta, acr: Acr) -> str:
    """A token with a session of its own. Raises BadInputError for an account nobody may use."""
    account = await get_account(desk, user)
    if not account.is_usable(utc_now()):
        raise BadInputError(f"the account {user} is disabled or suspended")
    if not (desk.settings.auth.enabled and desk.settings.auth.provider):
        raise BadInputError("[auth] has the built-in provider switched off: it issues no tokens")
    session = new_session(account, acr, utc_now(), (lifetime, lifetime))
    await desk.store.sessions.start(session)
    await desk.store.accounts.note_use(account.sub, utc_now())
    return await desk.access.minter.access_token(
        account, session, Grant(CLIENT, "openid", lifetime=lifetime)
    )
