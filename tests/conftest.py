"""What holds for the whole suite: shared fixtures, the nightly switch, the count of skips."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.support.requirements import skips_by_kind

# A busy machine is no finding; and what CI finds must be found again the next time.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")

pytest_plugins = ["tests.support.databases"]


@pytest.fixture(scope="session", autouse=True)
def loggers_stay_open() -> Iterator[None]:
    """No command that sets up logging in this process fixes the loggers: others capture them."""
    configure = structlog.configure
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            structlog,
            "configure",
            lambda **given: configure(**{**given, "cache_logger_on_first_use": False}),
        )
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--nightly`, and `--fault-table` for the times of failing departments."""
    parser.addoption("--fault-table", type=Path, help="append fault, departments and times here")
    parser.addoption("--nightly", action="store_true", help="run the tests marked nightly too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave nightly tests out, unless they are asked for."""
    if config.getoption("--nightly"):
        return
    nightly = [item for item in items if item.get_closest_marker("nightly")]
    if nightly:
        config.hook.pytest_deselected(items=nightly)
        items[:] = [item for item in items if item not in nightly]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests each missing thing cost."""
    reports: Sequence[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    reasons = (report.longrepr[2] for report in reports if isinstance(report.longrepr, tuple))
    counts = skips_by_kind(reasons)
    if counts:
        told = ", ".join(f"{kind} {count}" for kind, count in counts.items())
        terminalreporter.write_line(f"skipped because something is missing: {told}")
