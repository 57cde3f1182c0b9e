"""A server process takes what it was started with out of garbage collection, once it is ready."""

import gc
from collections.abc import Iterator

import httpx
import pytest

from commands import worker
from tests.support.databases import DatabaseMaker
from tests.support.tiny import make_tiny_city


@pytest.fixture(autouse=True)
def _collection_as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


async def test_a_worker_that_is_ready_collects_seldom_and_nothing_of_its_own(
    tmp_path_factory: pytest.TempPathFactory,
    make_module_database: DatabaseMaker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    city = make_tiny_city("sqlite", tmp_path_factory.mktemp("worker"), make_module_database)
    monkeypatch.setenv("FOURFOLD_CONFIG", str(city.config))
    app = worker.create_worker()
    before = gc.get_freeze_count()

    async with app.router.lifespan_context(app):
        frozen, often = gc.get_freeze_count() - before, gc.get_threshold()[0]
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://city") as http:
            alive = await http.get("/livez")

    assert before == 0
    assert frozen > 100_000
    assert often == worker.NEW_OBJECTS
    assert alive.status_code == 200
