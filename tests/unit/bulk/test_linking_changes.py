"""A run over the changes alone ends where a run over everything ends."""

from datetime import timedelta
from pathlib import Path

import pytest

from store.database import open_store
from tests.support.changing import ChangingCity, counted, history
from tests.support.linking import NOW, link, options

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.mark.parametrize("seed", range(10))
async def test_changes_alone_lead_where_everything_leads(tmp_path: Path, seed: int) -> None:
    city = ChangingCity.made(seed, linked_by_key=seed % 2 == 1)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    async with (
        open_store(options(tmp_path / "a")) as changes,
        open_store(options(tmp_path / "b")) as whole,
    ):
        for round_ in range(5):
            now = NOW + timedelta(hours=round_)
            by_changes = await link(changes, *city.sources, now=now)
            by_all = await link(whole, *city.sources, now=now, full=True)

            assert await history(changes) == await history(whole), round_
            assert counted(by_changes) == counted(by_all), round_
            for _ in range(city.dice.randrange(4)):
                city.change()
