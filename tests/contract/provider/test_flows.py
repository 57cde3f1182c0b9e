"""The built-in OpenID Provider: each flow, and each way to abuse it, on both platform databases."""

import asyncio

import httpx
import pytest
from joserfc import jwt

from auth.tokens.jose import peek, public_keys
from domain.model.errors import UnauthenticatedError
from tests.support.browsing import SECRET, Flow, a_client, refreshing, sign_in, told
from tests.support.links import dump
from tests.support.place import FINANCE, HR, PUBLIC, Place, open_place
from tests.support.sign_in import ISSUER


async def is_active(browser: httpx.AsyncClient, token: str, by: str = "audit-desk") -> bool:
    form = {"token": token, "client_id": by, "client_secret": SECRET}
    answer = await browser.post("/oauth/introspect", data=form)
    active: bool = answer.json()["active"]
    return active


async def test_one_sign_in_serves_every_system(place: Place) -> None:
    async with place.browser() as browser:
        hr, finance = Flow(HR), Flow(FINANCE)
        back = await sign_in(browser, hr.address())
        straight = await browser.get(finance.address())
        answer = await browser.post("/oauth/token", data=finance.exchange(told(straight)["code"]))
        keys = public_keys((await browser.get("/oauth/jwks")).json())
        user = await browser.get(
            "/oauth/userinfo", headers={"Authorization": f"Bearer {answer.json()['access_token']}"}
        )

    assert back.headers["location"].startswith(HR.redirect_uris[0] + "?")
    assert (told(back)["state"], told(back)["iss"]) == (hr.state, ISSUER)
    said = answer.json()
    assert (said["token_type"], said["expires_in"], said["scope"]) == (
        "Bearer",
        600,
        "openid profile",
    )
    claims = jwt.decode(said["id_token"], keys[peek(said["id_token"]).kid]).claims
    assert (claims["aud"], claims["nonce"], claims["acr"]) == (
        "finance-system",
        finance.nonce,
        "pwd",
    )
    assert (user.json()["sub"], user.json()["roles"]) == (claims["sub"], ["HR_REVIEWER"])


async def test_discovery_names_the_issuer_whatever_the_host_header_says(place: Place) -> None:
    async with place.browser() as browser:
        answer = await browser.get(
            "/.well-known/openid-configuration", headers={"Host": "evil.example"}
        )

    document = answer.json()
    assert document["issuer"] == ISSUER
    assert "evil" not in answer.text
    assert document["code_challenge_methods_supported"] == ["S256"]


async def test_the_next_key_is_published_before_it_signs(place: Place) -> None:
    async with place.browser() as browser:
        answer = await browser.get("/oauth/jwks")
    keys = answer.json()["keys"]

    assert len(keys) == 2
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert not any({"d", "p", "k"} & set(key) for key in keys)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"code_challenge_method": "plain"}, id="plain"),
        pytest.param({"code_challenge_method": None}, id="no method"),
        pytest.param({"code_challenge": None, "code_challenge_method": None}, id="no challenge"),
        pytest.param({"code_challenge": "short"}, id="short"),
        pytest.param({"response_type": "token"}, id="token"),
        pytest.param({"prompt": "none"}, id="nobody signed in"),
        pytest.param({"max_age": "soon"}, id="max_age in words"),
        pytest.param({"max_age": "-1"}, id="negative max_age"),
        pytest.param({"max_age": "1.5"}, id="max_age in parts"),
        pytest.param({"max_age": "٣"}, id="max_age in other digits"),
    ],
)
@pytest.mark.parametrize("client", [HR, PUBLIC], ids=["confidential", "public"])
async def test_a_bad_request_goes_back_to_the_client(
    place: Place, client: object, changes: dict[str, str | None]
) -> None:
    flow = Flow(HR if client is HR else PUBLIC)
    async with place.browser() as browser:
        answer = await browser.get(flow.address(**changes))

    assert answer.status_code == 302
    assert answer.headers["location"].startswith(flow.client.redirect_uris[0] + "?")
    said = told(answer)
    assert said["error"] in {"invalid_request", "unsupported_response_type", "login_required"}
    assert (said["state"], said["iss"]) == (flow.state, ISSUER)
    assert "code" not in said


OBJECTS = {"request": "eyJhbGciOiJub25lIn0.e30.", "request_uri": "https://evil.example/object"}


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("beside", [{}, {"code_challenge": None, "response_type": None}])
async def test_a_request_object_is_not_supported_and_says_so(
    place: Place, name: str, beside: dict[str, str | None]
) -> None:
    flow = Flow(HR)
    async with place.browser() as browser:
        answer = await browser.get(flow.address(**beside, **{name: OBJECTS[name]}))
        elsewhere = await browser.get(
            flow.address(redirect_uri="https://evil.example/", **{name: OBJECTS[name]})
        )
        nobody = await browser.get(flow.address(client_id=None, **{name: OBJECTS[name]}))
        empty = await browser.get(flow.address(**{name: ""}))

    assert answer.status_code == 302
    assert answer.headers["location"].startswith(flow.client.redirect_uris[0] + "?")
    said = told(answer)
    assert said["error"] == f"{name}_not_supported"
    assert (said["state"], said["iss"]) == (flow.state, ISSUER)
    assert "code" not in said
    assert (elsewhere.status_code, nobody.status_code) == (400, 400)
    assert "location" not in {**elsewhere.headers, **nobody.headers}
    assert (empty.status_code, "登录" in empty.text) == (200, True)


@pytest.mark.parametrize("path", ["token", "introspect", "revoke"])
async def test_a_client_that_does_not_prove_itself_gets_one_challenge(
    place: Place, path: str
) -> None:
    async with place.browser() as browser:
        form = {"grant_type": "authorization_code", "code": "x", "token": "x"}
        answer = await browser.post(f"/oauth/{path}", data=form, auth=("hr-system", "wrong"))

    assert answer.status_code == 401
    assert answer.headers.get_list("www-authenticate") == ['Basic realm="fourfold"']
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "redirect",
    [
        "https://hr-system.example/callback/more",
        "https://hr-system.example/callback?x=1",
        "https://hr-system.example/callback#x",
        "https://hr-system.example.evil.example/callback",
        "https://hr-system.example/CALLBACK",
        "http://hr-system.example/callback",
        "javascript:alert(1)",
        '"><script>alert(1)</script>',
        "https://finance-system.example/callback",
        "回",
        "",
        None,
    ],
)
async def test_an_address_that_is_not_the_clients_gets_nothing(
    place: Place, redirect: str | None
) -> None:
    async with place.browser() as browser:
        answer = await browser.get(Flow(HR).address(redirect_uri=redirect))

    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "<script" not in answer.text


async def test_an_unknown_client_gets_nothing(place: Place) -> None:
    async with place.browser() as browser:
        answers = [
            await browser.get(Flow(HR).address(client_id=each)) for each in ("nobody", "", None)
        ]
        twice = await browser.get(Flow(HR).address() + "&client_id=kiosk")

    assert {answer.status_code for answer in (*answers, twice)} == {400}


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": None},
        {"code_verifier": "x" * 43},
        {"redirect_uri": "https://hr-system.example/other"},
        {"redirect_uri": None},
        {"client_id": "finance-system"},
        {"client_secret": "wrong"},
        {"client_secret": None},
        {"code": "unknown"},
        {"code": "码"},
        {"grant_type": "password"},
        {"grant_type": "密"},
    ],
)
async def test_a_code_is_exchanged_only_as_it_was_asked_for(
    place: Place, changes: dict[str, str | None]
) -> None:
    flow = Flow(HR)
    async with place.browser() as browser:
        back = await sign_in(browser, flow.address())
        answer = await browser.post(
            "/oauth/token", data=flow.exchange(told(back)["code"], **changes)
        )

    assert answer.status_code in {400, 401}
    assert answer.json()["error"]
    assert answer.headers["cache-control"] == "no-store"


async def test_a_code_lives_for_a_minute(place: Place) -> None:
    flow = Flow(HR)
    async with place.browser() as browser:
        back = await sign_in(browser, flow.address())
        place.house.clock.move(seconds=61)
        answer = await browser.post("/oauth/token", data=flow.exchange(told(back)["code"]))

    assert answer.json()["error"] == "invalid_grant"


async def test_a_replayed_code_takes_back_what_was_made_from_it(place: Place) -> None:
    flow = Flow(HR)
    async with place.browser() as browser:
        back = await sign_in(browser, flow.address())
        form = flow.exchange(told(back)["code"])
        tokens = (await browser.post("/oauth/token", data=form)).json()
        again = await browser.post("/oauth/token", data=form)
        refreshed = await browser.post("/oauth/token", data=refreshing(HR, tokens["refresh_token"]))

    assert again.json()["error"] == refreshed.json()["error"] == "invalid_grant"
    with pytest.raises(UnauthenticatedError):
        await place.house.verifier.principal(tokens["access_token"])


async def test_one_code_is_exchanged_once_by_two_workers_at_once(place_url: str) -> None:
    async with open_place(place_url) as one, open_place(place_url) as other:
        await one.house.account()
        await one.house.store.clients.add(HR, one.house.clock())
        flow = Flow(HR)
        async with one.browser() as browser, other.browser() as second:
            back = await sign_in(browser, flow.address())
            form = flow.exchange(told(back)["code"])
            posts = [each.post("/oauth/token", data=form) for each in (browser, second) * 3]
            statuses = sorted([answer.status_code for answer in await asyncio.gather(*posts)])

    assert statuses.count(200) <= 1
    assert set(statuses) <= {200, 400}


async def test_a_refresh_token_counts_once_and_its_reuse_ends_the_family(place: Place) -> None:
    async with place.browser() as browser:
        first = await place.tokens(browser, Flow(HR))
        second = await browser.post("/oauth/token", data=refreshing(HR, first["refresh_token"]))
        active = await is_active(browser, second.json()["access_token"])
        reused = await browser.post("/oauth/token", data=refreshing(HR, first["refresh_token"]))
        after = await browser.post(
            "/oauth/token", data=refreshing(HR, second.json()["refresh_token"])
        )
        place.house.clock.move(seconds=31)

        assert second.status_code == 200
        assert active
        assert reused.json()["error"] == after.json()["error"] == "invalid_grant"
        assert not await is_active(browser, second.json()["access_token"])


async def test_another_client_can_use_no_refresh_token(place: Place) -> None:
    async with place.browser() as browser:
        tokens = await place.tokens(browser, Flow(HR))
        stolen = await browser.post(
            "/oauth/token", data=refreshing(FINANCE, tokens["refresh_token"])
        )
        own = await browser.post("/oauth/token", data=refreshing(HR, tokens["refresh_token"]))

    assert stolen.json()["error"] == "invalid_grant"
    assert own.status_code == 200


async def test_refreshing_ends_with_the_session(place: Place) -> None:
    async with place.browser() as browser:
        tokens = await place.tokens(browser, Flow(HR))
        statuses = []
        for _ in range(24):
            place.house.clock.move(minutes=20)
            form = refreshing(HR, tokens["refresh_token"])
            answer = await browser.post("/oauth/token", data=form)
            statuses.append(answer.status_code)
            tokens = tokens | answer.json()

    assert statuses == [200] * 23 + [400]


async def test_introspection_tells_a_client_of_its_own_tokens_only(place: Place) -> None:
    async with place.browser() as browser:
        tokens = await place.tokens(browser, Flow(HR))
        seen = [
            await is_active(browser, tokens[kind], by)
            for kind in ("access_token", "refresh_token")
            for by in ("hr-system", "audit-desk", "finance-system")
        ]
        nobody = await browser.post("/oauth/introspect", data={"token": tokens["access_token"]})
        garbage = await is_active(browser, "garbage")

    assert seen == [True, True, False] * 2
    assert nobody.status_code in {400, 401}
    assert not garbage


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_a_revoked_token_counts_no_more(place: Place, kind: str) -> None:
    async with place.browser() as browser:
        tokens = await place.tokens(browser, Flow(HR))
        form = {"token": tokens[kind], "client_id": "hr-system", "client_secret": SECRET}
        foreign = await browser.post("/oauth/revoke", data={**form, "client_id": "finance-system"})
        kept = await is_active(browser, tokens[kind])
        done = await browser.post("/oauth/revoke", data=form)
        place.house.clock.move(seconds=31)
        gone = await is_active(browser, tokens[kind])

    assert foreign.status_code == 400
    assert (kept, done.status_code, gone) == (True, 200, False)


async def test_one_logout_ends_all_and_tells_every_client(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[tuple[str, str]] = []

    async def note(url: str, form: tuple[tuple[str, str], ...]) -> None:
        posted.append((url, form[0][1]))

    monkeypatch.setattr("auth.provider.telling.tell", note)
    for name in ("a-system", "b-system"):
        client = a_client(name, back_channel_uri=f"https://{name}.example/out")
        await place.house.store.clients.add(client, place.house.clock())
    async with place.browser() as browser:
        first = await place.tokens(browser, Flow(a_client("a-system")))
        second = await place.tokens(browser, Flow(a_client("b-system")))
        out = await browser.get(
            "/oauth/logout",
            params={
                "id_token_hint": first["id_token"],
                "post_logout_redirect_uri": "https://a-system.example/bye",
                "state": "s",
            },
        )
        again = await browser.get(Flow(HR).address())
        place.house.clock.move(seconds=31)
        active = [await is_active(browser, each["access_token"]) for each in (first, second)]
        keys = public_keys((await browser.get("/oauth/jwks")).json())

    assert out.headers["location"] == "https://a-system.example/bye?state=s"
    assert again.status_code == 200
    assert active == [False, False]
    assert sorted(url for url, _ in posted) == [
        "https://a-system.example/out",
        "https://b-system.example/out",
    ]
    token = jwt.decode(posted[0][1], keys[peek(posted[0][1]).kid])
    assert token.header["typ"] == "logout+jwt"
    assert token.claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert "nonce" not in token.claims


async def test_nothing_secret_is_kept_in_clear(place: Place) -> None:
    flow = Flow(HR)
    async with place.browser() as browser:
        back = await sign_in(browser, flow.address())
        code = told(back)["code"]
        tokens = (await browser.post("/oauth/token", data=flow.exchange(code))).json()

    async with place.house.store.database.engine.connect() as connection:
        kept = await connection.run_sync(dump)
    for secret in (code, tokens["access_token"], tokens["refresh_token"], tokens["id_token"]):
        assert secret not in kept
    assert SECRET not in kept
