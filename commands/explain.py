"""`fourfold explain`: the statements of a document by source, with nothing run."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from adapters.lanes.port import LaneError
from commands.documents import read_document, read_variables
from commands.explaining import Explained, ask_on_paper
from commands.logs import configure_logs
from commands.plan_text import plan_text
from domain.model.errors import BadInputError, MappingError
from settings import read_settings

EPILOG = """Examples:

fourfold explain lookup.graphql --config city.toml --variables variables.json

fourfold explain lookup.graphql --config city.toml --live

fourfold explain lookup.graphql --config city.toml --unlinked --json

fourfold explain lookup.graphql --variables variables.json --plan

No statement is sent to a department. Types and keys are taken from the mapping; --live reads them
from the catalogs. Exit status: 0 explained, 1 the document has errors, 2 wrong use.
"""


def explain(  # noqa: PLR0913 - one parameter an option
    document: Annotated[Path, typer.Argument(help="A file with one GraphQL document.")],
    *,
    config: Annotated[Path, typer.Option(help="The city file.")] = Path("city.toml"),
    variables: Annotated[
        Path | None, typer.Option(help="A JSON file with the variables of the document.")
    ] = None,
    operation: Annotated[
        str | None, typer.Option(help="Which operation, where the document has several.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Look at the catalogs for types and keys.")
    ] = False,
    unlinked: Annotated[
        bool, typer.Option("--unlinked", help="As if the cross-reference knew nobody.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show the compiled plan instead; needs no city file.")
    ] = False,
) -> None:
    """Show the SQL of a document by source, with waves, round trips and caps; run nothing."""
    configure_logs("error", "json")
    try:
        text, values = read_document(document), read_variables(variables)
        if plan:
            print(_plan(text, operation, values))
            return
        body = {"query": text, "operationName": operation, "variables": values}
        settings = read_settings(config)
        done = asyncio.run(ask_on_paper(config, settings, body, looks=live, knows=not unlinked))
    except (BadInputError, MappingError) as error:
        _refuse(str(error), 2)
    except LaneError as error:
        _refuse(f"a catalog cannot be looked at: {error.reason}; try without --live", 1)
    (_print_json if as_json else _print_lines)(done)
    raise typer.Exit(int(bool(done.errors)))


def _plan(text: str, operation: str | None, values: dict[str, Any] | None) -> str:
    try:
        return plan_text(text, operation, values)
    except BadInputError as error:
        _refuse(str(error), 1)


def _refuse(message: str, status: int) -> NoReturn:
    print(f"fourfold explain: {message}", file=sys.stderr)
    raise typer.Exit(status)


def _print_lines(done: Explained) -> None:
    for error in done.errors:
        print(f"error: {error}", file=sys.stderr)
    print(done.heading)
    for source in done.sources:
        print(f"\n{source.heading}")
        for sent in source.sent:
            print(f"\n  wave {sent.wave}:")
            print("\n".join(f"    {line.rstrip()}" for line in sent.sql.splitlines()))
            print(f"    -- parameters: {', '.join(sent.parameters) or 'none'}")


def _print_json(done: Explained) -> None:
    print(json.dumps(done.told(), ensure_ascii=False, indent=2))
