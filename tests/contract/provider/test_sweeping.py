"""Sessions that end by themselves: clients are told once, and what is old is forgotten."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from auth.provider.sweeping import Sweeper, swept
from auth.provider.telling import BackChannel
from domain.model.errors import PlatformError
from store.sessions import KEPT
from store.tables import CLIENT_GRANT, REFRESH_TOKEN, REVOKED, SESSION
from tests.support.browsing import Flow, a_client
from tests.support.place import HR, Place, open_place, provider_of

TABLES = (SESSION, CLIENT_GRANT, REFRESH_TOKEN, REVOKED)


@pytest.fixture(name="posted")
def _posted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were told."""
    posted: list[str] = []

    async def note(url: str, _: tuple[tuple[str, str], ...]) -> None:
        posted.append(url)

    monkeypatch.setattr("auth.provider.telling.tell", note)
    return posted


async def signed_in(place: Place) -> None:
    """A session that signed in to one client with a back channel."""
    client = a_client("a-system", back_channel_uri="https://a-system.example/out")
    await place.house.store.clients.add(client, place.house.clock())
    async with place.browser() as browser:
        await place.tokens(browser, Flow(client))


async def counts(place: Place) -> dict[str, int]:
    database = place.house.store.database
    counted = {table.name: select(func.count().label("n")).select_from(table) for table in TABLES}
    return {name: (await database.read(query, {}))[0]["n"] for name, query in counted.items()}


async def test_a_session_idle_for_too_long_is_told_to_its_clients_once(
    place: Place, posted: list[str]
) -> None:
    await signed_in(place)
    sweeper = Sweeper(provider_of(place.house))

    early = await sweeper.sweep()
    place.house.clock.move(minutes=31)
    late, again = await sweeper.sweep(), await sweeper.sweep()

    assert (early, late, again) == (0, 1, 0)
    assert posted == ["https://a-system.example/out"]


async def test_a_session_in_use_ends_after_eight_hours(place: Place, posted: list[str]) -> None:
    await signed_in(place)
    sweeper = Sweeper(provider_of(place.house))
    rows = await place.house.store.database.read(select(SESSION.c.sid), {})
    for _ in range(24):
        place.house.clock.move(minutes=20)
        await place.house.store.sessions.note_use(rows[0]["sid"], place.house.clock())

    ended = await sweeper.sweep()

    assert (ended, len(posted)) == (1, 1)


async def test_closing_an_account_tells_the_clients_of_its_sessions(
    place: Place, posted: list[str]
) -> None:
    await signed_in(place)
    account = await place.house.store.accounts.find("li.na")
    assert account is not None

    await place.house.accounts.close(account, "sec.admin")
    ended = await Sweeper(provider_of(place.house)).sweep()

    assert (ended, len(posted)) == (1, 1)


async def test_two_workers_tell_of_one_session_once(
    place: Place, place_url: str, posted: list[str]
) -> None:
    await signed_in(place)
    place.house.clock.move(minutes=31)
    async with open_place(place_url) as other:
        other.house.clock.now = place.house.clock.now
        both = [Sweeper(provider_of(each.house)).sweep() for each in (place, other)]
        ended = await asyncio.gather(*both)

    assert sum(ended) == 1
    assert len(posted) == 1


async def test_what_ended_long_ago_is_forgotten(place: Place, posted: list[str]) -> None:
    await signed_in(place)
    await place.house.store.sessions.revoke("mark", place.house.clock())
    sweeper = Sweeper(provider_of(place.house))
    place.house.clock.move(minutes=31)
    await sweeper.sweep()

    kept = await counts(place)
    place.house.clock.now += KEPT + timedelta(hours=9)
    await sweeper.sweep()
    gone = await counts(place)

    assert kept == {"session": 1, "client_grant": 1, "refresh_token": 1, "revoked": 0}
    assert gone == {"session": 0, "client_grant": 0, "refresh_token": 0, "revoked": 0}
    assert len(posted) == 1


async def test_sweeping_goes_on_after_a_failure_and_stops_with_the_application(
    place: Place, posted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await signed_in(place)
    place.house.clock.move(minutes=31)
    sweeper, tries = Sweeper(provider_of(place.house)), asyncio.Semaphore(0)
    inner = sweeper.sweep
    failures = iter([PlatformError("away")])

    async def sometimes() -> int:
        tries.release()
        for failure in failures:
            raise failure
        return await inner()

    monkeypatch.setattr(Sweeper, "sweep", lambda _: sometimes())
    async with swept(sweeper, pause=0.01):
        for _ in range(3):
            await tries.acquire()

    assert posted == ["https://a-system.example/out"]


async def test_a_session_without_clients_ends_quietly(place: Place, posted: list[str]) -> None:
    async with place.browser() as browser:
        await place.tokens(browser, Flow(HR))

    await BackChannel(provider_of(place.house)).tell_clients("nobody", "nobody")

    assert posted == []
