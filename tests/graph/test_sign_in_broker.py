"""The platform as a client of another provider: npm oidc-provider signs people in."""

import json
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from auth.provider.broker import CALLBACK
from auth.provider.core import Provider, Upstream
from auth.provider.routes import provider_app
from auth.tokens.issuers import ClaimMap
from domain.model.departments import Department
from domain.model.roles import Role
from tests.support.browsing import Flow, a_client, form_of, told
from tests.support.node import installed
from tests.support.serving import free_port
from tests.support.sign_in import ISSUER, House, open_house

pytestmark = [pytest.mark.slow, pytest.mark.node, pytest.mark.timeout(240)]
SECRET = "upstream-secret-0123456789"
HR = a_client("hr-system")
NAMES = ClaimMap(
    roles_claim="groups",
    department_claim="dept",
    divisions_claim="area",
    roles={"hr-check": Role.HR_REVIEWER},
)


@pytest.fixture(scope="module", name="upstream")
def _upstream() -> Iterator[Upstream]:
    node, port = installed("sign-in"), free_port()
    asked = {
        "port": port,
        "clientId": "fourfold",
        "clientSecret": SECRET,
        "redirect": ISSUER + CALLBACK,
    }
    process = subprocess.Popen(
        [node.program, str(node.scripts / "upstream.cjs"), json.dumps(asked)],
        env={**os.environ, "NODE_PATH": str(node.packages)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        yield Upstream(f"http://127.0.0.1:{port}", "fourfold", SECRET, claims=NAMES)
    finally:
        process.kill()
        process.communicate()


@dataclass(frozen=True, slots=True)
class Place:
    """A provider of ours in front of the other one."""

    house: House
    provider: Provider

    def browser(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=provider_app(self.provider))
        return httpx.AsyncClient(transport=transport, base_url=ISSUER)


@pytest.fixture(name="place")
async def _place(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Place]:
    async with open_house(f"sqlite:///{tmp_path / 'p.sqlite'}") as house:
        house.clock.now = datetime.now(UTC)
        await house.store.clients.add(HR, house.clock())
        store = house.store
        yield Place(
            house,
            Provider(
                sign_in=house.sign_in,
                accounts=store.accounts,
                sessions=store.sessions,
                clients=store.clients,
                grants=store.client_grants,
                minter=house.minter,
                verifier=house.verifier,
                seals=store.seals,
                clock=house.clock,
                upstream=upstream,
            ),
        )


async def signed_in_there(address: str, login: str) -> str:
    """The address that the other provider sends the browser back to."""
    async with httpx.AsyncClient() as browser:
        page = await browser.get(address)
        for fields in ({"login": login, "password": "x"}, {}):
            page = await _followed(browser, page)
            action, hidden = form_of(page)
            page = await browser.post(action, data={**hidden, **fields})
        page = await _followed(browser, page)
    return page.headers["location"]


async def _followed(browser: httpx.AsyncClient, page: httpx.Response) -> httpx.Response:
    while page.is_redirect and not page.headers["location"].startswith(ISSUER):
        page = await browser.get(page.url.join(page.headers["location"]))
    return page


async def test_somebody_signed_in_there_gets_our_tokens_with_mapped_rights(place: Place) -> None:
    flow = Flow(HR)
    async with place.browser() as browser:
        away = await browser.get(flow.address())
        back = await signed_in_there(away.headers["location"], "chen")
        here = await browser.get(back)
        client = await browser.get(here.headers["location"])
        answer = await browser.post("/oauth/token", data=flow.exchange(told(client)["code"]))
        again = await browser.get(Flow(HR).address())

    caller = await place.house.verifier.principal(answer.json()["access_token"])
    assert (caller.name, sorted(caller.roles)) == ("Chen", [Role.HR_REVIEWER])
    assert (caller.rights.department, caller.rights.divisions) == (Department.HR, ("370700",))
    assert again.headers["location"].startswith(HR.redirect_uris[0])


async def test_the_same_person_is_the_same_account_each_time(place: Place) -> None:
    for _ in range(2):
        async with place.browser() as browser:
            away = await browser.get(Flow(HR).address())
            await browser.get(await signed_in_there(away.headers["location"], "chen"))

    assert len(await place.house.store.accounts.list_all()) == 1


async def test_a_person_without_a_role_here_does_not_come_in(place: Place) -> None:
    async with place.browser() as browser:
        away = await browser.get(Flow(HR).address())
        here = await browser.get(await signed_in_there(away.headers["location"], "nobody"))

    assert here.status_code == 403
    assert await place.house.store.accounts.list_all() == []


async def test_a_closed_account_stays_closed(place: Place) -> None:
    statuses = []
    for _ in range(2):
        async with place.browser() as browser:
            away = await browser.get(Flow(HR).address())
            here = await browser.get(await signed_in_there(away.headers["location"], "chen"))
            statuses.append(here.status_code)
        (account,) = await place.house.store.accounts.list_all()
        await place.house.accounts.close(account, "sec.admin")

    assert statuses == [303, 403]


async def test_an_answer_to_another_browsers_question_is_refused(place: Place) -> None:
    async with place.browser() as browser, place.browser() as victim, place.browser() as bare:
        away = await browser.get(Flow(HR).address())
        await victim.get(Flow(HR).address())
        back = await signed_in_there(away.headers["location"], "chen")
        answers = [
            await victim.get(back),
            await bare.get(back),
            await browser.get(back.replace("state=", "state=x")),
            await browser.get(back.replace("code=", "code=x")),
            await browser.get(f"{back}&iss=https%3A%2F%2Fevil.example"),
            await browser.get(CALLBACK, params={"error": "access_denied"}),
        ]

    assert [answer.status_code for answer in answers] == [403] * 6


async def test_an_id_token_for_another_question_or_time_is_refused(place: Place) -> None:
    async with place.browser() as browser:
        away = await browser.get(Flow(HR).address())
        back = await signed_in_there(away.headers["location"], "chen")
        place.house.clock.move(minutes=9)
        place.house.clock.move(hours=-3)
        early = await browser.get(back)
        place.house.clock.move(hours=3, minutes=2)
        late = await browser.get(back)

    assert (early.status_code, late.status_code) == (403, 403)


async def test_while_the_other_provider_is_away_built_in_accounts_sign_in(place: Place) -> None:
    gone = Upstream(f"http://127.0.0.1:{free_port()}", "fourfold", SECRET)
    app = provider_app(replace(place.provider, upstream=gone))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as browser:
        page = await browser.get(Flow(HR).address())

    assert page.status_code == 200
    assert 'name="password"' in page.text


async def test_nobody_is_sent_away_silently(place: Place) -> None:
    async with place.browser() as browser:
        answer = await browser.get(Flow(HR).address(prompt="none"))

    assert told(answer)["error"] == "login_required"
