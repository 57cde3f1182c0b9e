"""Checks one source: its file, its database, its schema, its data; everything at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import ArgumentError

from adapters.checking.live import LiveSchema, look
from adapters.checking.measuring import (
    blanks_statement,
    doubles_statement,
    judge_blanks,
    judge_doubles,
)
from adapters.checking.problems import Problem, Problems, Severity
from adapters.checking.server import judge_limits, judge_rights, judge_version, limits_statement
from adapters.checking.structure import judge_texts, judge_uses, standing, to_measure
from adapters.checking.uses import Use, link_key_use, uses_of
from adapters.checking.words import judge_words, worded_columns, words_statement
from adapters.lanes.opening import open_lane
from adapters.lanes.port import Failure, Lane, LaneError, Parameters, Row
from adapters.mapping.model import SourceMapping
from adapters.mapping.reader import read_mapping
from adapters.opening import lane_options
from adapters.options import HOW_TO_GET_IT, SourceOptions
from adapters.sql.fitting import missing
from adapters.sql.kinds import doubtful_types, wrong_types
from adapters.sql.losses import without
from adapters.sql.pieces import Pieces, Statement
from adapters.sql.shapes import tables_of
from domain.model.errors import MappingError

_REMEDIES: Final = {
    "signing in was refused": "correct the account or its password in the URL",
    "there is no such database": "correct the name of the database in the URL",
    "the server has too many connections": "raise the server's limit, or lower max_connections",
    "the file is missing or is no database": "correct the path in the URL",
}
_UNREACHABLE: Final = "is the server up, and are host, port, account and database of the URL right?"
_SLOW: Final = "look at the server and the network, or raise connect_timeout"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the city file says where the source is."""

    file: str
    line: int


async def check_source(options: SourceOptions, place: Place) -> list[Problem]:
    """All findings over one source; those about its database stand at `place`."""
    try:
        mapping = read_mapping(options.mapping, options.backend)
    except MappingError as error:
        return [Problem(Severity.ERROR, finding) for finding in error.findings]
    city = Problems(place.file)
    try:
        lane = open_lane(lane_options(options))
    except (ImportError, ArgumentError):
        message = f"{options.name}: there is no driver {options.url.drivername!r}"
        city.error(place.line, message, HOW_TO_GET_IT)
        return city.found
    try:
        return await _Check(options, mapping, lane).run()
    except LaneError as error:
        city.error(place.line, f"{options.name}: {error.reason}", _remedy(error))
        return city.found
    finally:
        await lane.close()


def _remedy(error: LaneError) -> str:
    usual = _SLOW if error.failure is Failure.TIMEOUT else _UNREACHABLE
    return _REMEDIES.get(error.reason, usual)


class _Check:
    def __init__(self, options: SourceOptions, mapping: SourceMapping, lane: Lane) -> None:
        self._options = options
        self._mapping = mapping
        self._lane = lane
        self._problems = Problems(mapping.file)

    async def run(self) -> list[Problem]:
        """The catalog first; then what only the data can say. Raises LaneError."""
        live = await self._lane.inspect(lambda c: look(c, tables_of(self._mapping)))
        fitting = self._judge_catalog(live)
        await self._judge_limits(live)
        await self._judge_data(fitting, live)
        return self._problems.ordered()

    def _judge_catalog(self, live: LiveSchema) -> SourceMapping:
        """The part of the mapping that the live schema has."""
        problems, backend = self._problems, self._options.backend
        judge_version(live, problems)
        judge_rights(live, problems)
        misfits = [
            *missing(self._mapping, live.shapes),
            *wrong_types(self._mapping, live.shapes, backend),
        ]
        problems.misfits(Severity.ERROR, misfits)
        problems.misfits(Severity.WARNING, doubtful_types(self._mapping, live.shapes, backend))
        judge_texts(self._mapping, live, self._lane.dialect, problems)
        judge_uses(list(uses_of(self._mapping)), live, self._lane.dialect, problems)
        return without(self._mapping, (each.scope for each in misfits))[0]

    async def _judge_limits(self, live: LiveSchema) -> None:
        statement = limits_statement(live.backend)
        if statement is not None:
            rows = await self._lane.fetch(statement, [])
            judge_limits(live.backend, rows, self._options.statement_timeout, self._problems)

    async def _judge_data(self, fitting: SourceMapping, live: LiveSchema) -> None:
        """One statement after another: a check is no load."""
        pieces = Pieces(self._lane.dialect, live.shapes)
        link_key = link_key_use(fitting)
        links = [] if link_key is None else list(standing([link_key], live))
        for use in to_measure([*uses_of(fitting), *links], live):
            rows = await self._measured(use, doubles_statement(use, live.shapes, pieces))
            if rows is not None:
                judge_doubles(use, rows, self._problems)
        for use in links:
            rows = await self._measured(use, blanks_statement(use, live.shapes, pieces))
            if rows is not None:
                judge_blanks(use, rows, self._problems)
        for column in worded_columns(fitting):
            statement = words_statement(column, live.shapes, pieces)
            place = column.rule.line, column.name
            rows = await self._rows(*place, statement.sql, statement.parameters({}))
            if rows is not None:
                judge_words(column, rows, self._problems)

    async def _measured(self, use: Use, statement: Statement) -> Sequence[Row] | None:
        return await self._rows(use.line, use.purpose, statement.sql, statement.parameters({}))

    async def _rows(
        self, line: int, what: str, sql: str, parameters: Parameters
    ) -> Sequence[Row] | None:
        """The rows, or None and a finding. Raises LaneError where the database is gone."""
        try:
            return await self._lane.fetch(sql, parameters)
        except LaneError as error:
            if error.failure is Failure.UNAVAILABLE:
                raise
            _note(self._problems, line, what, error)
            return None


def _note(problems: Problems, line: int, what: str, error: LaneError) -> None:
    if error.failure is Failure.TIMEOUT:
        message = f"{what}: could not be measured within the statement time-out"
        problems.info(line, message, "raise statement_timeout for the check, or look yourself")
    else:
        message = f"{what}: {error.reason}"
        problems.error(line, message, "grant SELECT on the table, or correct the mapping")
