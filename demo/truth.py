"""Writes truth.json as a stream: one file per list while the city is made, joined at the end."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import IO, Final, Self

FORMAT: Final = 1
Entry = Mapping[str, object]


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


class TruthWriter:
    """Collects entries by list, one line each, without holding them."""

    def __init__(self, path: Path, head: Entry, lists: tuple[str, ...]) -> None:
        self._path = path
        self._head = head
        self._folder = TemporaryDirectory(prefix="truth-", dir=path.parent)
        self._files: dict[str, IO[str]] = {
            name: (Path(self._folder.name) / name).open("w+", encoding="utf-8") for name in lists
        }
        self.counts: dict[str, int] = dict.fromkeys(lists, 0)

    def add(self, name: str, entry: Entry) -> None:
        """Adds one entry to a list."""
        line = json.dumps(entry, ensure_ascii=False, default=_plain)
        self._files[name].write(f"{',' if self.counts[name] else ''}\n{line}")
        self.counts[name] += 1

    def finish(self) -> None:
        """Joins the lists into the file."""
        with self._path.open("w", encoding="utf-8") as out:
            out.write("{\n")
            head = {"format": FORMAT, **self._head}
            out.write(",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in head.items()))
            for name, file in self._files.items():
                out.write(f",\n{json.dumps(name)}: [")
                file.seek(0)
                while chunk := file.read(1 << 20):
                    out.write(chunk)
                out.write("\n]")
            out.write("\n}\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files.values():
            file.close()
        self._folder.cleanup()
