"""Takes away what a benchmark made when that ends, even killed: a process that waits for its end.

`./dev` kills what it started a moment after Ctrl+C: its own clean-up would not finish.
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks.databases import Database, new_database
from benchmarks.errors import BenchmarkError


class Keeper:
    """Makes databases and folders, and has told who takes them away before they are there."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def database(self, kind: str) -> str:
        """The URL of a new database. Raises BenchmarkError."""
        database = new_database(kind)
        self._tell(json.dumps(asdict(database)))
        database.make()
        return database.url

    def folder(self) -> Path:
        """A new empty folder."""
        path = tempfile.mkdtemp(prefix="fourfold-bench-")
        self._tell(json.dumps(path))
        return Path(path)

    def _tell(self, line: str) -> None:
        if self._process.stdin is not None:
            print(line, file=self._process.stdin, flush=True)


@contextmanager
def open_keeper(root: Path) -> Iterator[Keeper]:
    """A keeper while the block lasts; at its end everything is gone."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.keeper"],
        cwd=root,
        stdin=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl+C must not reach it.
    ) as process:
        yield Keeper(process)


def take_away(lines: Iterable[str]) -> None:
    """Drops and removes what the lines name; complains about what it cannot."""
    for line in lines:
        kept = json.loads(line)
        try:
            if isinstance(kept, str):
                shutil.rmtree(kept, ignore_errors=True)
            else:
                Database(**kept).drop()
        except BenchmarkError as error:
            print(f"bench: {kept['name']} is still there: {error}", file=sys.stderr)


def main() -> None:
    """Waits until the benchmark closes the pipe, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    take_away(reversed(sys.stdin.readlines()))


if __name__ == "__main__":
    main()
