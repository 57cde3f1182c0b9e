"""What is logged, and where to, whatever a library or a lost task says."""

import asyncio
import io
import json
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import structlog
from sqlalchemy.exc import SAWarning

from commands.logs import configure_logs


@contextmanager
def stderr_replaced(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The stream that takes the place of stderr after logging was set up on another, closed one."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stderr", first)
    configure_logs("info", "json")
    first.close()
    monkeypatch.setattr("sys.stderr", second)
    try:
        yield second
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(capture=False)


def test_an_event_is_written_to_the_stderr_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    with stderr_replaced(monkeypatch) as stderr:
        logging.getLogger("adapters").info("begun")

    told = stderr.getvalue()
    assert json.loads(told)["event"] == "begun"
    assert "Traceback" not in told


def test_a_type_that_the_library_does_not_know_is_no_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with stderr_replaced(monkeypatch) as stderr, warnings.catch_warnings():
        configure_logs("info", "json")
        warnings.warn("Did not recognize type 'geometry' of column 'dw'", SAWarning, stacklevel=1)

    assert stderr.getvalue() == ""


def test_of_a_task_nobody_waited_for_neither_stack_nor_exception_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = RuntimeError("SELECT sfzh FROM ry")
    loop = asyncio.new_event_loop()
    lost = {"message": "Task exception was never retrieved", "exception": error}
    with stderr_replaced(monkeypatch) as stderr, closing(loop):
        loop.default_exception_handler({**lost, "future": repr(error)})

    told = stderr.getvalue()
    assert json.loads(told)["event"] == "Task exception was never retrieved"
    assert "SELECT" not in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "written",
    [
        "370702199001011234",
        "37070219900101123X",
        "身份证370702199001011234号",
        "sfzh='370702900101123'",
        "３７０７０２１９９００１０１１２３４",
        "370702 19900101 1234",
        ["nobody", {"number": "37070219900101123x"}],
        ("370702199001011234",),
        370702199001011234,
        {"370702199001011234": 1},
    ],
)
def test_an_identity_number_is_masked_wherever_it_stands(
    written: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stderr_replaced(monkeypatch) as stderr:
        structlog.get_logger("adapters").warning("odd", given=written)

    told = json.loads(stderr.getvalue())
    assert "***" in str(told["given"])
    assert not re.search(r"\d{4}", str(told["given"]))


@pytest.mark.parametrize("written", [12, 3.5, None, True, "2026-11-29", "0123456789abcdef" * 4])
def test_what_is_no_identity_number_stays_as_it_is(
    written: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stderr_replaced(monkeypatch) as stderr:
        structlog.get_logger("adapters").warning("odd", given=written)

    assert json.loads(stderr.getvalue())["given"] == written
