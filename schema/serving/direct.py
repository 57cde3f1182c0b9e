"""Queries by POST go straight to the graph; every other request takes the router's way."""

from typing import Final

from starlette.applications import Starlette
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from schema.serving.running import graph_app

PATH: Final = "/graphql"


class GraphFirst(Starlette):
    """An application whose own middleware stands before the graph too, and nothing else does."""

    _graph: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, a connection, or the life of the application."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        if self._graph is None:
            self._graph = self._built()
        await self._graph(scope, receive, send)

    def _built(self) -> ASGIApp:
        app: ASGIApp = graph_app
        for each in reversed(self.user_middleware):
            app = each.cls(app, *each.args, **each.kwargs)
        return ServerErrorMiddleware(app, debug=False)
