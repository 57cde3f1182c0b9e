"""`fourfold account`: the accounts of the built-in login."""

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from auth.accounts.managing import NewAccount, new_password
from auth.accounts.totp import address_of
from commands.accounts.opening import (
    CITY_FILE,
    CONSOLE,
    ByOption,
    ConfigOption,
    Desk,
    JsonOption,
    get_account,
    run,
)
from commands.opening import utc_now
from domain.model.accounts import Account
from domain.model.departments import Department
from domain.model.keys import DivisionCode, UnitCode
from domain.model.roles import Rights, Role

EPILOG = """Examples:

fourfold account add li.na --role HR_REVIEWER --department hr --division 370700

fourfold account add wang.wei --role UNIT_CLERK --unit 370700-EDU-004 --password-file pw.txt

fourfold account role li.na --role DATA_STEWARD --department hr --division 370700 --by sec.admin

fourfold account totp li.na

fourfold account list --json

Exit status: 0 done, 1 refused or the platform database is away, 2 wrong use.
"""
account = typer.Typer(help="Accounts of the built-in login.", no_args_is_help=True, epilog=EPILOG)
Login = Annotated[str, typer.Argument(help="What is typed to sign in.")]
Roles = Annotated[list[Role], typer.Option("--role", help="A role; may be given several times.")]
DepartmentOption = Annotated[
    Department | None, typer.Option(help="The department a reviewer or steward belongs to.")
]
Divisions = Annotated[
    list[str] | None,
    typer.Option("--division", help="A division in scope, with all below it; repeatable."),
]
Units = Annotated[
    list[str] | None,
    typer.Option("--unit", help="Standard code of a unit in scope; repeatable."),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        help="A file whose first line is the password, - for standard input; else one is made.",
    ),
]


@account.command("add", epilog=EPILOG)
def add(  # noqa: PLR0913 - one parameter an option
    login: Login,
    *,
    role: Roles,
    department: DepartmentOption = None,
    division: Divisions = None,
    unit: Units = None,
    name: Annotated[str, typer.Option(help="The name shown; else the login.")] = "",
    password_file: PasswordFile = None,
    by: ByOption = CONSOLE,
    config: ConfigOption = CITY_FILE,
) -> None:
    """Make an account; prints its password where none was given."""
    password = _password(password_file)
    rights = _rights(role, department, division, unit)
    wanted = NewAccount(login, name or login, rights, password)

    async def work(desk: Desk) -> None:
        await _check_by(desk, by)
        await desk.access.accounts.add(wanted, by)

    run("account add", config, work)
    if password_file is None:
        print(f"password of {login}: {password}")


@account.command("list", epilog=EPILOG)
def list_(*, as_json: JsonOption = False, config: ConfigOption = CITY_FILE) -> None:
    """Show every account with its roles and scope."""

    async def work(desk: Desk) -> list[dict[str, Any]]:
        return [_told(each) for each in await desk.store.accounts.list_all()]

    told = run("account list", config, work)
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return
    table = Table("login", "name", "roles", "department", "divisions", "units", "state")
    for each in told:
        cells = [" ".join(v) if isinstance(v, list) else str(v or "") for v in each.values()]
        table.add_row(*cells[: len(table.columns)])
    Console().print(table)


@account.command("role", epilog=EPILOG)
def role(  # noqa: PLR0913 - one parameter an option
    login: Login,
    *,
    role: Roles,
    department: DepartmentOption = None,
    division: Divisions = None,
    unit: Units = None,
    by: ByOption = CONSOLE,
    config: ConfigOption = CITY_FILE,
) -> None:
    """Give an account these roles and this scope in place of what it had."""
    rights = _rights(role, department, division, unit)

    async def work(desk: Desk, found: Account) -> None:
        await desk.access.accounts.set_rights(found, rights, by)

    _change("account role", login, (by, config), work)


@account.command("password", epilog=EPILOG)
def password(
    login: Login,
    *,
    password_file: PasswordFile = None,
    by: ByOption = CONSOLE,
    config: ConfigOption = CITY_FILE,
) -> None:
    """Set another password and end the account's sessions."""
    fresh = _password(password_file)

    async def work(desk: Desk, found: Account) -> None:
        await desk.access.accounts.set_password(found, fresh, by)

    _change("account password", login, (by, config), work)
    if password_file is None:
        print(f"password of {login}: {fresh}")


@account.command("totp", epilog=EPILOG)
def totp(
    login: Login,
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Take it away instead.")] = False,
    by: ByOption = CONSOLE,
    config: ConfigOption = CITY_FILE,
) -> None:
    """Give an account a second factor; prints what an authenticator application reads."""

    async def work(desk: Desk, found: Account) -> None:
        if remove:
            await desk.access.accounts.take_totp(found, by)
        else:
            secret = await desk.access.accounts.give_totp(found, by)
            print(address_of(secret, login))

    _change("account totp", login, (by, config), work)


@account.command("disable", epilog=EPILOG)
def disable(login: Login, *, by: ByOption = CONSOLE, config: ConfigOption = CITY_FILE) -> None:
    """Close an account and end its sessions."""

    async def work(desk: Desk, found: Account) -> None:
        await desk.access.accounts.close(found, by)

    _change("account disable", login, (by, config), work)


@account.command("enable", epilog=EPILOG)
def enable(login: Login, *, by: ByOption = CONSOLE, config: ConfigOption = CITY_FILE) -> None:
    """Open a closed account again, or one that was suspended after 90 days without use."""

    async def work(desk: Desk, found: Account) -> None:
        await desk.access.accounts.reopen(found, by)

    _change("account enable", login, (by, config), work)


def _change(
    name: str,
    login: str,
    asked: tuple[str, Path],
    work: Callable[[Desk, Account], Awaitable[None]],
) -> None:
    by, config = asked

    async def checked(desk: Desk) -> None:
        await _check_by(desk, by)
        await work(desk, await get_account(desk, login))

    run(name, config, checked)


async def _check_by(desk: Desk, by: str) -> None:
    if by != CONSOLE:
        await desk.access.accounts.check_administrator(by)


def _rights(
    roles: list[Role],
    department: Department | None,
    divisions: list[str] | None,
    units: list[str] | None,
) -> Rights:
    return Rights(
        roles=frozenset(roles),
        department=department,
        divisions=tuple(DivisionCode(each) for each in divisions or ()),
        units=tuple(UnitCode(each) for each in units or ()),
    )


def _password(file: Path | None) -> str:
    """The first line of a file or of standard input: never an argument, which others can see."""
    if file is None:
        return new_password()
    try:
        text = sys.stdin.readline() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        print("fourfold account: the password file cannot be read", file=sys.stderr)
        raise typer.Exit(2) from None
    return (text.splitlines() or [""])[0]


def _told(found: Account) -> dict[str, Any]:
    is_usable = found.is_usable(utc_now())
    suspended = "disabled" if found.is_disabled else "suspended"
    return {
        "login": found.login,
        "name": found.name,
        "roles": sorted(found.rights.roles),
        "department": found.rights.department,
        "divisions": list(found.rights.divisions),
        "units": list(found.rights.units),
        "state": "active" if is_usable else suspended,
        "second_factor": found.totp_secret is not None,
        "used_at": found.used_at.isoformat(),
    }
