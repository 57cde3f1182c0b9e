"""GraphiQL listens: by WebSocket, with the token of its Headers, under the page's own policy."""

import json
import time

import pytest
from playwright.async_api import async_playwright, expect

from commands.accounts.opening import open_desk
from tests.graph.test_graphiql import CHROMIUM, CHROMIUM_OPTIONS, HAS_CHROMIUM, Visit
from tests.support.requirements import missing
from tests.support.sign_in import add_account, token_with
from tests.support.sockets import CHANGES, eventually, serving
from tests.support.tiny import TinyCity

SET_HEADERS = """(text) => [...document.querySelectorAll(".CodeMirror")]
    .map((each) => each.CodeMirror).find((each) => each.getValue().includes("Authorization"))
    .setValue(text)"""


@pytest.mark.browser
@pytest.mark.slow
async def test_the_page_shows_the_answers_of_a_subscription(guarded: TinyCity) -> None:
    if not HAS_CHROMIUM:
        missing("browser", "chromium is not installed")
    login = f"page{time.monotonic_ns()}"
    await add_account(guarded.config, login)
    async with open_desk(guarded.config) as desk:
        token = await token_with(desk, login)
    async with serving(guarded.config) as served, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=CHROMIUM_OPTIONS
        )
        visit = Visit(await browser.new_page(), served.base)
        await visit.open(query=CHANGES)
        await visit.page.evaluate(SET_HEADERS, json.dumps({"Authorization": f"Bearer {token}"}))
        await visit.run()

        await expect(visit.page.locator(".result-window")).to_contain_text("sourceChanged")
        await visit.press("Stop query (Ctrl-Enter)")
        await eventually(lambda: not served.figures.subscriptions)
        await browser.close()

    assert any(url.startswith("ws://127.0.0.1") for url in visit.requests)
    assert not [each for each in visit.complaints if "Content Security Policy" in each]
