"""The two servers as processes of their own: started on a port proven to be theirs, and stopped."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Final

from benchmarks.access import Caller
from benchmarks.city import BenchCity
from benchmarks.errors import BenchmarkError
from benchmarks.floor.server import COUNT_PATH
from benchmarks.fourfold import ROOT
from benchmarks.processes import owns_port

HOST: Final = "127.0.0.1"
READY_PATH: Final = "/readyz"
START_SECONDS: Final = 60
STOP_SECONDS: Final = 15


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    name: str
    pid: int
    port: int


@dataclass(frozen=True, slots=True)
class _Start:
    """How a server is started and when it is ready."""

    name: str
    port: int
    command: Sequence[str]
    ready: str
    said: Mapping[str, str]
    told: str = ""


@contextmanager
def floor_server(city: BenchCity) -> Iterator[Server]:
    """The hand-written server while the block lasts. Raises BenchmarkError."""
    port = _free_port()
    command = ["-m", "benchmarks.serve_floor", str(port)]
    with _run(_Start("floor", port, command, COUNT_PATH, {}, json.dumps(city.told))) as server:
        yield server


@contextmanager
def our_server(city: BenchCity, caller: Caller, *, debug: bool) -> Iterator[Server]:
    """`fourfold serve` for a caller while the block lasts; with `debug` it tells its statements."""
    port = _free_port()
    command = ["-m", "commands.main", "serve", "--config", str(city.config), "--port", str(port)]
    said = {
        **caller.settings,
        "FOURFOLD_GRAPH__DEBUG": str(debug).lower(),
        "FOURFOLD_LOG__LEVEL": "warning",
    }
    with _run(_Start("ours", port, command, READY_PATH, said)) as server:
        yield server


@contextmanager
def _run(start: _Start) -> Iterator[Server]:
    # Nothing is written there while all is well, so it costs what /dev/null costs.
    with tempfile.TemporaryFile("w+") as complaints, _process(start, complaints) as process:
        try:
            _wait(start, process, complaints)
            yield Server(start.name, process.pid, start.port)
        finally:
            _stop(process)


def _process(start: _Start, complaints: IO[str]) -> "subprocess.Popen[str]":
    process = subprocess.Popen(  # noqa: S603 - our own servers, no shell
        [sys.executable, *start.command],
        cwd=ROOT,
        env={**os.environ, **start.said},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=complaints,
        text=True,
    )
    with suppress(BrokenPipeError):
        if process.stdin is not None:
            process.stdin.write(start.told)
            process.stdin.close()
    return process


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _wait(start: _Start, process: "subprocess.Popen[str]", complaints: IO[str]) -> None:
    """Until the server answers on a port that is its own."""
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        if owns_port(process.pid, start.port) and _answers(start):
            return
        time.sleep(0.05)
    complaints.seek(0)
    last = (complaints.read().strip().splitlines() or ["it says nothing"])[-1]
    raise BenchmarkError(f"the server `{start.name}` does not start: {last}")


def _answers(start: _Start) -> bool:
    try:
        url = f"http://{HOST}:{start.port}{start.ready}"
        urllib.request.urlopen(url, timeout=5).close()
    except (urllib.error.URLError, OSError):
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
