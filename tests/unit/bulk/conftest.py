"""The store that linking writes to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.database import Store, open_store
from tests.support.linking import options


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty one in a file of its own."""
    async with open_store(options(tmp_path)) as opened:
        yield opened
