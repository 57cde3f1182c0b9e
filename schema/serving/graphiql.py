"""GraphiQL from our own files: the page, its headers, its assets; no request to another host."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

ASSETS_PATH: Final = "/graphiql"

PAGE_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # GraphiQL's style sheet draws icons from data: addresses; the hash is the one style element
        # that its open dialogs add, to keep the page behind from scrolling.
        "Content-Security-Policy": (
            "default-src 'self'; script-src 'self'; "
            "style-src 'self' 'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='; "
            "img-src 'self' data:; connect-src 'self'; object-src 'none'; worker-src 'none'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",  # The page's own address may hold an identity number.
        "Vary": "Accept",
        "X-Content-Type-Options": "nosniff",
    }
)

WELCOME: Final = """\
# 欢迎使用一图四库 · Welcome to Fourfold
# 执行 Run: Ctrl + Enter · 补全 Complete: Ctrl + Space
# 文档 Docs: 左上角书本图标 · the book icon, top left
# 令牌 Token: Headers -> Authorization (fourfold token --user ...)
# 使用目的 Purpose of use: X-Fourfold-Purpose (Headers)
#   LOOKUP, CASE:<number>, SUPERVISION:<number>,
#   STATISTICS, MAINTENANCE

# 四个部门的数据源 · The four departments' sources
query Sources {
  sources {
    name
    department
    state
  }
}

# 按身份证号查人，号码写在 Variables · One person by number
# query Lookup($idNumber: String!) {
#   person(idNumber: $idNumber) { name unit { name } }
# }
"""

_STYLES: Final = ("graphiql-3.9.0.min.css", "page.css")
_SCRIPTS: Final = (  # In this order: each needs the one before it.
    "react-18.3.1.min.js",
    "react-dom-18.3.1.min.js",
    "graphiql-3.9.0.min.js",
    "boot.js",
)

_CONTENT_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {  # Said here because the operating system's own table is wrong on some machines.
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
    }
)
_VERSIONED: Final = re.compile(r"-\d+\.\d+\.\d+\.")


def graphiql_page(*, endpoint: str, assets: str, default_query: str | None = None) -> str:
    """The HTML of GraphiQL, to be sent with `PAGE_HEADERS`; `default_query` fills a new tab.

    `endpoint` and `assets` are addresses on this server. No inline script: what the page's own
    script needs to know stands in data attributes.
    """
    base = escape(assets.rstrip("/"))
    query = escape(WELCOME if default_query is None else default_query)
    styles = "\n".join(f'<link rel="stylesheet" href="{base}/{name}">' for name in _STYLES)
    scripts = "\n".join(f'<script src="{base}/{name}" defer></script>' for name in _SCRIPTS)
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fourfold 一图四库 · GraphiQL</title>
<link rel="icon" href="{base}/icon.svg" type="image/svg+xml">
{styles}
{scripts}
</head>
<body>
<main id="graphiql" class="fourfold-graphiql" aria-busy="true"
 data-endpoint="{escape(endpoint)}" data-default-query="{query}">
<p class="fourfold-loading" role="status">正在载入 GraphiQL… Loading GraphiQL…</p>
</main>
<noscript>
<p class="fourfold-loading">GraphiQL 需要 JavaScript。GraphiQL needs JavaScript.</p>
</noscript>
</body>
</html>
"""


def prefers_page(request: Request) -> bool:
    """Whether this is a browser opening the address, not a client that sends its query by GET."""
    accept = request.headers.get("accept", "")
    return request.method in {"GET", "HEAD"} and "text/html" in accept and "json" not in accept


@dataclass(frozen=True, slots=True)
class GraphOrPage:
    """The graph's ASGI application, save that a browser opening its address gets the page."""

    graph: ASGIApp
    page: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Queries by POST or GET and subscriptions go to the graph untouched."""
        if scope["type"] == "http" and prefers_page(Request(scope)):
            await HTMLResponse(self.page, headers=PAGE_HEADERS)(scope, receive, send)
        else:
            await self.graph(scope, receive, send)


def asset_routes(assets_folder: Path) -> Mount:
    """The files of `console/graphiql` under `ASSETS_PATH`.

    Raises RuntimeError when the folder is missing.
    """
    return Mount(ASSETS_PATH, app=_Assets(directory=assets_folder), name="graphiql")


class _Assets(StaticFiles):
    """Files of known kinds only, typed by our own table; a versioned name never changes."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 404 for every name and kind that the page does not use."""
        content_type = _CONTENT_TYPES.get(PurePosixPath(path).suffix)
        if content_type is None:
            raise HTTPException(status_code=404)
        response = await super().get_response(path, scope)
        kept = "public, max-age=31536000, immutable" if _VERSIONED.search(path) else "no-cache"
        response.headers["Cache-Control"] = kept
        response.headers["Content-Type"] = content_type
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
