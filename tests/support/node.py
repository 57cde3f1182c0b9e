"""Programs of npm for tests: installed from a lock once, into a cache outside of the project."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.project import ROOT
from tests.support.requirements import missing

SCRIPTS = ROOT / "tests" / "node"
GIVEN = ("package.json", "package-lock.json", ".npmrc")
INSTALLING = 540
"""Seconds; a slow mirror is no reason to fail."""


@dataclass(frozen=True, slots=True)
class Node:
    """An installed set of packages and the scripts beside its lock."""

    program: str
    scripts: Path
    packages: Path

    def run(self, script: str, given: str, *, seconds: float = 60) -> Any:  # noqa: ANN401 - JSON of whatever the script tells
        """What a script prints as JSON; `given` is its standard input."""
        done = subprocess.run(
            [self.program, str(self.scripts / script)],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
            env={**os.environ, "NODE_PATH": str(self.packages), "NO_COLOR": "1"},
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)


def installed(name: str) -> Node:
    """The packages of `tests/node/<name>`; skips where Node or a registry is missing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        missing("node", "node and npm are not installed")
    scripts = SCRIPTS / name
    target = _cache() / f"{name}-{_digest(scripts)}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target.with_suffix(".lock")):
        if not target.exists():
            _install(npm, scripts, target)
    return Node(node, scripts, target / "node_modules")


def _cache() -> Path:
    named = os.environ.get("XDG_CACHE_HOME")
    usual = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    return (Path(named) if named else usual) / "fourfold" / "node"


def _digest(scripts: Path) -> str:
    parts = b"\0".join((scripts / name).read_bytes() for name in GIVEN)
    return hashlib.sha256(parts).hexdigest()[:16]


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Keeps two test processes from installing at the same time."""
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _install(npm: str, scripts: Path, target: Path) -> None:
    """Installs beside the target and moves it there whole, so that half an install is none."""
    fresh = target.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for name in GIVEN:
        shutil.copy(scripts / name, fresh)
    command = [npm, "ci", "--loglevel=error"]
    try:
        done = subprocess.run(
            command, cwd=fresh, capture_output=True, text=True, check=False, timeout=INSTALLING
        )
    except subprocess.TimeoutExpired:
        missing("node", "npm ci did not end in time")
    if done.returncode:
        missing("node", f"npm ci failed: {done.stderr.strip()[-300:]}")
    fresh.rename(target)
