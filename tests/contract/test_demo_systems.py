"""The departments' demo systems: sign in once, switch freely, sign out everywhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from auth.provider.routes import provider_app
from commands.demo_systems import NAMES, System
from domain.model.departments import Department
from tests.support.browsing import send
from tests.support.place import provider_of
from tests.support.serving import free_port
from tests.support.sign_in import PASSWORD, House, open_house


@asynccontextmanager
async def running(house: House, port: int) -> AsyncIterator[list[System]]:
    """The provider and the four systems on one port, as the demo runs them."""
    house.minter.issuer = f"http://127.0.0.1:{port}"
    systems = [System(each, house.minter.issuer, f"secret-of-{each}") for each in Department]
    for system in systems:
        await house.store.clients.add(system.client(), house.clock())
    provider = Mount("/", provider_app(provider_of(house)))
    app = Starlette(routes=[*(system.mount() for system in systems), provider])
    server = uvicorn.Server(
        uvicorn.Config(app, "127.0.0.1", port, log_config=None, ws="none", lifespan="off")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    yield systems
    server.should_exit = True
    await serving


async def test_one_sign_in_switches_among_the_four_systems_and_one_sign_out_ends_all(
    tmp_path: Path,
) -> None:
    async with open_house(f"sqlite:///{tmp_path / 'p.sqlite'}") as house:
        await house.account()
        port = free_port()
        async with running(house, port) as systems, httpx.AsyncClient() as browser:
            browser.base_url = httpx.URL(house.minter.issuer)
            browser.follow_redirects = True
            asked = await browser.get(f"{systems[0].base}/sign-in")
            pages = [await send(browser, asked, login="li.na", password=PASSWORD)]
            for system in systems[1:]:
                pages.append(await browser.get(f"{system.base}/sign-in"))  # noqa: PERF401 - one after another
            left = await browser.get(f"{systems[2].base}/sign-out")
            async with asyncio.timeout(60):
                while any(each.sessions for each in systems):  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.05)
            after = [await browser.get(f"{system.base}/") for system in systems]

    for system, page in zip(systems, pages, strict=True):
        assert NAMES[system.department] in page.text
        assert "<b>li.na</b>" in page.text
    assert str(left.url) == f"{systems[2].base}/"
    assert all("<b>" not in page.text for page in after)
