"""From the text of a subscription to its answers: the screen and the budgets of a POST first."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError
from starlette.requests import HTTPConnection
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from domain.model.principal import Principal
from resolvers.context import Asker, City
from resolvers.streaming import open_stream_context
from resolvers.watching import SourceWatch
from schema.errors import Shown, bad_request, show_error, show_request_errors
from schema.graph import Graph
from schema.serving.auditing import Asking, Auditing
from schema.serving.budgets import Budgets
from schema.serving.caller import Caller, caller_of
from schema.serving.endpoint import asker_of
from schema.serving.request import GraphRequest, HttpRefusal, RequestErrors
from schema.serving.screening import Screen
from schema.serving.sockets.figures import StreamFigures

Read = Callable[[], GraphRequest]
Answers = AsyncGenerator[Shown, None]


@dataclass(frozen=True, slots=True)
class Listener:
    """Who listens, as the gate let them in; `trace` names their connection."""

    address: str
    caller: Caller
    asker: Asker
    trace: str


class Refused(Exception):  # noqa: N818 - a refusal, not an error of ours
    """An operation that does not run, or no longer; with its errors as clients see them."""

    def __init__(self, errors: list[Shown]) -> None:
        super().__init__()
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Streams:
    """Runs subscriptions, of whatever connection."""

    screen: Screen
    budgets: Budgets
    auditing: Auditing
    graph: Graph
    city: City
    watch: SourceWatch
    figures: StreamFigures

    def asking(self, address: str, trace: str, principal: Principal | None) -> Asking:
        """What may come to owe an entry to the audit log."""
        return Asking(address, trace, self.city.clock(), principal)

    async def listener(self, connection: HTTPConnection, asking: Asking) -> Listener:
        """Who listens and what for. Raises HttpRefusal: for a bad purpose, or one not theirs."""
        caller = caller_of(connection, asking.principal)
        try:
            asker = asker_of(connection, asking.principal)
        except HttpRefusal as refusal:
            await self.budgets.refused(caller, refusal, asking.at)
            await self.auditing.refused(asking, refusal)
            raise
        return Listener(asking.address, caller, asker, asking.trace)

    async def answers(self, read: Read, listener: Listener) -> Answers:
        """Each answer of a subscription, ready for JSON. Raises Refused."""
        self.figures.subscriptions += 1
        try:
            async with aclosing(self._audited(read, listener)) as answers:
                async for answer in answers:
                    yield answer
        except HttpRefusal as refusal:
            raise Refused([bad_request(refusal.message, listener.trace, refusal.code)]) from refusal
        except RequestErrors as refused:
            raise Refused(show_request_errors(refused.errors, listener.trace)) from refused
        except Exception as error:  # The boundary: told by a code, and logged where it is ours.
            shown = show_error(GraphQLError(str(error), original_error=error), listener.trace)
            raise Refused([shown]) from error
        finally:
            self.figures.subscriptions -= 1

    async def _audited(self, read: Read, listener: Listener) -> Answers:
        """A refusal owes the entry that it owes over HTTP."""
        asking = self.asking(listener.address, listener.trace, listener.asker.principal)
        try:
            asking.asked = read()
            async with aclosing(self._answers(asking.asked, asking, listener)) as answers:
                async for answer in answers:
                    yield answer
        except (HttpRefusal, RequestErrors) as refusal:
            await self.auditing.refused(asking, refusal)
            raise

    async def _answers(self, asked: GraphRequest, asking: Asking, listener: Listener) -> Answers:
        admitted = asking.admitted = self.screen.admit_stream(asked, listener.caller)
        context = open_stream_context(self.city, self.watch, listener.trace, listener.asker)
        asking.context = context
        await self.budgets.admit(listener.caller, admitted.cost, context.now)
        results = await self.graph.subscribe(
            admitted.asked.query,
            variable_values=admitted.asked.variables,
            context_value=context,
            operation_name=admitted.asked.operation,
        )
        async with aclosing(results) as found:
            async for result in found:
                if isinstance(result, PreExecutionError):
                    raise RequestErrors(result.errors or [])
                await self.auditing.answered(asking, result.errors or (), result.data)
                yield _shown(result, listener.trace)


def _shown(result: ExecutionResult, trace: str) -> Shown:
    answer: dict[str, Any] = {}
    if result.errors:
        answer["errors"] = [show_error(error, trace) for error in result.errors]
    answer["data"] = result.data
    return answer
