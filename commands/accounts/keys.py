"""`fourfold keys`: the provider's signing keys, and a new data key for what is sealed at rest."""

import json
from typing import Annotated, Any

import typer

from commands.accounts.opening import CITY_FILE, ConfigOption, Desk, JsonOption, run
from store.rewrapping import rewrap

EPILOG = """Examples:

fourfold keys list

fourfold keys rotate

fourfold keys rotate --leaked

fourfold keys rewrap

Exit status: 0 done, 1 the platform database is away, 2 not now.
"""
keys = typer.Typer(
    help="Signing keys of the provider; the data key.", no_args_is_help=True, epilog=EPILOG
)


@keys.command("rotate", epilog=EPILOG)
def rotate(
    *,
    leaked: Annotated[
        bool, typer.Option("--leaked", help="Take every earlier key away: all sign in again.")
    ] = False,
    config: ConfigOption = CITY_FILE,
) -> None:
    """Let the published next key sign; the present one goes on verifying for two rotations."""

    async def work(desk: Desk) -> None:
        ring = desk.access.minter.keys
        await (ring.replace_leaked() if leaked else ring.rotate())

    run("keys rotate", config, work)
    print("rotated")


@keys.command("rewrap", epilog=EPILOG)
def rewrap_(*, as_json: JsonOption = False, config: ConfigOption = CITY_FILE) -> None:
    """Seal everything at rest under the data key of now; old_data_key may go afterwards."""

    async def work(desk: Desk) -> dict[str, int]:
        return await rewrap(desk.store.database, desk.store.seals)

    done = run("keys rewrap", config, work)
    if as_json:
        print(json.dumps(done, indent=2))
        return
    for table, count in done.items():
        print(f"{table}: {count}")


@keys.command("list", epilog=EPILOG)
def list_(*, as_json: JsonOption = False, config: ConfigOption = CITY_FILE) -> None:
    """Show key ids, algorithms and states."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        return [
            {
                "kid": key.kid,
                "algorithm": key.algorithm,
                "state": key.state.value,
                "made_at": key.made_at.isoformat(timespec="seconds"),
            }
            for key in await desk.store.signing_keys.list_all()
        ]

    told = run("keys list", config, work)
    if as_json:
        print(json.dumps(told, indent=2))
        return
    for each in told:
        print("  ".join(str(value) for value in each.values()))
