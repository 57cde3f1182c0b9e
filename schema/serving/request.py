"""A GraphQL request out of an HTTP one: size, media type and shape are checked first."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from auth.gate import challenge
from domain.model.errors import (
    AuditUnavailableError,
    ForbiddenError,
    RateLimitedError,
    UnauthenticatedError,
)
from domain.policy.purposes import Purpose
from schema.serving.begun import Rest, begun
from schema.serving.replies import Heads

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_LENGTH: Final = re.compile(rb"[0-9]{1,18}")
_USUAL: Final = b"application/json"
_PARTS: Final = ("query", "operationName", "variables")
_NAMING: Final = frozenset({"documentId", "extensions"})
JSON_TYPES: Final = frozenset({"application/json", "application/graphql+json"})


class HttpRefusal(Exception):  # noqa: N818 - a refusal, not an error of ours
    """A request that is answered with a status and one error."""

    code = "BAD_USER_INPUT"

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


class PlatformRefusal(HttpRefusal):
    """Nobody can be told from anybody while the platform database is away: nothing is answered."""

    code = "INTERNAL"

    def __init__(self) -> None:
        super().__init__(503, "平台暂时不可用 (the platform does not answer)", {"Retry-After": "5"})


class AuditRefusal(HttpRefusal):
    """Nothing personal is told while no entry of the audit log can be kept."""

    code = "AUDIT_UNAVAILABLE"

    def __init__(self, error: AuditUnavailableError) -> None:
        super().__init__(503, str(error), {"Retry-After": "5"})


class SignInRefusal(HttpRefusal):
    """A request without a valid token: 401 with its challenge."""

    code = "UNAUTHENTICATED"

    def __init__(self, error: UnauthenticatedError) -> None:
        super().__init__(401, f"请先登录 (sign in: {error.reason})", challenge(error))


class PurposeRefusal(HttpRefusal):
    """A purpose that none of the caller's roles may state."""

    code = "FORBIDDEN"

    def __init__(self, error: ForbiddenError, purpose: Purpose | None) -> None:
        super().__init__(403, str(error))
        self.purpose = purpose


class BudgetRefusal(HttpRefusal):
    """A budget is used up: 429, and when to come back."""

    code = "RATE_LIMITED"

    def __init__(self, error: RateLimitedError) -> None:
        super().__init__(429, str(error), {"Retry-After": str(error.retry_after)})


class RequestErrors(Exception):  # noqa: N818 - a refusal, not an error of ours
    """A well-formed request whose document may not run; nothing of it has run."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


class GraphRequest(NamedTuple):
    """One operation to run; the text of a document named by id is filled in from the manifest."""

    query: str
    variables: dict[str, Any] | None
    operation: str | None
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How large a body may be and how long it may take to arrive."""

    bytes: int = 100_000
    seconds: float = 10.0


def use_post() -> HttpRefusal:
    """The refusal of a method, or of what came by GET."""
    return HttpRefusal(405, "请用 POST 查询 (send queries by POST)", {"Allow": "POST"})


async def read_post(heads: Heads, receive: Receive, limits: BodyLimits) -> GraphRequest:
    """The operation of a POST. Raises HttpRefusal."""
    return checked(loaded(await read_body(heads, receive, limits)))


async def read_body(heads: Heads, receive: Receive, limits: BodyLimits) -> bytes:
    """The body of a POST that says it is JSON; most are there whole. Raises HttpRefusal."""
    given = heads.get(b"content-type", b"")
    if given != _USUAL and not _is_json(given.decode("latin-1")):
        raise HttpRefusal(
            415, "请用 Content-Type: application/json (send application/json in UTF-8)"
        )
    declared = heads.get(b"content-length")
    if declared is not None and _LENGTH.fullmatch(declared) and int(declared) > limits.bytes:
        raise _too_large(limits.bytes)
    came = begun(receive())
    if not isinstance(came, Rest) and not came.get("more_body") and "body" in came:
        body: bytes = came["body"]
        if len(body) <= limits.bytes:
            return body
    try:
        async with asyncio.timeout(limits.seconds):
            first = await came if isinstance(came, Rest) else came
            return await _body(first, receive, limits.bytes)
    except TimeoutError as error:
        message = "请求内容未在时限内到达 (the body did not arrive in time)"
        raise HttpRefusal(408, message, {"Connection": "close"}) from error


def read_get(request: Request, *, trusted_only: bool) -> GraphRequest:
    """The operation of a GET. Raises HttpRefusal."""
    fields: dict[str, object] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in fields:
            fields[name] = loaded(str(fields[name]).encode())
    if trusted_only and ("query" in fields or not fields.keys() & {"documentId", "extensions"}):
        raise use_post()
    return checked(fields)


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    media, _, parameters = content_type.partition(";")
    charset = parameters.lower().replace(" ", "").partition("charset=")[2].strip('"') or "utf-8"
    return media.strip().lower() in JSON_TYPES and charset in {"utf-8", "utf8"}


async def _body(came: Message, receive: Receive, max_bytes: int) -> bytes:
    parts, size = [], 0
    while True:
        if came["type"] == "http.disconnect":
            raise ClientDisconnect
        part = came.get("body", b"")
        size += len(part)
        parts.append(part)
        if size > max_bytes:
            raise _too_large(max_bytes)
        if not came.get("more_body"):
            return b"".join(parts)
        came = await receive()


def _too_large(max_bytes: int) -> HttpRefusal:
    message = f"请求超过 {max_bytes} 字节 (the request is larger than {max_bytes} bytes)"
    return HttpRefusal(413, message, {"Connection": "close"})


def loaded(body: bytes) -> object:
    """What a body says. Raises HttpRefusal."""
    try:
        return orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise HttpRefusal(400, "不是有效的 JSON (not valid JSON)") from error


def checked(fields: object) -> GraphRequest:
    """The parts of a request, each of the right kind. Raises HttpRefusal."""
    if not isinstance(fields, dict):
        raise _no_object(fields)
    query, operation, variables = map(fields.get, _PARTS)
    if operation is not None and not isinstance(operation, str):
        raise HttpRefusal(400, "operationName 应为文本 (operationName must be a text)")
    if variables is not None and not isinstance(variables, dict):
        raise HttpRefusal(400, "variables 应为对象 (variables must be an object)")
    named = None if _NAMING.isdisjoint(fields) else _named(fields)
    if query is None and named is not None:
        return GraphRequest("", variables, operation or None, named)
    if not isinstance(query, str) or not query or query.isspace():
        raise HttpRefusal(400, "缺少 query (query must be a text)")
    return GraphRequest(query, variables, operation or None, named)


def _named(fields: Mapping[str, object]) -> str | None:
    given, extensions = fields.get("documentId"), fields.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise HttpRefusal(400, "extensions 应为对象 (extensions must be an object)")
    return _document_id(given, extensions or {})


def _no_object(fields: object) -> HttpRefusal:
    if isinstance(fields, list):
        return HttpRefusal(400, "不支持批量请求 (batches are not supported)")
    return HttpRefusal(400, "请求应为 JSON 对象 (the request must be a JSON object)")


def _document_id(given: object, extensions: Mapping[str, object]) -> str | None:
    """The id of a trusted document; the persisted queries of Apollo are another way to name it."""
    if given is None:
        persisted = extensions.get("persistedQuery")
        if persisted is None:
            return None
        digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise HttpRefusal(400, "persistedQuery 无效 (persistedQuery needs sha256Hash)")
        return f"sha256:{digest}"
    if not isinstance(given, str) or not given:
        raise HttpRefusal(400, "documentId 应为文本 (documentId must be a text)")
    return given
