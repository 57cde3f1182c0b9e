"""Looks for keys with blanks around them when a source opens; a look too slow is no failure."""

import asyncio
from collections.abc import Sequence

import structlog

from adapters.lanes.port import Failure, Lane, LaneError, Row
from adapters.mapping.model import SourceMapping
from adapters.options import SourceOptions
from adapters.sql.binds import Spaces
from adapters.sql.pieces import Pieces
from adapters.sql.shapes import Shapes
from adapters.sql.spaces import Probe, probes, with_spaces

_log = structlog.get_logger("adapters")


async def spaced(
    lane: Lane, options: SourceOptions, mapping: SourceMapping, shapes: Shapes
) -> Shapes:
    """The shapes with the blanks that the key columns hold now; within half of the deadline.

    Raises LaneError where the database is gone.
    """
    found: list[tuple[Probe, Spaces]] = []
    try:
        async with asyncio.timeout(options.deadline / 2):
            for probe in probes(mapping, shapes, Pieces(lane.dialect, shapes)):
                found.append((probe, _spaces(await _rows(lane, options, probe))))  # noqa: PERF401 - what is found in time stays
    except TimeoutError:
        _log.warning("padded_keys_unknown", source=options.name, reason="the deadline passed")
    found = [(probe, spaces) for probe, spaces in found if spaces]
    for probe, _ in found:
        _log.warning(
            "padded_keys", source=options.name, table=str(probe.table), column=probe.column
        )
    return with_spaces(shapes, found)


async def _rows(lane: Lane, options: SourceOptions, probe: Probe) -> Sequence[Row]:
    statement = probe.statement
    try:
        return await lane.fetch(statement.sql, statement.parameters({}))
    except LaneError as error:
        if error.failure is Failure.UNAVAILABLE:
            raise
        _log.warning(
            "padded_keys_unknown",
            source=options.name,
            column=probe.column,
            reason=error.reason,
        )
        return ()


def _spaces(rows: Sequence[Row]) -> Spaces:
    return frozenset((int(str(before)), int(str(length))) for before, length in rows)
