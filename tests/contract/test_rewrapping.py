"""A new data key: what the old one sealed is read on, sealed anew, and readable without the old."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from auth.tokens.keyring import KeyRing
from commands.accounts.keys import keys
from commands.accounts.opening import open_desk
from commands.opening import store_options
from domain.model.departments import Department
from settings import read_settings
from store.database import Store, StoreOptions, open_store
from store.rewrapping import PAGE, SEALED, rewrap
from store.tables import METADATA
from tests.support.databases import DatabaseMaker
from tests.support.links import NUMBER, a_key, a_link, get_person, link_person, options
from tests.support.sign_in import SetClock, add_account, open_house, switch_access_on
from tests.support.tiny import make_tiny_city

NEW = b"x" * 32


async def fill(url: str, persons: int = 1) -> None:
    """A link with a personal key, an account with a second factor and signing keys."""
    async with open_house(url) as house:
        account = await house.account()
        await house.accounts.give_totp(account, "sec.admin")
    async with open_store(options(url)) as store:
        for number in range(persons):
            text = str(int(NUMBER) + number)
            await link_person(store, a_link(Department.HR, text, personal=True), number=text)


async def read_all(store: Store) -> tuple[str, bool, int]:
    """A personal key, whether the second factor is readable, how many signing keys are."""
    account = await store.accounts.find("li.na")
    key = (await get_person(store)).links[0].key
    assert key.source == a_key(Department.HR).source
    keys = await KeyRing(store.signing_keys, "ES256", SetClock()).public()
    return key.text, bool(account and account.totp_secret), len(keys)


def after(url: str) -> StoreOptions:
    return replace(options(url), data_key=NEW, old_data_key=options(url).data_key)


async def test_everything_is_readable_before_while_and_after(url: str) -> None:
    await fill(url)
    async with open_store(options(url)) as store:
        before = await read_all(store)

    async with open_store(after(url)) as store:
        between = await read_all(store)
        done = await rewrap(store.database, store.seals)
        again = await rewrap(store.database, store.seals)
    async with open_store(replace(after(url), old_data_key=None)) as store:
        alone = await read_all(store)
    async with open_store(options(url)) as store:
        lost = await get_person(store)

    assert before == between == alone == (NUMBER, True, 2)
    assert done.pop("link_record") == 0
    assert done == {"person_link": 1, "unit_link": 0, "account": 1, "signing_key": 2}
    assert set(again.values()) == {0}
    assert lost.links[0].key.text == ""


async def test_a_run_that_broke_off_is_finished_by_the_next(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(url, persons=5)
    monkeypatch.setattr("store.rewrapping.PAGE", 2)
    assert PAGE > 2

    async with open_store(after(url)) as store:
        resealed, count = store.seals.resealed, iter(range(100))

        def breaking(token: str, context: str) -> str | None:
            if next(count) == 3:
                raise RuntimeError
            return resealed(token, context)

        with monkeypatch.context() as patch:
            patch.setattr(type(store.seals), "resealed", lambda _, *given: breaking(*given))
            with pytest.raises(RuntimeError):
                await rewrap(store.database, store.seals)
        done = await rewrap(store.database, store.seals)

    assert done["person_link"] == 3


def test_no_sealed_column_is_forgotten() -> None:
    sealed = {
        (table.name, column.name)
        for table in METADATA.tables.values()
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    under_a_key_of_their_own = {("audit_entry", "payload_sealed")}

    assert {(each.table.name, each.column.name) for each in SEALED} == (
        sealed - under_a_key_of_their_own
    )


def test_the_command_rewraps_what_the_settings_name(
    tmp_path: Path, make_database: DatabaseMaker
) -> None:
    city = make_tiny_city("sqlite", tmp_path, make_database)
    switch_access_on(city.config)
    asyncio.run(add_account(city.config, "li.na"))
    old = store_options(read_settings(city.config).platform, tmp_path).data_key.hex()
    text = city.config.read_text(encoding="utf-8")
    (tmp_path / "new.key").write_text("ab" * 32, encoding="utf-8")
    text = text.replace(f'data_key = "{old}"', f'data_key_file = "new.key"\nold_data_key = "{old}"')
    city.config.write_text(text, encoding="utf-8")

    told = CliRunner().invoke(keys, ["rewrap", "--json", "--config", str(city.config)])
    kept = [line for line in text.splitlines() if not line.startswith("old_data_key")]
    city.config.write_text("\n".join(kept), encoding="utf-8")

    assert json.loads(told.stdout)["signing_key"] == 2
    assert asyncio.run(keys_of(city.config)) == 2


async def keys_of(config: Path) -> int:
    """How many signing keys can be read."""
    async with open_desk(config) as desk:
        return len(await desk.store.signing_keys.list_all())
