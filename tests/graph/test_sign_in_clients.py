"""Clients that others wrote against the running server: npm openid-client and jose, two workers."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from commands.accounts.opening import open_desk
from commands.opening import utc_now
from domain.model.clients import Client
from tests.support.browsing import SECRET, a_client
from tests.support.databases import DatabaseMaker, Kind
from tests.support.node import installed
from tests.support.serving import free_port, served
from tests.support.sign_in import PASSWORD, add_account, switch_access_on
from tests.support.tiny import make_tiny_city

pytestmark = [pytest.mark.slow, pytest.mark.node]
EMBEDDED = 'url = "sqlite:///platform.sqlite"'
SYSTEMS = ("finance-system", "hr-system")


def platform_at(config: Path, url: str) -> None:
    """The city keeps its own books here."""
    text = config.read_text(encoding="utf-8")
    assert EMBEDDED in text
    config.write_text(text.replace(EMBEDDED, f'url = "{url}"'), encoding="utf-8")


def issuer_in(config: Path, port: int) -> None:
    """The city is reached at this port."""
    text = config.read_text(encoding="utf-8")
    text = text.replace("[platform]", f'[platform]\nissuer = "http://127.0.0.1:{port}"', 1)
    config.write_text(text, encoding="utf-8")


async def prepare(config: Path, back_channel: int) -> None:
    await add_account(config, "li.na")
    told = f"http://127.0.0.1:{back_channel}"
    systems = [a_client(name, back_channel_uri=f"{told}/{name}") for name in SYSTEMS]
    others = [a_client("kiosk", secret_hash=None), a_client("audit-desk", is_resource_server=True)]
    async with open_desk(config) as desk:
        for client in (*systems, *others):
            await desk.store.clients.add(client, utc_now())


def as_given(client: Client) -> dict[str, str]:
    return {
        "id": client.client_id,
        "secret": SECRET,
        "redirect": client.redirect_uris[0],
        "bye": client.logout_uris[0],
    }


@pytest.mark.timeout(420)
@pytest.mark.parametrize(
    "kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def test_openid_client_passes_every_flow_with_two_workers(
    kind: Kind, tmp_path: Path, make_database: DatabaseMaker
) -> None:
    node = installed("sign-in")
    city = make_tiny_city("sqlite", tmp_path, make_database)
    if kind != "sqlite":
        platform_at(city.config, make_database(kind))
    switch_access_on(city.config)
    port, back_channel = free_port(), free_port()
    issuer_in(city.config, port)
    asyncio.run(prepare(city.config, back_channel))
    rotate = [sys.executable, "-m", "commands.main", "keys", "rotate", "--config", str(city.config)]
    kiosk = as_given(a_client("kiosk")) | {"secret": ""}

    with served(city.config, port, "--workers", "2") as issuer:
        given = {
            "issuer": issuer,
            "login": "li.na",
            "password": PASSWORD,
            "rotate": rotate,
            "systems": [as_given(a_client(name)) for name in SYSTEMS],
            "desk": as_given(a_client("audit-desk")),
            "kiosk": kiosk,
            "backChannelPort": back_channel,
        }
        found = node.run("flows.cjs", json.dumps(given), seconds=200)

    assert found["bad"] == {
        "plain": "invalid_request",
        "nobody": "login_required",
        "suffix": "page 400",
        "secret": found["bad"]["secret"],
    }
    assert found["bad"]["secret"] != "accepted"
    assert found["kiosk"] == {"wasAsked": True, "acr": "pwd"}
    refused = dict.fromkeys(("reuse", "family", "replay", "after"), "invalid_grant")
    assert found["tokens"] == {"roles": ["HR_REVIEWER"], "acr": "pwd", **refused}
    assert found["asking"] == {
        "active": True,
        "client": "finance-system",
        "stranger": False,
        "refused": "invalid_grant",
    }
    assert found["rotation"] == {"changed": True, "verified": True}
    assert found["logout"] == {
        "secondWasAsked": False,
        "location": "https://finance-system.example/bye?state=away",
        "told": list(SYSTEMS),
        "sameSession": True,
        "refresh": "invalid_grant",
        "asksAgain": True,
    }
