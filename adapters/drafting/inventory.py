"""The list of columns at the end of a draft: what was seen, so that the next draft sees changes."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from adapters.drafting.live import LiveColumn, LiveTable

VANISHED: Final = "[vanished]"
HEADING: Final = "# Every column seen: `fourfold draft` compares the live schema with this list."
_ENTRY: Final = re.compile(r'#:\s*("(?:[^"\\]|\\.)*")\.("(?:[^"\\]|\\.)*")')
_NO_COMMENT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_LONGEST: Final = 120


class Seen(NamedTuple):
    """One column by the names of its table, schema first where there is one, and its own."""

    table: str
    column: str


def entry(table: LiveTable, column: LiveColumn) -> str:
    """The line of one column."""
    null = "" if column.is_nullable else " NOT NULL"
    names = f"{quoted(str(table.name))}.{quoted(column.name)}"
    return one_line(f"#: {names} {column.text}{null} {column.comment}")


def table_entry(table: LiveTable) -> Iterator[str]:
    """The lines of one table: its comment, its foreign keys, its columns."""
    yield one_line(f"# {quoted(str(table.name))} {table.comment}")
    for reference in table.references:
        columns, others = (", ".join(names) for names in (reference.columns, reference.others))
        yield one_line(f"#   foreign key ({columns}) -> {quoted(str(reference.table))} ({others})")
    for column in table.columns:
        yield entry(table, column)


def seen_in(comment: str) -> Seen | None:
    """The column a comment stands for; None for any other comment."""
    found = _ENTRY.match(comment.strip())
    if found is None:
        return None
    try:
        return Seen(json.loads(found[1]), json.loads(found[2]))
    except ValueError:
        return None


def every(tables: Iterable[LiveTable]) -> dict[Seen, tuple[LiveTable, LiveColumn]]:
    """All live columns."""
    return {
        Seen(str(table.name), column.name): (table, column)
        for table in tables
        for column in table.columns
    }


def quoted(name: str) -> str:
    """A name in quotes, on one line whatever it holds, and read back as it was."""
    text = json.dumps(name, ensure_ascii=False)
    return _NO_COMMENT.sub(lambda found: json.dumps(found[0])[1:-1], text)


def one_line(text: str) -> str:
    """A comment as TOML takes it: one line, no control characters, not endless."""
    flat = _NO_COMMENT.sub(" ", text).strip()
    return flat if len(flat) <= _LONGEST * 2 else flat[: _LONGEST * 2] + "…"


def remark(column: LiveColumn) -> str:
    """Type and comment of a column, for the end of its line."""
    text = one_line(f"{column.text} {column.comment}")
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
