"""Tokens and keys of outside issuers: what is refused, and how seldom keys are fetched."""

import asyncio
import base64
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from auth.tokens.issuers import ClaimMap, rights_of
from auth.tokens.jose import PublicKey, checked, peek, public_keys, signed
from auth.tokens.keysets import CachedKeys, KeySource
from auth.tokens.outside import OutsideError, check_address
from domain.model.departments import Department
from domain.model.errors import BadInputError, UnauthenticatedError
from domain.model.roles import Role
from tests.support.sign_in import SetClock

EC = ECKey.generate_key("P-256")
ED = OKPKey.generate_key("Ed25519")
RSA = RSAKey.generate_key(2048)
SMALL = {"kty": "RSA", "e": "AQAB", "n": "x" * 171, "kid": "k"}


def published(key: RSAKey | ECKey | OKPKey | OctKey, **more: str) -> dict[str, object]:
    private = isinstance(key, OctKey)
    return {**key.as_dict(private=private), "kid": "k", **more}


def one_key(key: RSAKey | ECKey | OKPKey) -> PublicKey:
    return public_keys({"keys": [published(key)]})["k"]


def b64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("key", "algorithm"), [(RSA, "RS256"), (EC, "ES256"), (ED, "EdDSA")], ids=["rsa", "ec", "ed"]
)
def test_the_three_algorithms_are_accepted(key: RSAKey | ECKey | OKPKey, algorithm: str) -> None:
    private = json.dumps(key.as_dict(private=True))
    token = signed({"sub": "x"}, private, {"alg": algorithm, "kid": "k", "typ": "at+jwt"})

    assert checked(token, one_key(key))["sub"] == "x"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS384", "PS256", "ES256", "", None, 7])
def test_another_algorithm_is_refused_whatever_the_header_says(algorithm: object) -> None:
    header, claims = b64({"alg": algorithm, "kid": "k", "typ": "at+jwt"}), b64({"iss": "i"})

    for signature in ("", "AAAA"):
        with pytest.raises(UnauthenticatedError):
            checked(f"{header}.{claims}.{signature}", one_key(RSA))


def test_a_public_key_is_no_shared_secret() -> None:
    said = f"{b64({'alg': 'HS256', 'kid': 'k'})}.{b64({'sub': 'x'})}"
    for form in (RSA.as_pem(private=False), RSA.as_der(private=False)):
        digest = hmac.digest(form, said.encode(), "sha256")
        signature = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        with pytest.raises(UnauthenticatedError):
            checked(f"{said}.{signature}", one_key(RSA))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a",
        "a.b",
        "a.b.c",
        "....",
        f"{b64([])}.{b64({})}.",
        f"{b64({})}.{b64([1])}.x",
        "a" * 9000,
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(UnauthenticatedError):
        peek(token)


def test_weak_secret_and_unknown_keys_are_left_out_of_a_set() -> None:
    listed = [
        SMALL,
        published(OctKey.generate_key(256)),
        published(ECKey.generate_key("P-384")),
        published(RSA, use="enc"),
        {"kty": "RSA", "kid": "k"},
        {"kid": "k"},
        7,
    ]

    assert public_keys({"keys": listed}) == {}
    assert public_keys({"keys": 1}) == public_keys(None) == {}


class Issuer:
    """Publishes keys; counts who asks."""

    def __init__(self) -> None:
        self.keys: Mapping[str, PublicKey] = {"k": one_key(EC)}
        self.asked = 0
        self.is_down = False

    async def load(self) -> Mapping[str, PublicKey]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.is_down:
            raise OutsideError("down")
        return self.keys


def cached(issuer: Issuer, clock: SetClock) -> CachedKeys:
    return CachedKeys(KeySource("i", issuer.load, timedelta(seconds=300)), clock)


async def test_a_thousand_unknown_keys_cost_one_fetch_in_half_a_minute() -> None:
    issuer, clock = Issuer(), SetClock()
    keys = cached(issuer, clock)
    await keys.find("k")
    clock.move(seconds=31)

    found = await asyncio.gather(*(keys.find(f"unknown{n}") for n in range(1000)))

    assert set(found) == {None}
    assert issuer.asked == 2


async def test_the_last_good_keys_are_kept_while_the_issuer_is_down() -> None:
    issuer, clock = Issuer(), SetClock()
    keys = cached(issuer, clock)
    good = await keys.find("k")
    issuer.is_down = True
    for _ in range(20):
        clock.move(minutes=5)
        assert await keys.find("k") is good

    assert issuer.asked == 21


async def test_a_key_that_the_issuer_took_away_is_refused_when_the_set_is_stale() -> None:
    issuer, clock = Issuer(), SetClock()
    keys = cached(issuer, clock)
    await keys.find("k")
    issuer.keys = {"new": one_key(EC)}

    clock.move(seconds=301)

    assert await keys.find("k") is None
    assert await keys.find("new") is not None


async def test_keys_last_no_longer_when_the_clock_is_set_back() -> None:
    issuer, clock = Issuer(), SetClock()
    keys = cached(issuer, clock)
    await keys.find("k")
    issuer.keys = {"new": one_key(EC)}

    clock.move(hours=-1)

    assert await keys.find("new") is not None
    assert await keys.find("k") is None
    assert issuer.asked == 2


async def test_a_first_flood_makes_one_fetch() -> None:
    issuer, clock = Issuer(), SetClock()
    keys = cached(issuer, clock)

    found = await asyncio.gather(*(keys.find("k") for _ in range(50)))

    assert None not in found
    assert issuer.asked == 1


def test_claims_of_another_issuer_become_roles_by_its_map() -> None:
    claims = {
        "realm": {"groups": ["hr-check", "staff"]},
        "dept": "hr",
        "area": "370700 370702",
    }
    names = ClaimMap(
        roles_claim="realm.groups",
        department_claim="dept",
        divisions_claim="area",
        roles={"hr-check": Role.HR_REVIEWER},
    )

    found = rights_of(claims, names)

    assert found.roles == {Role.HR_REVIEWER}
    assert found.department is Department.HR
    assert found.divisions == ("370700", "370702")


@pytest.mark.parametrize("value", [None, 7, {"a": 1}, [1, None], "nobody", ["SYS_ADMINS"]])
def test_roles_that_are_not_ours_are_none(value: object) -> None:
    assert rights_of({"roles": value}, ClaimMap()).roles == frozenset()


@pytest.mark.parametrize(
    "url",
    [
        "http://idp.example",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "https://",
        "https://a#b",
        "http://127.0.0.1.evil.example",
    ],
)
def test_an_address_that_is_not_safe_is_refused(url: str) -> None:
    with pytest.raises(BadInputError):
        check_address(url)
