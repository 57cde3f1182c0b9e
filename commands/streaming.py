"""What subscriptions need out of the settings: the watch over the sources, places, the watchman."""

from commands.access import Access
from commands.bounds import socket_limits
from resolvers.context import City
from resolvers.watching import SourceWatch
from schema.serving.auditing import Auditing
from schema.serving.endpoint import Paths
from schema.serving.sockets.callers import Watchman
from schema.serving.sockets.figures import StreamFigures
from schema.serving.sockets.keeping import Keeping
from schema.serving.sockets.places import Places
from schema.serving.sockets.streams import Streams
from settings import Settings


def keeping_of(
    settings: Settings, city: City, paths: Paths, *, access: Access, auditing: Auditing
) -> Keeping:
    """What subscriptions need, over WebSocket or as events."""
    limits, figures = socket_limits(settings), StreamFigures()
    watch = SourceWatch(city.health)
    streams = Streams(paths.screen, paths.budgets, auditing, paths.graph, city, watch, figures)
    watchman = Watchman(access.gate, city.clock, limits.recheck)
    return Keeping(streams, watchman, Places(limits, figures), limits)
