"""Opens the sources of a city: each with its own mapping, a broken one out by itself."""

import structlog
from sqlalchemy.exc import ArgumentError

from adapters.broken import BrokenSource
from adapters.lanes.opening import open_lane
from adapters.lanes.port import LaneOptions
from adapters.mapping.reader import read_mapping
from adapters.options import HOW_TO_GET_IT, SourceOptions
from adapters.session import Clock, Watch
from adapters.source import SqlSource
from domain.model.errors import Finding, MappingError
from domain.model.tracing import NoSpans, Spans

_log = structlog.get_logger("adapters")


Source = SqlSource | BrokenSource


def open_source(options: SourceOptions, clock: Clock, spans: Spans | None = None) -> Source:
    """The source of these options; it connects on first use."""
    try:
        mapping = read_mapping(options.mapping, options.backend)
    except MappingError as error:
        for finding in error.findings:
            _log.error("mapping_mistake", source=options.name, finding=str(finding))
        return BrokenSource(options, error.findings, clock)
    try:
        lane = open_lane(lane_options(options))
    except (ImportError, ArgumentError) as error:
        finding = Finding(options.name, 1, _no_driver(options), HOW_TO_GET_IT)
        _log.error(
            "no_driver", source=options.name, driver=options.url.drivername, error=str(type(error))
        )
        return BrokenSource(options, [finding], clock)
    return SqlSource(options, mapping, lane, Watch(clock, spans or NoSpans()))


def _no_driver(options: SourceOptions) -> str:
    return f"there is no driver {options.url.drivername!r}"


def lane_options(options: SourceOptions) -> LaneOptions:
    """How its database is reached and how hard it may be used."""
    return LaneOptions(
        url=options.url,
        max_connections=options.max_connections,
        max_waiting=options.max_waiting,
        connect_timeout=options.connect_timeout,
        statement_timeout=options.statement_timeout,
    )
