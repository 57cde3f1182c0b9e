"""Subscription: what can be listened to. Thin, as Query is: ask resolvers, wrap."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry

from resolvers.streaming import StreamContext
from schema.fields import described
from schema.sources import Source, show_source

StreamInfo = strawberry.Info[StreamContext, None]


@strawberry.type(description=described("订阅", "All that can be listened to"))
class Subscription:
    """The root of all subscriptions; whoever may ask `Query.sources` may listen to it."""

    @strawberry.subscription(
        description=described(
            "数据源状态变化：先逐一给出现状，之后每有变化即推送",
            "how each source is doing: first all of them as they are, then each one that changes",
        )
    )
    async def source_changed(self, info: StreamInfo) -> AsyncGenerator[Source, None]:
        """A change of state, breaker or last error; at most one of each source in a second."""
        async with aclosing(info.context.watch.changes()) as changes:
            async for health in changes:
                yield show_source(health)
