"""Several columns put together to one text, as an SQL expression of the source's own dialect."""

from collections.abc import Sequence
from typing import Final

from adapters.mapping.expressions import DIALECTS

_TEXT: Final = {
    "mysql": "CHAR",
    "oracle": "VARCHAR2(4000)",
    "tsql": "NVARCHAR(4000)",
}
_QUOTES: Final = {"mysql": ("`", "`"), "tsql": ("[", "]")}
_LONGEST: Final = 5
_FORBIDDEN: Final = frozenset("'\\\n\r\x00;")


def concat_text(columns: Sequence[str], separator: str, dialect: str) -> str:
    """The columns without the blanks around them, `separator` between those that are not empty.

    NULL where all of them are. Raises ValueError for names and separators that cannot be written.
    """
    read = DIALECTS.get(dialect, dialect)
    if len(separator) > _LONGEST or _FORBIDDEN & set(separator):
        raise ValueError("this separator cannot be used")
    parts = [_part(name, separator, read) for name in columns]
    joined = f"CONCAT({', '.join(parts)})" if read in {"mysql", "tsql"} else " || ".join(parts)
    if separator:
        cut = "SUBSTRING" if read == "tsql" else "SUBSTR"
        # Every part begins with the separator; the first one's goes.
        joined = f"{cut}({joined}, {len(separator) + 1}, 4000)"
    return f"NULLIF({joined}, '')"


def _part(name: str, separator: str, read: str) -> str:
    text = f"TRIM(CAST({_quoted(name, read)} AS {_TEXT.get(read, 'VARCHAR')}))"
    if not separator:
        return f"COALESCE({text}, '')"
    is_there = f"{text} IS NOT NULL" if read == "oracle" else f"{text} <> ''"
    is_function = read in {"mysql", "tsql"}
    filled = f"CONCAT('{separator}', {text})" if is_function else f"'{separator}' || {text}"
    return f"CASE WHEN {is_there} THEN {filled} ELSE '' END"


def _quoted(name: str, read: str) -> str:
    """The column in quotes, so that it may be any word."""
    first, last = _QUOTES.get(read, ('"', '"'))
    if {first, last, "\x00"} & set(name):
        raise ValueError(f"the column {name!r} cannot be written in quotes")
    return f"{first}{name}{last}"
