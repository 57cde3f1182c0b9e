"""Queries by POST go straight to the graph; every other request takes the router's way."""

import time
from typing import Final

from starlette.applications import Starlette
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from resolvers.measuring import Operation
from schema.serving.measured import Measured
from schema.serving.replies import WHOLE, heads_of
from schema.serving.running import Running, graph_app, set_running
from schema.serving.sockets.events import wants_events_in
from schema.serving.tracing import HEADER, TRACE, log_request, trace_in

PATH: Final = "/graphql"


class GraphFirst(Starlette):
    """An application whose graph is answered by one coroutine: its trace, its measures, its answer.

    Streams, and requests that somebody traces, go through its own middleware, which does the same.
    """

    _measured: Measured | None = None
    _around: ASGIApp | None = None

    def run(self, running: Running) -> None:
        """Answers by these resources from now on."""
        set_running(self, running)
        self._measured = running.graph

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, a connection, or the life of the application."""
        # Taken out, for it leads back to what holds the scope: a circle that no count ends.
        whole = scope.pop(WHOLE, None)
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await super().__call__(scope, receive, send)
            return
        scope["app"], heads, graph = self, heads_of(scope), self._measured
        if graph is None or graph.is_traced or wants_events_in(heads):
            await self._built()(scope, receive, send)
            return
        trace = scope[TRACE] = trace_in(heads)
        operation, figures, status = Operation(), graph.figures, 0
        began = time.perf_counter()
        figures.running += 1
        try:
            reply = await graph.endpoint.reply(scope, heads, receive, operation)
            status = reply.status
            if not reply.is_sent(whole, trace):
                await reply.send(send, (HEADER, trace.encode()))
        except Exception:  # The boundary: the server is told, and logs it.
            if not status:
                await _FAILED(scope, receive, send)
            raise
        finally:
            seconds = time.perf_counter() - began
            figures.running -= 1
            figures.add(operation, seconds)
            log_request(scope, trace, status or 500, seconds)

    def _built(self) -> ASGIApp:
        if self._around is None:
            app: ASGIApp = graph_app
            for each in reversed(self.user_middleware):
                app = each.cls(app, *each.args, **each.kwargs)
            self._around = ServerErrorMiddleware(app, debug=False)
        return self._around


_FAILED: Final = PlainTextResponse("Internal Server Error", status_code=500)
