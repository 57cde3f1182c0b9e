"""Entries where nobody signs in: none by default, and with the address alone where asked for."""

import asyncio
from pathlib import Path

import pytest

from commands.auditing import audit_options
from domain.audit.entry import told
from settings import read_settings
from tests.support.auditing import opened, rows
from tests.support.city import running
from tests.support.databases import DatabaseMaker
from tests.support.tiny import TinyCity, make_tiny_city

LOOKUP = '{ person(idNumber: "11010519491231002X") { idNumber } }'


@pytest.fixture(name="city")
def _city(tmp_path: Path, make_database: DatabaseMaker) -> TinyCity:
    return make_tiny_city("sqlite", tmp_path, make_database)


async def ask(city: TinyCity) -> None:
    async with running(city.config) as client:
        await client.data(LOOKUP)


async def test_without_sign_in_nothing_is_kept_and_no_key_is_made(city: TinyCity) -> None:
    await ask(city)

    assert not (city.folder / "audit.key").exists()
    assert not (city.folder / "audit-anchors.jsonl").exists()


async def test_entries_asked_for_name_the_address_alone(city: TinyCity) -> None:
    text = city.config.read_text(encoding="utf-8")
    city.config.write_text(f"{text}\n[audit]\nenabled = true\n", encoding="utf-8")

    await ask(city)

    async with opened(audit_options(read_settings(city.config), city.folder)) as log:
        [row] = await rows(log)
        [chain] = await log.book.chains()
        [kept] = [row async for page in log.book.rows(chain) for row in page]
    actor = told(kept.payload)["actor"]
    assert row["sequence"] == 1
    assert (actor["sub"], actor["name"], actor["address"]) == ("", "", "127.0.0.1")


def test_processes_that_start_at_once_make_one_key(city: TinyCity) -> None:
    text = city.config.read_text(encoding="utf-8")
    city.config.write_text(f"{text}\n[audit]\nenabled = true\n", encoding="utf-8")
    settings = read_settings(city.config)

    async def secret() -> bytes:
        return await asyncio.to_thread(lambda: audit_options(settings, city.folder).secret)

    async def many() -> list[bytes]:
        return await asyncio.gather(*(secret() for _ in range(20)))

    assert len(set(asyncio.run(many()))) == 1
