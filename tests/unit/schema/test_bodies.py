"""A body is read whole, in time and within its bounds, however it comes."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from schema.serving.replies import heads_of
from schema.serving.request import BodyLimits, HttpRefusal, read_body

HEADS = {b"content-type": b"application/json"}
LIMITS = BodyLimits(10, 0.02)
Message = dict[str, Any]


class Arriving:
    """Parts of a body, each after the loop has done something else; then nothing more."""

    def __init__(self, parts: Sequence[bytes], *, ends: bool = True, waits: bool = True) -> None:
        self.left = list(parts)
        self.ends = ends
        self.waits = waits

    async def __call__(self) -> Message:
        if self.waits:
            await asyncio.sleep(0)
        if not self.left:
            await asyncio.Event().wait()
        part = self.left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(self.left) or not self.ends}


async def refused(receive: Arriving, heads: dict[bytes, bytes] = HEADS) -> int:
    with pytest.raises(HttpRefusal) as found:
        await read_body(heads, receive, LIMITS)
    return found.value.status


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("parts", [[b"1234567890"], [b"12345", b"67890"], [b"", b"1234567890"]])
async def test_a_body_that_fits_is_read_whole(parts: list[bytes], *, waits: bool) -> None:
    assert await read_body(HEADS, Arriving(parts, waits=waits), LIMITS) == b"1234567890"


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("parts", [[b"12345678901"], [b"123456", b"78901"]])
async def test_a_body_that_is_too_large_is_refused(parts: list[bytes], *, waits: bool) -> None:
    assert await refused(Arriving(parts, waits=waits)) == 413


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    receive = Arriving([b"1"])

    assert await refused(receive, {**HEADS, b"content-length": b"11"}) == 413
    assert receive.left


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("parts", [[], [b"12"]])
async def test_a_body_that_does_not_come_in_time_is_refused(
    parts: list[bytes], *, waits: bool
) -> None:
    assert await refused(Arriving(parts, ends=False, waits=waits)) == 408


async def test_whoever_goes_away_meanwhile_gets_nothing() -> None:
    async def gone() -> Message:
        return {"type": "http.disconnect"}

    with pytest.raises(ClientDisconnect):
        await read_body(HEADS, gone, LIMITS)


def test_of_headers_with_one_name_the_first_counts() -> None:
    assert heads_of({"headers": [(b"a", b"1"), (b"b", b"2"), (b"a", b"3")]}) == {
        b"a": b"1",
        b"b": b"2",
    }
