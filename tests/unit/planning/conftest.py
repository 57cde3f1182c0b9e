"""What tests of random documents share."""

import pytest

from resolvers.planning import told


@pytest.fixture
def written_from(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cities are small: in every second share whoever may be is written by columns."""
    shard: int = request.node.callspec.params["shard"]
    if shard % 2:
        monkeypatch.setattr(told, "WRITTEN_FROM", 1)
