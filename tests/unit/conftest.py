"""What holds for unit tests: no network, and little time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket

_HERE = Path(__file__).parent
_LIMIT = 30.0
_SLOW_LIMIT = 60.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stop a unit test that hangs; the aim is 20 ms, this is only the end of patience."""
    for item in items:
        if _HERE in item.path.parents and not item.get_closest_marker("timeout"):
            limit = _SLOW_LIMIT if item.get_closest_marker("slow") else _LIMIT
            item.add_marker(pytest.mark.timeout(limit))


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """Sockets raise; those inside the process, which event loops need, do not."""
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
