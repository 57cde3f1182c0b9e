"""The project's own files, as the guards of tests/house read them."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (
    "adapters",
    "auth",
    "benchmarks",
    "bulk",
    "cache",
    "commands",
    "delivery",
    "demo",
    "domain",
    "resolvers",
    "schema",
    "store",
)
SINGLE_FILES = ("app", "settings")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file: `path` from the root of the project, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file, parsed."""
        return ast.parse(self.text, self.path)

    @property
    def is_test(self) -> bool:
        """Whether it belongs to the suite and not to the product."""
        return self.path.startswith("tests/")


def project_files() -> Iterator[str]:
    """Every file a commit of the present tree would hold, by its path from the root."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0:
        names = sorted(set(listing.stdout.split("\0")) - {""})
    else:  # An unpacked archive: everything that is not hidden.
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        names = sorted(str(p) for p in found if not any(part[0] == "." for part in p.parts))
    yield from (name for name in names if (ROOT / name).is_file())


def python_sources() -> list[Source]:
    """Every Python file of the project, the task runner too."""
    names = (name for name in project_files() if name.endswith(".py") or name == "dev")
    return [Source(name, (ROOT / name).read_text(encoding="utf-8")) for name in names]


def functions(source: Source) -> Iterator[Function]:
    """Every function of a file, methods and inner ones too."""
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            yield node
