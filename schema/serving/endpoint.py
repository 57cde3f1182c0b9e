"""POST /graphql and, where allowed, GET: an HTTP request in, one execution, JSON bytes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLError
from starlette.requests import HTTPConnection, Request
from starlette.types import Receive, Scope
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from auth.gate import Gate
from domain.model.errors import (
    AuditUnavailableError,
    BadInputError,
    ForbiddenError,
    PlatformError,
    UnauthenticatedError,
)
from domain.model.principal import Principal
from domain.policy.deciding import access_of
from domain.policy.purposes import BAD_PURPOSE, HEADER, read_purpose
from resolvers.context import NOBODY, Asker, City, RequestContext, open_context
from resolvers.measuring import Operation
from resolvers.planning.planner import Planner, Question
from resolvers.planning.running import Outcome
from schema.errors import Shown, bad_request, show_error, show_request_errors, show_troubles
from schema.graph import Graph
from schema.operations import AMBIGUOUS
from schema.serving.auditing import Asking, Auditing
from schema.serving.budgets import Budgets, found_in
from schema.serving.caller import Caller, Callers, Known, address_in
from schema.serving.planned import Stock, answer, stock_redactions
from schema.serving.replies import RESPONSE_JSON, Heads, JsonReply, media_in
from schema.serving.request import (
    AuditRefusal,
    BodyLimits,
    GraphRequest,
    HttpRefusal,
    PlatformRefusal,
    PurposeRefusal,
    RequestErrors,
    SignInRefusal,
    checked,
    loaded,
    read_body,
    read_get,
    use_post,
)
from schema.serving.screening import Admitted, Screen
from schema.serving.tracing import TRACE
from schema.serving.trusted import refused_with

_PURPOSE: Final = HEADER.lower().encode()
_PLANNED: Final = {"path": "planned"}
_BY_PLAN: Final = ("planned", "")


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
    """The graph over HTTP: from one request to the answer that is to be sent."""

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
        self._limits = BodyLimits(options.max_body_bytes, options.body_seconds)
        self._callers = Callers()

    async def reply(
        self, scope: Scope, heads: Heads, receive: Receive, how: Operation
    ) -> JsonReply:
        """The answer of one request; a refusal is an answer too."""
        asking, trace, media = None, scope[TRACE], media_in(heads)
        try:
            is_known, principal = self._gate.remembered(scope, heads)
            if not is_known:
                principal = await self._admitted(scope)
            asking = Asking(address_in(scope), trace, self._city.clock(), principal)
            known = self._callers.known(principal, asking.address)
            if scope["method"] == "POST":
                asked = checked(loaded(await read_body(heads, receive, self._limits)))
            else:
                asked = self._read_get(scope)
            asking.asked = asked
            asker = asker_in(scope, heads, known)
            admitted = asking.admitted = self._screen.admit(asked, known.caller)
            how.name = admitted.name
            context = asking.context = open_context(self._city, trace, asker)
            if not self._budgets.takes(known.caller, admitted.cost, context.now):
                await self._budgets.admit(known.caller, admitted.cost, context.now)
            question = Question(admitted.asked.query, asked.operation, asked.variables)
            found = await answer(self._planner, question, context)
            if isinstance(found, Stock):
                result = await self._by_stock(scope["method"], asking, known.caller, question)
                plan = {"path": "stock", "reason": found.reason, "field": found.what or None}
                return self._shown(result, context, plan, how, media)
            if principal is not None and self._owes(known.caller, admitted, found.data, context):
                await self._settle(known.caller, admitted, found.data, context)
            log = self._auditing.log
            entry = None if log is None else self._auditing.owed(asking, found.errors, found.data)
            if log is not None and entry is not None:
                await log.write(entry)
            how.path = _BY_PLAN
            return self._body(found, context, _PLANNED, how, media)
        except (HttpRefusal, RequestErrors) as refusal:
            return await self._refused(asking, refusal, media, trace)
        except AuditUnavailableError as error:
            return _refusal_of(AuditRefusal(error), media, trace)
        except RecursionError:
            too_deep = BadInputError("请求嵌套过深 (nested too deeply)")
            return _refusal(refused_with(too_deep).errors, media, trace)

    async def _refused(
        self, asking: Asking | None, refusal: HttpRefusal | RequestErrors, media: str, trace: str
    ) -> JsonReply:
        try:
            if asking is not None:
                known = self._callers.known(asking.principal, asking.address)
                await self._budgets.refused(known.caller, refusal, asking.at)
                await self._auditing.refused(asking, refusal)
        except HttpRefusal as other:
            refusal = other
        if isinstance(refusal, RequestErrors):
            return _refusal(refusal.errors, media, trace)
        return _refusal_of(refusal, media, trace)

    async def _by_stock(
        self, method: str, asking: Asking, caller: Caller, question: Question
    ) -> ExecutionResult | PreExecutionError:
        """The answer of the stock path, counted and kept as that of a plan."""
        admitted, context = asking.admitted, asking.context
        if admitted is None or context is None:
            raise TypeError("nothing runs before it is admitted")
        result = await self._stock(method, admitted.asked, context)
        await self._settle(caller, admitted, result.data, context)
        context.redactions = stock_redactions(self._planner, question, context)
        if not isinstance(result, PreExecutionError):
            await self._auditing.answered(asking, result.errors or (), result.data)
        return result

    async def _stock(
        self, method: str, asked: GraphRequest, context: RequestContext
    ) -> ExecutionResult | PreExecutionError:
        try:
            return await self._graph.execute(
                asked.query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation,
                allowed_operation_types=_allowed(method),
            )
        except InvalidOperationTypeError as error:
            raise HttpRefusal(405, "此操作不可用 GET (use POST)", {"Allow": "POST"}) from error
        except CannotGetOperationTypeError as error:
            raise HttpRefusal(400, AMBIGUOUS) from error

    def _owes(
        self,
        caller: Caller,
        admitted: Admitted,
        data: Mapping[str, object] | None,
        context: RequestContext,
    ) -> bool:
        found = found_in(data, admitted.lookups) + context.reads.touches.found
        return self._budgets.owes(caller.subject, found)

    async def _settle(
        self,
        caller: Caller,
        admitted: Admitted,
        data: Mapping[str, object] | None,
        context: RequestContext,
    ) -> None:
        if caller.roles is not None and data:
            found = found_in(data, admitted.lookups) + context.reads.touches.found
            await self._budgets.settle(caller.subject, found, context.now)

    async def _admitted(self, scope: Scope) -> Principal | None:
        """Who asks, before anything of the question is read."""
        try:
            return await self._gate.caller(HTTPConnection(scope))
        except UnauthenticatedError as error:
            raise SignInRefusal(error) from error
        except PlatformError as error:
            raise PlatformRefusal from error

    def _read_get(self, scope: Scope) -> GraphRequest:
        if scope["method"] == "GET":
            return read_get(Request(scope), trusted_only=not self._options.allows_get)
        raise use_post()

    def _shown(
        self,
        result: ExecutionResult | PreExecutionError,
        context: RequestContext,
        plan: Shown,
        how: Operation,
        media: str,
    ) -> JsonReply:
        if isinstance(result, PreExecutionError):
            return _refusal(result.errors or [], media, context.trace)
        how.path = (str(plan["path"]), str(plan["reason"]))
        return self._body(result, context, plan, how, media)

    def _body(
        self,
        result: ExecutionResult | Outcome,
        context: RequestContext,
        plan: Shown,
        how: Operation,
        media: str,
    ) -> JsonReply:
        reads, errors = context.reads, None
        if result.errors or reads.troubles.by_source:
            errors = self._errors(result, context)
        how.ended(has_data=result.data is not None, has_errors=bool(errors))
        how.levels = reads.ways
        body: dict[str, Any] = (
            {"errors": errors, "data": result.data} if errors else {"data": result.data}
        )
        if context.aliases or context.redactions or self._options.debug:
            body["extensions"] = self._extensions(context, plan)
        return JsonReply(body, 200, media)

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
    return _asker(connection.scope, principal)


def asker_in(scope: Scope, heads: Heads, known: Known) -> Asker:
    """The same, remembered of a caller who asks again for the same."""
    purpose = heads.get(_PURPOSE)
    asker = known.askers.get(purpose)
    if asker is None or len(heads) != len(scope["headers"]):
        asker = _asker(scope, known.principal)
        known.keep(purpose, asker)
    return asker


def _asker(scope: Scope, principal: Principal | None) -> Asker:
    given = [v.decode("latin-1") for k, v in scope["headers"] if k == _PURPOSE]
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


def _refusal_of(refusal: HttpRefusal, media: str, trace: str) -> JsonReply:
    """The answer to a request that is not well formed, or not allowed."""
    body = {"errors": [bad_request(refusal.message, trace, refusal.code)]}
    return JsonReply(body, refusal.status, media, refusal.headers)


def _refusal(errors: Sequence[GraphQLError], media: str, trace: str) -> JsonReply:
    """The answer to a document that cannot run."""
    body = {"errors": show_request_errors(errors, trace)}
    # The older media type answers every well-formed request with 200.
    return JsonReply(body, 400 if media == RESPONSE_JSON else 200, media)


def _allowed(method: str) -> set[OperationType]:
    """By GET nothing may change."""
    return {OperationType.QUERY} if method == "GET" else set(OperationType)
