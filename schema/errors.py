"""Errors as clients see them: code, trace id, message; never driver text or personal data."""

from collections.abc import Sequence
from typing import Any, Final

import structlog
from graphql import GraphQLError

from domain.model.departments import Department
from domain.model.errors import FourfoldError, PlatformError, SourceError
from resolvers.troubles import Trouble, Troubles
from schema.wording import value_free

Shown = dict[str, Any]
"""One error of a response, ready for JSON."""

MAX_REQUEST_ERRORS: Final = 5
INTERNAL: Final = (
    "系统内部错误，请联系管理员并提供 traceId (internal error; give the traceId to the operator)"
)
_VARIABLE: Final = "Variable '$"
_BAD_INPUT: Final = "BAD_USER_INPUT"
_NAMES: Final = {
    Department.ORGANIZATION: "组织部",
    Department.ESTABLISHMENT: "编办",
    Department.FINANCE: "财政局",
    Department.HR: "人社局",
}
_SOURCE_MESSAGES: Final = {
    "SOURCE_UNAVAILABLE": "暂时无法连接 (does not answer)",
    "SOURCE_TIMEOUT": "未在时限内应答 (did not answer in time)",
    "SOURCE_INVALID": "库结构与映射不符 (does not fit its mapping)",
}
_log = structlog.get_logger("graph")


def show_error(error: GraphQLError, trace: str) -> Shown:
    """One error of an execution or of its preparation."""
    is_variable = error.path is None and error.message.startswith(_VARIABLE)
    return _show(error, trace, _asked_wrongly(error) if is_variable else _cause(error))


def _show(error: GraphQLError, trace: str, cause: BaseException | None) -> Shown:
    shown: Shown = {"message": _message(error, trace, cause)}
    if error.locations:
        shown["locations"] = [location.formatted for location in error.locations]
    if error.path:
        shown["path"] = list(error.path)
    shown["extensions"] = {"code": _code(cause), "traceId": trace}
    return shown


def show_request_errors(errors: Sequence[GraphQLError], trace: str) -> list[Shown]:
    """The first few errors of a document that cannot run; whatever they are, it is to blame."""
    return [_show(error, trace, _asked_wrongly(error)) for error in errors[:MAX_REQUEST_ERRORS]]


def bad_request(message: str, trace: str, code: str = _BAD_INPUT) -> Shown:
    """An error of the HTTP request itself."""
    return {"message": message, "extensions": {"code": code, "traceId": trace}}


def show_troubles(troubles: Troubles, trace: str) -> list[Shown]:
    """Exactly one error per source that did not answer, by source name."""
    found = sorted(troubles.by_source.values(), key=lambda trouble: trouble.error.source)
    return [_show_trouble(trouble, trace) for trouble in found]


def _show_trouble(trouble: Trouble, trace: str) -> Shown:
    error: SourceError = trouble.error
    return {
        "message": f"{_NAMES[error.department]}（{error.source}）{_SOURCE_MESSAGES[error.code]}",
        "extensions": {
            "code": error.code,
            "source": error.source,
            "department": error.department.name,
            "fields": sorted(trouble.fields),
            "traceId": trace,
        },
    }


def _cause(error: GraphQLError) -> BaseException | None:
    """What went wrong under graphql-core's own errors; None where the question itself is wrong."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _asked_wrongly(error: GraphQLError) -> BaseException | None:
    """The cause where it is ours; a scalar that cannot read a value is the question's fault."""
    cause = _cause(error)
    return cause if isinstance(cause, FourfoldError) else None


def _code(cause: BaseException | None) -> str:
    if cause is None:
        return _BAD_INPUT
    return cause.code if isinstance(cause, FourfoldError) else "INTERNAL"


def _message(error: GraphQLError, trace: str, cause: BaseException | None) -> str:
    if cause is None or (isinstance(cause, FourfoldError) and not isinstance(cause, PlatformError)):
        return value_free(error.message)
    _log.error("internal_error", trace=trace, kind=type(cause).__name__, where=place_of(cause))
    return INTERNAL


def place_of(cause: BaseException) -> str:
    """The place of an unexpected error in our own code; never its text."""
    place, trace = "", cause.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
