"""A server as a process of its own, for tests that need real connections or several workers."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.project import ROOT

PATIENCE = 150


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(config: Path, port: int, *options: str, log: Path | None = None) -> Iterator[str]:
    """`fourfold serve` on a port while the block lasts; its address. What it logs goes to `log`."""
    with serving_process(config, port, *options, log=log):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def serving_process(
    config: Path, port: int, *options: str, log: Path | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """The same; the process, to send signals to."""
    command = [sys.executable, "-m", "commands.main", "serve", "--config", str(config)]
    with (log or Path(os.devnull)).open("ab") as stderr:
        process = subprocess.Popen(
            [*command, "--port", str(port), *options],
            cwd=ROOT,
            stderr=stderr,
            start_new_session=True,
        )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{base}/livez", process)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url)
            return
        time.sleep(0.05)
    raise AssertionError("the server did not start")
