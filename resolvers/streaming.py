"""What a subscription carries: a request's context, and what it can listen to."""

from dataclasses import dataclass, fields

from resolvers.context import Asker, City, RequestContext, open_context
from resolvers.watching import SourceWatch


@dataclass(slots=True, kw_only=True)
class StreamContext(RequestContext):
    """The context of one subscription; its clock stands still: what reads needs its own."""

    watch: SourceWatch


def open_stream_context(city: City, watch: SourceWatch, trace: str, asker: Asker) -> StreamContext:
    """A fresh context; call it inside the running event loop."""
    base = open_context(city, trace, asker)
    shared = {each.name: getattr(base, each.name) for each in fields(base)}
    return StreamContext(**shared, watch=watch)
