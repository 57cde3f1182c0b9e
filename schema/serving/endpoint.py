"""POST /graphql and, where allowed, GET: an HTTP request in, one execution, JSON bytes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLError
from starlette.requests import HTTPConnection, Request
from starlette.types import Receive, Scope, Send
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from auth.gate import Gate
from domain.model.errors import (
    BadInputError,
    ForbiddenError,
    PlatformError,
    UnauthenticatedError,
)
from domain.model.principal import Principal
from domain.policy.deciding import access_of
from domain.policy.purposes import BAD_PURPOSE, HEADER, read_purpose
from resolvers.context import NOBODY, Asker, City, RequestContext, open_context
from resolvers.planning.planner import Planner, Question
from resolvers.planning.running import Outcome
from schema.errors import Shown, bad_request, show_error, show_request_errors, show_troubles
from schema.graph import Graph
from schema.operations import AMBIGUOUS
from schema.serving.auditing import Asking, Auditing
from schema.serving.budgets import Budgets, found_in
from schema.serving.caller import Caller, address_of, caller_of
from schema.serving.measured import operation_in
from schema.serving.planned import answer, stock_redactions
from schema.serving.replies import RESPONSE_JSON, JsonReply, media_of
from schema.serving.request import (
    BodyLimits,
    GraphRequest,
    HttpRefusal,
    PlatformRefusal,
    PurposeRefusal,
    RequestErrors,
    SignInRefusal,
    read_get,
    read_post,
    use_post,
)
from schema.serving.screening import Admitted, Screen
from schema.serving.trusted import refused_with

_PURPOSE: Final = HEADER.lower().encode()


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """`debug` adds statement counts to answers; `allows_get` lets any query come by GET.

    Where it does not, only trusted documents do.
    """

    debug: bool = False
    allows_get: bool = False
    max_body_bytes: int = 100_000
    body_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Paths:
    """The two ways to answer, and the screen before both."""

    screen: Screen
    budgets: Budgets
    graph: Graph
    planner: Planner


class GraphEndpoint:
    """The graph over HTTP, as an ASGI application."""

    def __init__(
        self, paths: Paths, city: City, options: EndpointOptions, *, gate: Gate, auditing: Auditing
    ) -> None:
        self._screen = paths.screen
        self._budgets = paths.budgets
        self._graph = paths.graph
        self._planner = paths.planner
        self._gate = gate
        self._auditing = auditing
        self._city = city
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; a refusal is an answer too."""
        request = Request(scope, receive)
        trace = scope.get("fourfold.trace", "")
        try:
            response = await self._answer(request, trace)
        except HttpRefusal as refusal:
            body = {"errors": [bad_request(refusal.message, trace, refusal.code)]}
            response = JsonReply(body, refusal.status, media_of(request.scope), refusal.headers)
        except RequestErrors as refused:
            response = _refused(request, refused.errors, trace)
        except RecursionError:
            too_deep = BadInputError("请求嵌套过深 (nested too deeply)")
            response = _refused(request, refused_with(too_deep).errors, trace)
        await response(scope, receive, send)

    async def _answer(self, request: Request, trace: str) -> JsonReply:
        principal = await self._admitted(request)
        asking = Asking(address_of(request), trace, self._city.clock(), principal)
        try:
            return await self._answered(request, asking)
        except (HttpRefusal, RequestErrors) as refusal:
            caller = caller_of(request, asking.principal)
            await self._budgets.refused(caller, refusal, asking.at)
            await self._auditing.refused(asking, refusal)
            raise

    async def _answered(self, request: Request, asking: Asking) -> JsonReply:
        caller = caller_of(request, asking.principal)
        asking.asked = await self._read(request)
        asker = asker_of(request, asking.principal)
        admitted = asking.admitted = self._screen.admit(asking.asked, caller)
        asked = admitted.asked
        operation_in(request.scope).name = admitted.name
        context = asking.context = open_context(self._city, asking.trace, asker)
        await self._budgets.admit(caller, admitted.cost, context.now)
        question = Question(asked.query, asked.operation, asked.variables)
        found = await answer(self._planner, question, context)
        if isinstance(found, Outcome):
            await self._settle(caller, admitted, found, context)
            await self._auditing.answered(asking, found.errors, found.data)
            return self._body(request, found, context, {"path": "planned"})
        result = await self._stock(request, asked, context)
        await self._settle(caller, admitted, result, context)
        context.redactions = stock_redactions(self._planner, question, context)
        if not isinstance(result, PreExecutionError):
            await self._auditing.answered(asking, result.errors or (), result.data)
        shown = {"path": "stock", "reason": found.reason, "field": found.what or None}
        return self._shown(request, result, context, shown)

    async def _stock(
        self, request: Request, asked: GraphRequest, context: RequestContext
    ) -> ExecutionResult | PreExecutionError:
        try:
            return await self._graph.execute(
                asked.query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation,
                allowed_operation_types=_allowed(request.method),
            )
        except InvalidOperationTypeError as error:
            raise HttpRefusal(405, "此操作不可用 GET (use POST)", {"Allow": "POST"}) from error
        except CannotGetOperationTypeError as error:
            raise HttpRefusal(400, AMBIGUOUS) from error

    async def _settle(
        self,
        caller: Caller,
        admitted: Admitted,
        result: Outcome | ExecutionResult | PreExecutionError,
        context: RequestContext,
    ) -> None:
        if caller.roles is not None and result.data:
            found = found_in(result.data, admitted.lookups) + context.reads.touches.found
            await self._budgets.settle(caller.subject, found, context.now)

    async def _admitted(self, request: Request) -> Principal | None:
        """Who asks, before anything of the question is read."""
        try:
            return await self._gate.caller(request)
        except UnauthenticatedError as error:
            raise SignInRefusal(error) from error
        except PlatformError as error:
            raise PlatformRefusal from error

    async def _read(self, request: Request) -> GraphRequest:
        if request.method == "POST":
            limits = BodyLimits(self._options.max_body_bytes, self._options.body_seconds)
            return await read_post(request, limits)
        if request.method == "GET":
            return read_get(request, trusted_only=not self._options.allows_get)
        raise use_post()

    def _shown(
        self,
        request: Request,
        result: ExecutionResult | PreExecutionError,
        context: RequestContext,
        plan: Shown,
    ) -> JsonReply:
        if isinstance(result, PreExecutionError):
            return _refused(request, result.errors or [], context.trace)
        return self._body(request, result, context, plan)

    def _body(
        self,
        request: Request,
        result: ExecutionResult | Outcome,
        context: RequestContext,
        plan: Shown,
    ) -> JsonReply:
        body: dict[str, Any] = {}
        if errors := self._errors(result, context):
            body["errors"] = errors
        body["data"] = result.data
        operation = operation_in(request.scope)
        operation.ended(has_data=result.data is not None, has_errors=bool(errors))
        operation.path = (str(plan["path"]), str(plan.get("reason", "")))
        operation.levels = context.reads.ways
        if extensions := self._extensions(context, plan):
            body["extensions"] = extensions
        return JsonReply(body, 200, media_of(request.scope))

    def _errors(self, result: ExecutionResult | Outcome, context: RequestContext) -> list[Shown]:
        own = [show_error(error, context.trace) for error in result.errors or ()]
        return own + show_troubles(context.reads.troubles, context.trace)

    def _extensions(self, context: RequestContext, plan: Shown) -> dict[str, Any]:
        extensions: dict[str, Any] = {}
        if context.aliases:
            aliases = context.aliases.items()
            extensions["aliases"] = [{"asked": asked, "id": id_} for asked, id_ in aliases]
        if context.redactions:
            extensions["redactions"] = [redaction._asdict() for redaction in context.redactions]
        if self._options.debug:
            extensions["statements"] = dict(context.reads.tally.statements)
            extensions["plan"] = plan
        return extensions


def asker_of(connection: HTTPConnection, principal: Principal | None) -> Asker:
    """Who asks, what for, and what that lets them see. Raises HttpRefusal for a bad purpose."""
    given = [v.decode("latin-1") for k, v in connection.scope["headers"] if k == _PURPOSE]
    try:
        # Headers arrive as Latin-1; numbers of orders are Chinese, in UTF-8.
        text = ",".join(given).encode("latin-1").decode()
        purpose = read_purpose(text) if given else None
    except (BadInputError, UnicodeError) as error:
        raise HttpRefusal(400, BAD_PURPOSE) from error
    if principal is None:
        return NOBODY
    try:
        return Asker(principal, access_of(principal, purpose), purpose)
    except ForbiddenError as error:
        raise PurposeRefusal(error, purpose) from error


def _refused(request: Request, errors: Sequence[GraphQLError], trace: str) -> JsonReply:
    """The answer to a document that cannot run."""
    media = media_of(request.scope)
    body = {"errors": show_request_errors(errors, trace)}
    # The older media type answers every well-formed request with 200.
    return JsonReply(body, 400 if media == RESPONSE_JSON else 200, media)


def _allowed(method: str) -> set[OperationType]:
    """By GET nothing may change."""
    return {OperationType.QUERY} if method == "GET" else set(OperationType)
