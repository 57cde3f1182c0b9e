"""What stands around the graph for a query by POST: its trace, its measures, and errors of ours."""

from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.types import Receive, Scope

from domain.model.tracing import NoSpans
from resolvers.measuring import ANONYMOUS, Operation, OperationFigures
from schema.serving.direct import GraphFirst
from schema.serving.measured import Measured
from schema.serving.replies import JSON, WHOLE, Heads, JsonReply

Message = MutableMapping[str, Any]
ID = (b"x-request-id", b"abcdefgh")


class Answering:
    """An endpoint that gives this, or raises it."""

    def __init__(self, given: JsonReply | Exception) -> None:
        self.given = given
        self.running: list[int] = []

    async def reply(
        self, scope: Scope, heads: Heads, receive: Receive, how: Operation
    ) -> JsonReply:
        self.running.append(scope["app"]._measured.figures.running)
        if isinstance(self.given, Exception):
            raise self.given
        how.ended(has_data=True, has_errors=False)
        return self.given


class Asked:
    """One application and what it sent."""

    def __init__(self, given: JsonReply | Exception) -> None:
        self.endpoint = Answering(given)
        self.figures = OperationFigures()
        self.app = GraphFirst()
        self.app._measured = Measured(self.endpoint, self.figures, NoSpans())
        self.sent: list[Message] = []

    async def ask(self, *headers: tuple[bytes, bytes]) -> None:
        scope = {"type": "http", "path": "/graphql", "method": "POST", "headers": [*headers]}
        await self.app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        raise AssertionError

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])


async def test_an_answer_carries_its_trace_and_is_counted_while_and_after_it_runs() -> None:
    asked = Asked(JsonReply({"data": None}, 200, JSON))

    await asked.ask(ID)

    assert [message["type"].rpartition(".")[2] for message in asked.sent] == ["start", "body"]
    assert asked.headers[b"x-request-id"] == b"abcdefgh"
    assert asked.headers[b"content-length"] == b"13"
    assert (asked.endpoint.running, asked.figures.running) == ([1], 0)
    assert asked.figures.outcomes == {(ANONYMOUS, "answered"): 1}


@pytest.mark.parametrize("given", [b"short", b"370702198503151232", b"x" * 65, b"a b c d e"])
async def test_an_id_that_may_not_stand_in_logs_is_replaced(given: bytes) -> None:
    asked = Asked(JsonReply({}, 200, JSON))

    await asked.ask((b"x-request-id", given))

    assert len(asked.headers[b"x-request-id"]) == 32
    assert asked.headers[b"x-request-id"] != given


async def test_an_error_of_ours_is_a_500_without_a_word_and_goes_on_to_the_server() -> None:
    asked = Asked(ValueError("a secret"))

    with pytest.raises(ValueError, match="a secret"):
        await asked.ask()

    assert asked.sent[0]["status"] == 500
    assert asked.sent[1]["body"] == b"Internal Server Error"
    assert (asked.endpoint.running, asked.figures.running) == ([1], 0)
    assert asked.figures.outcomes == {(ANONYMOUS, "refused"): 1}


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_what_leads_back_to_the_request_is_taken_out_of_it(method: str) -> None:
    asked = Asked(JsonReply({"data": None}, 200, JSON))
    scope: Scope = {"type": "http", "path": "/graphql", "method": method, "headers": []}
    scope[WHOLE] = lambda *_: False

    await asked.app(scope, asked._receive, asked._send)

    assert WHOLE not in scope
