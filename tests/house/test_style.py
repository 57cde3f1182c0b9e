"""What the linter cannot know of the house style: imports, printing, and whose clock it is."""

import ast
from collections.abc import Iterable, Iterator

from tests.support.project import Source, python_sources

MAY_PRINT = ("commands/", "benchmarks/", "dev")
# A rule gets its `now` from whoever opened the request; only those who open may look at the clock.
MAY_LOOK_AT_THE_CLOCK = ("app.py", "commands/", "benchmarks/", "dev", "tests/")
CLOCKS = frozenset({"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"})


def offences(source: Source) -> Iterator[str]:
    """What in a file is against the style, with its line."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{source.path}:{node.lineno} {what}" for what in _of_import(node))
        elif isinstance(node, ast.Call):
            yield from (f"{source.path}:{node.lineno} {what}" for what in _of_call(node, source))


def _of_import(node: ast.ImportFrom) -> Iterator[str]:
    if node.level:
        yield "relative import"
    if any(name.name == "*" for name in node.names):
        yield "import *"


def _of_call(node: ast.Call, source: Source) -> Iterator[str]:
    called = ast.unparse(node.func)
    if called == "print" and not source.path.startswith(MAY_PRINT):
        yield "print"
    last_two = ".".join(called.split(".")[-2:])
    if last_two in CLOCKS and not source.path.startswith(MAY_LOOK_AT_THE_CLOCK):
        yield f"{last_two}()"


def all_offences(sources: Iterable[Source]) -> list[str]:
    """The offences of all files."""
    return [each for source in sources for each in offences(source)]


def test_the_project_keeps_its_style() -> None:
    assert all_offences(python_sources()) == []


def test_the_guard_sees_every_offence() -> None:
    planted = """
from . import links
from domain.model.keys import *
import datetime as dt
def rule():
    print(dt.datetime.now(dt.UTC), datetime.utcnow(), date.today(), time.time())
"""

    found = all_offences([Source("domain/cases/planted.py", planted)])

    assert sorted(each.partition(" ")[2] for each in found) == [
        "date.today()",
        "datetime.now()",
        "datetime.utcnow()",
        "import *",
        "print",
        "relative import",
        "time.time()",
    ]


def test_the_front_door_may_look_at_the_clock_and_commands_may_print() -> None:
    clock = Source("app.py", "datetime.now(UTC)")
    printing = Source("commands/check.py", "print(1)")

    assert all_offences([clock, printing]) == []
