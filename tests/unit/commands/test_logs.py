"""What is logged, and where to, whatever a library or a lost task says."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

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
