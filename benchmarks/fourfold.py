"""Our own commands, run as an operator runs them."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.errors import BenchmarkError

ROOT: Final = Path(__file__).parents[1]


def run_fourfold(*arguments: str) -> str:
    """What a command prints; its progress and complaints are shown. Raises BenchmarkError."""
    command = [sys.executable, "-m", "commands.main", *arguments]
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        command, cwd=ROOT, stdout=subprocess.PIPE, check=False, text=True
    )
    if done.returncode:
        raise BenchmarkError(f"`fourfold {arguments[0]}` ended with status {done.returncode}")
    return done.stdout
