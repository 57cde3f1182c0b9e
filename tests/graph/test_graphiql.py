"""GraphiQL: page and files through ASGI, and a real browser that must ask no other host."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import strawberry
import uvicorn
from playwright.async_api import Page, async_playwright, expect
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL

from schema.serving.graphiql import (
    ASSETS_PATH,
    PAGE_HEADERS,
    WELCOME,
    GraphOrPage,
    asset_routes,
    graphiql_page,
)
from tests.support.requirements import missing

ASSETS = Path(__file__).parents[2] / "console" / "graphiql"
BROWSER_ACCEPT = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
CHROMIUM = Path("/usr/bin/chromium")
HAS_CHROMIUM = CHROMIUM.exists()
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
REFERENCE = re.compile(r'(?:src|href)="([^"]+)"')


def greet(name: str = "世界") -> str:
    return f"你好，{name}"


def purpose_of(info: strawberry.Info) -> str | None:
    """What the header says, so that a test sees it arrive."""
    header: str | None = info.context["request"].headers.get("X-Fourfold-Purpose")
    return header


@strawberry.type(description="问候 A greeting")
class Query:
    greeting: str = strawberry.field(resolver=greet, description="向某人问好 Greets somebody")
    purpose: str | None = strawberry.field(resolver=purpose_of, description="使用目的 The purpose")


def an_application(assets: Path = ASSETS) -> Starlette:
    graph: GraphQL[object, object] = GraphQL(strawberry.Schema(Query), graphql_ide=None)
    page = graphiql_page(endpoint="/graphql", assets=ASSETS_PATH)
    return Starlette(routes=[Route("/graphql", GraphOrPage(graph, page)), asset_routes(assets)])


def a_client(assets: Path = ASSETS) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=an_application(assets))
    return httpx.AsyncClient(transport=transport, base_url="http://fourfold.test")


async def test_a_browser_gets_the_page_with_its_headers() -> None:
    async with a_client() as client:
        answer = await client.get("/graphql", headers=BROWSER_ACCEPT)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert {name: answer.headers[name] for name in PAGE_HEADERS} == dict(PAGE_HEADERS)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert '<html lang="zh-CN">' in answer.text
    assert "<title>Fourfold 一图四库 · GraphiQL</title>" in answer.text


async def test_a_client_that_asks_for_json_by_get_reaches_the_graph() -> None:
    async with a_client() as client:
        answer = await client.get(
            "/graphql",
            params={"query": "{ greeting }"},
            headers={"accept": "application/json"},
        )

    assert answer.json()["data"] == {"greeting": "你好，世界"}


async def test_every_file_of_the_page_is_served_with_its_type_and_lifetime() -> None:
    async with a_client() as client:
        page = await client.get("/graphql", headers=BROWSER_ACCEPT)
        files = [await client.get(address) for address in REFERENCE.findall(page.text)]

    assert len(files) == 7
    for file in files:
        assert file.status_code == 200, file.url
        kind = file.headers["content-type"].partition(";")[0]
        assert kind in {"text/css", "text/javascript", "image/svg+xml"}
        assert file.headers["x-content-type-options"] == "nosniff"
        versioned = re.search(r"-\d+\.\d+\.\d+\.min\.", file.url.path) is not None
        assert ("immutable" in file.headers["cache-control"]) is versioned


async def test_a_file_without_a_version_is_asked_for_again_and_not_sent_twice() -> None:
    async with a_client() as client:
        first = await client.get(f"{ASSETS_PATH}/boot.js")
        tag = {"if-none-match": first.headers["etag"]}
        second = await client.get(f"{ASSETS_PATH}/boot.js", headers=tag)

    assert first.headers["cache-control"] == "no-cache"
    assert second.status_code == 304


async def test_the_page_names_no_other_host_and_holds_no_inline_code() -> None:
    html = graphiql_page(endpoint="/graphql", assets=ASSETS_PATH)

    assert "//" not in html
    assert all(address.startswith(f"{ASSETS_PATH}/") for address in REFERENCE.findall(html))
    assert re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", html) is None


def test_the_texts_given_to_the_page_cannot_break_out_of_it() -> None:
    html = graphiql_page(
        endpoint='/graphql"><script>', assets="/files/'\"", default_query='{ a(b: "<") }'
    )

    assert html.count("<script") == 4
    assert 'data-default-query="{ a(b: &quot;&lt;&quot;) }"' in html


@pytest.mark.parametrize("name", ["README.md", "", "missing.js", "missing-1.0.0.min.js"])
async def test_what_the_page_does_not_use_is_not_there(name: str) -> None:
    async with a_client() as client:
        answer = await client.get(f"{ASSETS_PATH}/{name}")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "../outside.js",
        "%2e%2e/outside.js",
        "..%2foutside.js",
        "a/%2e%2e/%2e%2e/outside.js",
        "link.js",
    ],
)
async def test_a_file_outside_of_the_folder_is_not_there(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "inside.js").write_text("1")
    (tmp_path / "outside.js").write_text("2")
    (folder / "link.js").symlink_to(tmp_path / "outside.js")

    async with a_client(folder) as client:
        inside = await client.get(f"{ASSETS_PATH}/inside.js")
        outside = await client.get(f"{ASSETS_PATH}/{name}")

    assert inside.status_code == 200
    assert outside.status_code == 404


def test_no_vendored_file_points_to_a_source_map_or_a_style_sheet_elsewhere() -> None:
    for file in [*ASSETS.glob("*.js"), *ASSETS.glob("*.css")]:
        text = file.read_text(encoding="utf-8")
        assert "sourceMappingURL" not in text, file.name
        assert re.search(r"@import|url\((?!\"?data:)", text) is None or file.suffix == ".js"


@dataclass
class Visit:
    """One page of the browser with what it asked for and complained of."""

    page: Page
    base: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda opened: self.requests.append(opened.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self.complaints.append(message.text))

    async def open(self, **parameters: str) -> None:
        await self.page.goto(f"{self.base}/graphql?{urlencode(parameters)}")
        await expect(self.page.locator(".graphiql-query-editor .CodeMirror")).to_be_visible()

    async def run(self) -> None:
        await self.page.locator(".graphiql-query-editor .CodeMirror").click()
        await self.page.keyboard.press("Control+Enter")

    async def press(self, label: str) -> None:
        await self.page.get_by_label(label).click()

    async def shows(self, place: str, text: str) -> None:
        await expect(self.page.locator(place)).to_contain_text(text)

    def hosts(self) -> set[str]:
        return {urlsplit(url).netloc for url in self.requests}

    def address(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.page.url).query)


@asynccontextmanager
async def a_server() -> AsyncIterator[str]:
    """The application on a free port of this machine; its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(an_application(), ws="none", lifespan="off", log_level="warning")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    """A fresh browser on a fresh server; afterwards no other host was asked, nothing complained."""
    if not HAS_CHROMIUM:
        missing("browser", "chromium is not installed")
    async with a_server() as base, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=CHROMIUM_OPTIONS
        )
        visited = Visit(await browser.new_page(), base)
        yield visited
        await browser.close()
        assert visited.hosts() == {urlsplit(base).netloc}
        assert visited.complaints == []


@pytest.mark.browser
@pytest.mark.slow
async def test_a_linked_query_runs_and_no_other_host_is_asked(visit: Visit) -> None:
    await visit.open(
        query="query Greet($name: String!) { greeting(name: $name) purpose }",
        variables='{"name": "一图四库"}',
    )

    await visit.run()

    await visit.shows(".result-window", "你好，一图四库")
    await visit.shows(".result-window", "LOOKUP")
    assert visit.hosts() == {urlsplit(visit.base).netloc}


@pytest.mark.browser
@pytest.mark.slow
async def test_an_edit_is_written_back_to_the_address(visit: Visit) -> None:
    await visit.open(query="{greeting}")

    await visit.press("Prettify query")

    await visit.shows(".graphiql-query-editor", "  greeting")
    await visit.page.wait_for_url(re.compile("greeting%0A"))
    assert visit.address() == {"query": ["{\n  greeting\n}"]}


@pytest.mark.browser
@pytest.mark.slow
async def test_neither_variables_nor_identity_numbers_stay_in_the_address(visit: Visit) -> None:
    await visit.open(query="{greeting}", variables='{"name": "370702199001011234"}')
    await visit.press("Prettify query")
    await visit.page.wait_for_url(re.compile("greeting%0A"))

    assert visit.address() == {"query": ["{\n  greeting\n}"]}

    await visit.open(query='{greeting(name: "370702199001011234")}')
    await visit.press("Prettify query")

    await visit.shows(".graphiql-query-editor", "  greeting")
    await visit.page.wait_for_url(visit.base + "/graphql")
    assert visit.address() == {}


@pytest.mark.browser
@pytest.mark.slow
async def test_a_link_without_variables_does_not_meet_those_of_an_earlier_tab(
    visit: Visit,
) -> None:
    await visit.open(query="{ greeting }", variables='{"name": "甲"}')
    await visit.shows("section.graphiql-editor-tool", "甲")

    await visit.open(query="{ purpose }")

    await visit.shows(".graphiql-query-editor", "purpose")
    await expect(visit.page.locator("section.graphiql-editor-tool")).not_to_contain_text("甲")


@pytest.mark.browser
@pytest.mark.slow
async def test_without_a_query_the_welcome_is_shown_and_the_address_stays_short(
    visit: Visit,
) -> None:
    await visit.open()

    await visit.shows(".graphiql-query-editor", WELCOME.splitlines()[0])
    await visit.shows("section.graphiql-editor-tool", "X-Fourfold-Purpose")
    assert visit.address() == {}


@pytest.mark.browser
@pytest.mark.slow
async def test_the_documentation_and_the_dialogs_open(visit: Visit) -> None:
    await visit.open(query="{ greeting }")

    await visit.press("Show Documentation Explorer")
    await visit.page.get_by_role("link", name="Query").click()

    await visit.shows(".graphiql-doc-explorer", "向某人问好 Greets somebody")
    await visit.press("Open settings dialog")
    await visit.shows(".graphiql-dialog", "Theme")
