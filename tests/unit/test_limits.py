"""What holds for unit tests really holds: no network, an end to patience, and still event loops."""

import asyncio
import socket

import pytest
from pytest_socket import SocketBlockedError


def test_a_unit_test_has_no_network() -> None:
    # The blocking warns before it raises, and here warnings are errors.
    with pytest.raises((SocketBlockedError, UserWarning), match="tried to use socket"):
        socket.socket(socket.AF_INET)


async def test_a_unit_test_may_have_an_event_loop() -> None:
    assert await asyncio.sleep(0, "here") == "here"


def test_a_unit_test_has_a_time_limit(request: pytest.FixtureRequest) -> None:
    limit = request.node.get_closest_marker("timeout")

    assert limit is not None
    assert limit.args[0] <= 30
