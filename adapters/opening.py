"""Opens the sources of a city: each with its own mapping, a broken one standing in for itself only."""

import structlog

from adapters.broken import BrokenSource
from adapters.lanes.opening import open_lane
from adapters.lanes.port import LaneOptions
from adapters.mapping.reader import read_mapping
from adapters.options import SourceOptions
from adapters.session import Clock
from adapters.source import SqlSource
from domain.model.errors import MappingError

_log = structlog.get_logger("adapters")


Source = SqlSource | BrokenSource


def open_source(options: SourceOptions, clock: Clock) -> Source:
    """The source of these options; it connects on first use."""
    try:
        mapping = read_mapping(options.mapping, options.backend)
    except MappingError as error:
        for finding in error.findings:
            _log.error("mapping_mistake", source=options.name, finding=str(finding))
        return BrokenSource(options, error.findings, clock)
    lane = open_lane(
        LaneOptions(
            url=options.url,
            max_connections=options.max_connections,
            max_waiting=options.max_waiting,
            connect_timeout=options.connect_timeout,
            statement_timeout=options.statement_timeout,
        )
    )
    return SqlSource(options, mapping, lane, clock)
