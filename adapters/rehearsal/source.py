"""A source that is rehearsed: the real reader with the real statements over a lane of paper."""

from dataclasses import dataclass

from sqlalchemy import URL, Dialect, create_mock_engine
from sqlalchemy.exc import ArgumentError

from adapters.lanes.opening import open_lane
from adapters.lanes.port import Lane
from adapters.mapping.model import SourceMapping
from adapters.mapping.reader import read_mapping
from adapters.opening import lane_options
from adapters.options import SourceOptions
from adapters.rehearsal.lane import PLACEHOLDER, PaperLane, Sent
from adapters.rehearsal.shapes import assumed_shapes
from adapters.rehearsal.waves import Waves
from adapters.session import Clock, Watch
from adapters.source import SqlSource
from adapters.sql.shapes import Shapes, look_at, tables_of
from domain.model.errors import BadInputError
from domain.model.keys import KEY_SEPARATOR, EntityKind, LocalKey
from domain.model.tracing import NoSpans


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One source with the lane that notes its statements; `is_live`: its catalog was looked at."""

    options: SourceOptions
    mapping: SourceMapping
    source: SqlSource
    lane: PaperLane
    is_live: bool

    @property
    def sent(self) -> list[Sent]:
        """The statements so far, in their order."""
        return self.lane.sent

    def key(self, kind: EntityKind) -> LocalKey | None:
        """The made-up key of its persons or units; None where it maps none."""
        rule = self.mapping.entities.get(kind)
        if rule is None:
            return None
        text = KEY_SEPARATOR.join([PLACEHOLDER] * len(rule.key))
        return LocalKey(self.options.department, self.options.name, text)


async def rehearse(options: SourceOptions, waves: Waves, clock: Clock, *, looks: bool) -> Rehearsed:
    """A source that writes its statements and runs none; `looks`: types come from the catalog.

    Raises MappingError for a mapping with mistakes, LaneError where the catalog is not seen.
    """
    mapping = read_mapping(options.mapping, options.backend)
    real = _real_lane(options)
    try:
        shapes = await _shapes(real, mapping, looks=looks)
        dialect = real.dialect if real else _dialect(options.url)
        paper = PaperLane(dialect, bool(real and real.has_array_binds), waves)
    finally:
        if real is not None:
            await real.close()
    source = SqlSource(options, mapping, paper, Watch(clock, NoSpans()))
    source.session.use(shapes)
    return Rehearsed(options, mapping, source, paper, looks and real is not None)


async def _shapes(real: Lane | None, mapping: SourceMapping, *, looks: bool) -> Shapes:
    assumed = assumed_shapes(mapping)
    if not looks or real is None:
        return assumed
    seen = await real.inspect(lambda connection: look_at(connection, tables_of(mapping)))
    return {**assumed, **seen}


def _real_lane(options: SourceOptions) -> Lane | None:
    """The lane for its dialect; None where the driver is not installed. It connects to nothing."""
    try:
        return open_lane(lane_options(options))
    except (ImportError, ArgumentError):
        return None


def _dialect(url: URL) -> Dialect:
    """The dialect of a database whose driver is not here."""
    try:
        return create_mock_engine(url, lambda *_: None).dialect
    except (ImportError, ArgumentError) as error:
        raise BadInputError(f"there is no dialect {url.drivername!r}") from error
