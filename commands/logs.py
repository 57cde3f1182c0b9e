"""How the process logs: one JSON line an event, identity numbers masked whatever wrote them."""

import logging
import re
import sys
import warnings
from typing import Final, TextIO

import structlog
from sqlalchemy.exc import SAWarning
from structlog.typing import EventDict, Processor, WrappedLogger

_NUMBER: Final = re.compile(
    # Digests are lower-case hexadecimal: digits inside them are no number of anybody.
    r"(?<![\da-f])(?:\d{15}(?:\d{2}[\dXxＸｘ])?|\d{6}[ -]\d{8}[ -]\d{3}[\dXxＸｘ])(?![\da-f])"
)
_LEAST: Final = 10**14
"""No figure we log is as long as an ID number."""
_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class _ToStderr(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at that moment: one that was put in its place may be closed by now.

    Else the library prints a stack to stderr instead of the event.
    """

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def mask_numbers(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Anything that looks like an ID number becomes stars."""
    return {
        key: value if key.startswith("_") else _masked(value)  # the library's own, never written
        for key, value in event.items()
    }


_SHARED: Final[list[Processor]] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    mask_numbers,
]


def _masked(value: object) -> object:
    match value:
        case str():
            return _NUMBER.sub("***", value)
        case int() if not isinstance(value, bool):
            return value if abs(value) < _LEAST else "***"
        case dict():
            return {_masked(key): _masked(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked(each) for each in value]
        case None | bool() | float():
            return value
    return _NUMBER.sub("***", str(value))


def configure_logs(level: str, form: str) -> None:
    """Sets up structlog, and sends the libraries' own logs and warnings the same way, to stderr."""
    logging.captureWarnings(capture=True)
    # Of columns that no mapping names; a mapped one is a finding of check, with its line.
    warnings.filterwarnings("ignore", "Did not recognize type", SAWarning)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [_handler(form)]
    root.setLevel(_LEVELS[level])
    _quieten_libraries()


def _handler(form: str) -> logging.Handler:
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if form == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = _ToStderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED, processors=[remove_meta, _plain, renderer]
        )
    )
    return handler


def _quieten_libraries() -> None:
    """Uvicorn logs through the root, never its addresses; Strawberry's logs hold client texts."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = name != "uvicorn.access"
    logging.getLogger("strawberry.execution").disabled = True
    for name in ("aiosqlite", "asyncmy", "asyncpg", "sqlalchemy", "urllib3", "httpx", "httpcore"):
        # At debug they tell statements, parameters and addresses.
        logging.getLogger(name).setLevel(logging.WARNING)


def _plain(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """No exception texts: they may hold SQL or rows; the kind is logged where it is caught."""
    event.pop("exc_info", None)
    event.pop("exception", None)
    if event.get("logger") == "asyncio":
        # Of a task nobody waited for, the lines below the first hold its exception's text.
        event["event"] = str(event.get("event", "")).partition("\n")[0]
    return mask_numbers(_, __, event)
