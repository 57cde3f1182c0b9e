"""The provider's pages: sign-in, second factor, sign-out, and what strangers try with them."""

import httpx
import pyotp
import pytest

from auth.provider.routes import provider_app
from tests.support.browsing import Flow, form_of, send, sign_in, told
from tests.support.place import HR, Place, provider_of
from tests.support.sign_in import ISSUER, PASSWORD, SYS_ADMIN


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "https://hr-system.example/bye/more",
        "https://hr-system.example/callback",
        "//evil.example",
        "https://finance-system.example/bye",
    ],
)
async def test_a_logout_leads_to_no_strange_address(place: Place, target: str) -> None:
    async with place.browser() as browser:
        tokens = await place.tokens(browser, Flow(HR))
        hint = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": target}
        answer = await browser.get("/oauth/logout", params=hint)
        named = {"client_id": "hr-system", "post_logout_redirect_uri": target}
        without = await browser.get("/oauth/logout", params=named)

    assert (answer.status_code, without.status_code) == (200, 200)
    assert target not in answer.text


async def test_a_strangers_page_cannot_sign_anybody_out(place: Place) -> None:
    async with place.browser() as browser:
        await place.tokens(browser, Flow(HR))
        asked = await browser.get("/oauth/logout")
        forged = await browser.post("/oauth/logout", data={"form": "guess"})
        still = await browser.get(Flow(HR).address())
        confirmed = await send(browser, asked)
        gone = await browser.get(Flow(HR).address())

    assert "退出" in asked.text
    assert forged.status_code == 200
    assert still.status_code == 302
    assert "已退出" in confirmed.text
    assert gone.status_code == 200


async def test_a_forged_login_is_refused(place: Place) -> None:
    async with place.browser() as browser, place.browser() as victim:
        page = await browser.get(Flow(HR).address())
        action, hidden = form_of(page)
        await victim.get(Flow(HR).address())
        fields = {**hidden, "login": "li.na", "password": PASSWORD}
        own = {"Origin": ISSUER}
        answers = [
            await victim.post(action, data=fields, headers=own),
            await browser.post(action, data=fields, headers={"Origin": "https://evil.example"}),
            await browser.post(action, data=fields, headers={"Origin": "null"}),
            await browser.post(
                action, data=fields, headers={**own, "Sec-Fetch-Site": "cross-site"}
            ),
            await browser.post(action, data={**fields, "form": ""}, headers=own),
        ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert not any("sid" in str(answer.headers.get("set-cookie")) for answer in answers)


async def test_a_session_that_was_there_before_is_not_the_one_after(place: Place) -> None:
    name = "fourfold-8000-sid"
    async with place.browser() as browser:
        browser.cookies.set(name, "planted", domain="127.0.0.1")
        await sign_in(browser, Flow(HR).address())
        first = browser.cookies.get(name, domain="127.0.0.1")
        await sign_in(browser, Flow(HR).address(prompt="login"))
        second = browser.cookies.get(name, domain="127.0.0.1")
        async with place.browser() as other:
            other.cookies.set(name, first or "", domain="127.0.0.1")
            stale = await other.get(Flow(HR).address())

    assert len({"planted", first, second}) == 3
    assert stale.status_code == 200


async def test_somebody_whose_sign_in_is_too_old_for_the_client_signs_in_again(
    place: Place,
) -> None:
    async with place.browser() as browser:
        await sign_in(browser, Flow(HR).address())
        place.house.clock.move(minutes=2)
        answers = [await browser.get(Flow(HR).address(max_age=age)) for age in ("60", "300", "")]

    assert [answer.status_code for answer in answers] == [200, 302, 302]


async def test_the_cookie_of_a_session_is_for_our_own_pages_only(place: Place) -> None:
    async with place.browser() as browser:
        page = await browser.get(Flow(HR).address())
        done = await send(browser, page, login="li.na", password=PASSWORD)

    cookie = done.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "domain" not in cookie


async def test_over_https_the_cookie_is_bound_to_the_host(place: Place) -> None:
    place.house.minter.issuer = "https://login.city.example"
    app = provider_app(provider_of(place.house))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://login.city.example"
    ) as browser:
        page = await browser.get(Flow(HR).address())
        action, hidden = form_of(page)
        done = await browser.post(action, data={**hidden, "login": "li.na", "password": PASSWORD})

    cookie = done.headers["set-cookie"]
    assert cookie.startswith("__Host-sid=")
    assert "Secure" in cookie


async def test_the_page_asks_nothing_of_other_hosts_and_cannot_be_framed(place: Place) -> None:
    async with place.browser() as browser:
        page = await browser.get(Flow(HR).address(state='"><script>alert(1)</script>'))
        style = await browser.get("/oauth/style.css")

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://hr-system.example" in policy
    assert "<script" not in page.text
    assert "登录" in page.text
    assert "Sign in" in page.text
    assert "http" not in style.text
    assert style.headers["content-type"].startswith("text/css")


async def test_a_wrong_password_tells_nothing_of_the_account(place: Place) -> None:
    async with place.browser() as browser:
        page = await browser.get(Flow(HR).address())
        wrong = await send(browser, page, login="li.na", password="wrong password")
        nobody = await send(browser, page, login="nobody", password="wrong password")

    assert wrong.status_code == nobody.status_code == 401
    assert wrong.text == nobody.text
    assert "wrong password" not in wrong.text


async def test_a_locked_pair_is_told_when_to_come_back(place: Place) -> None:
    async with place.browser() as browser, place.browser("10.0.0.2") as elsewhere:
        page = await browser.get(Flow(HR).address())
        for _ in range(5):
            await send(browser, page, login="li.na", password="wrong password")
        locked = await send(browser, page, login="li.na", password=PASSWORD)
        other = await sign_in(elsewhere, Flow(HR).address())

    assert locked.status_code == 429
    assert int(locked.headers["retry-after"]) == 1800
    assert other.status_code == 302


async def test_a_step_up_asks_for_the_code_and_shows_in_the_token(place: Place) -> None:
    account = await place.house.account("zhao.yi", SYS_ADMIN)
    secret = await place.house.accounts.give_totp(account, "sec.admin")
    flow = Flow(HR)
    async with place.browser() as browser:
        await sign_in(browser, Flow(HR).address(), "zhao.yi")
        silent = await browser.get(flow.address(acr_values="mfa", prompt="none"))
        page = await browser.get(flow.address(acr_values="mfa"))
        wrong = await send(browser, page, code="000000")
        code = pyotp.TOTP(secret).at(place.house.clock())
        done = await send(browser, page, code=code)
        back = await browser.get(done.headers["location"])
        answer = await browser.post("/oauth/token", data=flow.exchange(told(back)["code"]))

    assert told(silent)["error"] == "login_required"
    assert "one-time-code" in page.text
    assert wrong.status_code == 401
    caller = await place.house.verifier.principal(answer.json()["access_token"])
    assert caller.acr == "mfa"


async def test_a_form_that_is_too_large_is_refused(place: Place) -> None:
    async with place.browser() as browser:
        large = await browser.post("/oauth/token", data={"x": "y" * 30_000})
        many = await browser.post("/oauth/token", data={f"f{n}": "1" for n in range(200)})
        broken = await browser.post("/oauth/token", content=b"\xff\xfe=%zz&&&;")
        basic = await browser.post("/oauth/token", headers={"Authorization": "Basic !!!"})

    assert (large.status_code, many.status_code) == (413, 413)
    assert broken.status_code == 400
    assert basic.status_code in {400, 401}
