"""A GraphQL request out of an HTTP one: size, media type and shape are checked first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.requests import Request

from auth.gate import challenge
from domain.model.errors import UnauthenticatedError

JSON_TYPES: Final = frozenset({"application/json", "application/graphql+json"})


class HttpRefusal(Exception):  # noqa: N818 - a refusal, not an error of ours
    """A request that is answered with a status and one error."""

    code = "BAD_USER_INPUT"

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


class SignInRefusal(HttpRefusal):
    """A request without a valid token: 401 with its challenge."""

    code = "UNAUTHENTICATED"

    def __init__(self, error: UnauthenticatedError) -> None:
        super().__init__(401, f"请先登录 (sign in: {error.reason})", challenge(error))


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """One operation to run."""

    query: str
    variables: dict[str, Any] | None
    operation: str | None


async def read_post(request: Request, max_bytes: int) -> GraphRequest:
    """The operation of a POST. Raises HttpRefusal."""
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.lower().replace(" ", "").partition("charset=")[2].strip('"') or "utf-8"
    if media.strip().lower() not in JSON_TYPES or charset not in {"utf-8", "utf8"}:
        raise HttpRefusal(
            415, "请用 Content-Type: application/json (send application/json in UTF-8)"
        )
    return checked(_loaded(await _body(request, max_bytes)))


def read_get(request: Request) -> GraphRequest:
    """The operation of a GET. Raises HttpRefusal."""
    fields: dict[str, object] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in fields:
            fields[name] = _loaded(str(fields[name]).encode())
    return checked(fields)


async def _body(request: Request, max_bytes: int) -> bytes:
    declared = request.headers.get("content-length", "0")
    parts, size = [], int(declared) if declared.isdigit() else 0
    if size <= max_bytes:
        size = 0
        async for part in request.stream():
            size += len(part)
            if size > max_bytes:
                break
            parts.append(part)
    if size > max_bytes:
        message = f"请求超过 {max_bytes} 字节 (the request is larger than {max_bytes} bytes)"
        raise HttpRefusal(413, message, {"Connection": "close"})
    return b"".join(parts)


def _loaded(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise HttpRefusal(400, "不是有效的 JSON (not valid JSON)") from error


def checked(fields: object) -> GraphRequest:
    """The parts of a request, each of the right kind. Raises HttpRefusal."""
    if isinstance(fields, list):
        raise HttpRefusal(400, "不支持批量请求 (batches are not supported)")
    if not isinstance(fields, dict):
        raise HttpRefusal(400, "请求应为 JSON 对象 (the request must be a JSON object)")
    query, operation = fields.get("query"), fields.get("operationName")
    variables, extensions = fields.get("variables"), fields.get("extensions")
    if not isinstance(query, str) or not query.strip():
        raise HttpRefusal(400, "缺少 query (query must be a text)")
    if operation is not None and not isinstance(operation, str):
        raise HttpRefusal(400, "operationName 应为文本 (operationName must be a text)")
    if variables is not None and not isinstance(variables, dict):
        raise HttpRefusal(400, "variables 应为对象 (variables must be an object)")
    if extensions is not None and not isinstance(extensions, dict):
        raise HttpRefusal(400, "extensions 应为对象 (extensions must be an object)")
    return GraphRequest(query, variables, operation or None)
