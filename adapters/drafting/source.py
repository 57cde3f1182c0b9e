"""Drafts the mapping of one database, or adds to a file what has changed since."""

from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import ArgumentError

from adapters.drafting.live import LiveTable, look_around
from adapters.drafting.redrafting import Redrafted, redraft
from adapters.drafting.writing import draft_text
from adapters.lanes.opening import open_lane
from adapters.lanes.port import LaneError, LaneOptions
from adapters.mapping.reader import read_mapping, text_to_edit
from adapters.options import HOW_TO_GET_IT
from adapters.sql.fitting import missing
from adapters.sql.misfit import Scope
from adapters.sql.shapes import TableShape
from domain.model.departments import Department
from domain.model.errors import BadInputError, FourfoldError, MappingError


class NothingToDraftError(FourfoldError):
    """A database that gives nothing to draft from; the message says why."""


async def look_at_database(url: URL) -> list[LiveTable]:
    """Its tables and views. Raises BadInputError or NothingToDraftError, never a driver's text."""
    try:
        lane = open_lane(LaneOptions(url, max_connections=1, connect_timeout=10.0))
    except (ImportError, ArgumentError) as error:
        raise BadInputError(f"there is no driver {url.drivername!r}: {HOW_TO_GET_IT}") from error
    try:
        tables = await lane.inspect(look_around)
    except LaneError as error:
        raise NothingToDraftError(f"the database cannot be read: {error.reason}") from error
    finally:
        await lane.close()
    if not any(table.columns for table in tables):
        raise NothingToDraftError(
            "the database has no table and no view that this account may see;"
            " is it the right database, and may the account SELECT?"
        )
    return tables


def first_draft(tables: list[LiveTable], department: Department | None) -> str:
    """The text of a new mapping file."""
    return draft_text(tables, department)


def second_draft(
    file: Path, tables: list[LiveTable], department: Department | None, dialect: str
) -> Redrafted:
    """The text of a file with what has changed since. Raises MappingError where it is none."""
    return redraft(text_to_edit(file), tables, _missing(file, tables, dialect), department)


def _missing(file: Path, tables: list[LiveTable], dialect: str) -> list[Scope]:
    """The parts that the live schema lacks; none where the file has mistakes, which check tells."""
    try:
        mapping = read_mapping(file, dialect)
    except MappingError:
        return []
    shapes = {
        table.name: TableShape({c.name: c.kind for c in table.columns}, table.key)
        for table in tables
    }
    return [each.scope for each in missing(mapping, shapes)]
