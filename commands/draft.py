"""`fourfold draft`: a first mapping file from a live schema, or what has changed since."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from adapters.drafting.source import (
    NothingToDraftError,
    first_draft,
    look_at_database,
    second_draft,
)
from adapters.options import read_url
from domain.model.departments import Department
from domain.model.errors import BadInputError, MappingError

EPILOG = """Examples:

fourfold draft postgresql://reader@localhost/hr --department hr --out mappings/hr.toml

fourfold draft mysql://reader@localhost/finance

fourfold draft sqlite:///hr.sqlite --out mappings/hr.toml

FOURFOLD_DRAFT_URL=postgresql://… fourfold draft

A file that is there already keeps every line: new columns are added as comments, vanished ones are
marked. Exit status: 0 drafted, 1 nothing to draft from, 2 wrong use.
"""


def draft(
    url: Annotated[str, typer.Argument(help="URL of the database.", envvar="FOURFOLD_DRAFT_URL")],
    *,
    department: Annotated[
        Department | None, typer.Option(help="Propose only what this department holds.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The mapping file; without it the draft is printed.")
    ] = None,
) -> None:
    """Draft the mapping file of a department from its live schema; reads the catalog alone."""
    try:
        parsed = read_url(url)
        tables = asyncio.run(look_at_database(parsed))
        if out is None or not out.exists() or not out.stat().st_size:
            _write(out, first_draft(tables, department))
            return
        done = second_draft(out, tables, department, parsed.get_backend_name())
    except (BadInputError, MappingError, OSError) as error:
        _refuse(_told(error), 2)
    except NothingToDraftError as error:
        _refuse(str(error), 1)
    _write(out, done.text)
    print(f"{out}: {done.added} new columns, {done.vanished} vanished", file=sys.stderr)


def _write(out: Path | None, text: str) -> None:
    if out is None:
        print(text, end="")
        return
    beside = out.with_name(f"{out.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(out)


def _told(error: Exception) -> str:
    return "the file cannot be read or written" if isinstance(error, OSError) else str(error)


def _refuse(message: str, status: int) -> NoReturn:
    print(f"fourfold draft: {message}", file=sys.stderr)
    raise typer.Exit(status)
