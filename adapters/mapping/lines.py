"""Line numbers of the keys of a TOML text, found by scanning: tomllib gives none."""

import re
from collections import Counter
from collections.abc import Iterator

_HEADER = re.compile(r"^\s*\[(?P<array>\[)?\s*(?P<path>[^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(
    r"""^\s*(?P<path>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'|[^\s."']+""")

Path = tuple[str, ...]


def line_index(text: str) -> dict[Path, int]:
    """The line (from 1) of each header and key by its path; array tables count from 0."""
    lines: dict[Path, int] = {}
    for number, path in _keys(text):
        lines.setdefault(path, number)
    return lines


def nearest_line(lines: dict[Path, int], path: Path) -> int:
    """The line of `path`, else of the nearest enclosing table; 1 where nothing is known."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _keys(text: str) -> Iterator[tuple[int, Path]]:
    table: Path = ()
    counts: Counter[Path] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _parts(header["path"])
            if header["array"]:
                counts[table] += 1
                table = (*table, str(counts[table] - 1))
            yield number, table
        elif key := _KEY.match(line):
            yield number, table + _parts(key["path"])


def _parts(path: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(path))
