"""`fourfold policy explain`: who sees what of a document, and why; nothing is read for it."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from commands.accounts.opening import CITY_FILE, ConfigOption, Desk, get_account, run
from commands.documents import read_document, read_variables
from commands.policy.deciding import Asked, Explained, Judged, explain_access
from domain.model.access import RowClass, Ruling
from domain.model.principal import Acr
from domain.policy.loading import policy
from domain.policy.purposes import read_purpose

EPILOG = """Examples:

fourfold policy explain --user li.na lookup.graphql --purpose LOOKUP

fourfold policy explain --user wang.wei lookup.graphql --purpose SUPERVISION:D-7 --acr mfa --json

Decisions stand by class of rows: home is inside the account's scope, host is seconded to it, case
is in an open case that the purpose names. The platform database is read for the account, no
department is asked. Exit status: 0 explained, 1 refused, 2 wrong use.
"""


def explain(  # noqa: PLR0913 - one parameter an option
    document: Annotated[Path, typer.Argument(help="A file with one GraphQL query.")],
    *,
    user: Annotated[str, typer.Option(help="Login of the account.")],
    purpose: Annotated[
        str | None, typer.Option(help="As in X-Fourfold-Purpose; without, none is stated.")
    ] = None,
    acr: Annotated[Acr, typer.Option(help="mfa: signed in with a second factor.")] = Acr.PASSWORD,
    variables: Annotated[
        Path | None, typer.Option(help="A JSON file with the variables of the query.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: ConfigOption = CITY_FILE,
) -> None:
    """Show what the access policy decides on each field of a query for an account, and why."""

    async def work(desk: Desk) -> Explained:
        account = await get_account(desk, user)
        stated = None if purpose is None else read_purpose(purpose)
        text, values = read_document(document), read_variables(variables)
        return explain_access(Asked(account, text, values, stated, acr))

    done = run("policy explain", config, work)
    if as_json:
        print(json.dumps(done.told(), ensure_ascii=False, indent=2))
    else:
        _print_table(done)


def _print_table(done: Explained) -> None:
    asked, rights = done.asked, done.asked.account.rights
    stated = asked.purpose
    purpose = "none" if stated is None else ":".join(filter(None, (stated.kind, stated.number)))
    scope = ", ".join((*rights.divisions, *rights.units)) or "none"
    print(f"{asked.account.login}: {', '.join(sorted(rights.roles))}; scope {scope}")
    print(f"purpose {purpose}, acr {asked.acr}")
    print(f"policy version {policy().version}, digest {policy().digest[:16]}\n")
    table = Table(box=None, pad_edge=False)
    for name in ("field", "level", *RowClass):
        table.add_column(name, overflow="fold")
    for judged in done.judged:
        table.add_row(_field(judged), judged.level, *map(_word, judged.rulings.values()))
    Console(soft_wrap=False, width=140).print(table)


def _field(judged: Judged) -> str:
    return f"{judged.column.field}{' (in a list)' if judged.column.in_list else ''}"


def _word(ruling: Ruling | None) -> str:
    if ruling is None or ruling.is_clear:
        return "ALLOW"
    form = f" as {ruling.form}" if ruling.form else ""
    return f"{ruling.decision}{form} ({ruling.reason})"
