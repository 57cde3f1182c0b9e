"""The public audits of GraphQL over HTTP, all of them, against a served graph."""

import asyncio
import json

import pytest

from app import create_app
from tests.support.databases import DatabaseMaker
from tests.support.listening import listening
from tests.support.node import installed
from tests.support.tiny import make_tiny_city

pytestmark = [pytest.mark.node, pytest.mark.slow, pytest.mark.timeout(600)]


async def test_every_audit_of_graphql_over_http_passes(
    tmp_path_factory: pytest.TempPathFactory,
    make_module_database: DatabaseMaker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = await asyncio.to_thread(installed, "graph")
    city = make_tiny_city("sqlite", tmp_path_factory.mktemp("audits"), make_module_database)
    monkeypatch.setenv("FOURFOLD_GRAPH__GET", "queries")

    async with listening(create_app(city.config)) as base:
        asked = json.dumps({"url": f"{base}/graphql", "headers": {}})
        results = await asyncio.to_thread(node.run, "audits.cjs", asked)

    assert [each for each in results if each["status"] != "ok"] == []
    assert len(results) == 61
