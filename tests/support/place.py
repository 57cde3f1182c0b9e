"""A provider over a real platform database, with one account and four clients, and its browsers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from starlette.types import ASGIApp

from auth.provider.core import Provider
from auth.provider.routes import provider_app
from tests.support.browsing import Flow, a_client, sign_in, told
from tests.support.sign_in import ISSUER, House, open_house

HR, FINANCE = a_client("hr-system"), a_client("finance-system")
PUBLIC = a_client("kiosk", secret_hash=None)
DESK = a_client("audit-desk", is_resource_server=True)


@dataclass(frozen=True, slots=True)
class Place:
    """A provider with one account and four clients."""

    house: House
    app: ASGIApp

    def browser(self, address: str = "10.0.0.1") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, client=(address, 1))
        return httpx.AsyncClient(transport=transport, base_url=ISSUER)

    async def tokens(self, browser: httpx.AsyncClient, flow: Flow) -> dict[str, str]:
        """The tokens of a whole flow."""
        page = await browser.get(flow.address())
        back = page if page.status_code == 302 else await sign_in(browser, flow.address())
        answer = await browser.post("/oauth/token", data=flow.exchange(told(back)["code"]))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, str] = answer.json()
        return tokens


@asynccontextmanager
async def open_place(url: str) -> AsyncIterator[Place]:
    async with open_house(url) as house:
        yield Place(house, provider_app(provider_of(house)))


def provider_of(house: House) -> Provider:
    store = house.store
    return Provider(
        sign_in=house.sign_in,
        accounts=store.accounts,
        sessions=store.sessions,
        clients=store.clients,
        grants=store.client_grants,
        minter=house.minter,
        verifier=house.verifier,
        seals=store.seals,
        clock=house.clock,
    )
