"""What is wrong with a text that is no TOML: the line, and what to do there."""

import re
import tomllib
from pathlib import Path as FilePath
from typing import Final

from domain.model.errors import Finding

_REMEDIES: Final = (
    ("twice|overwrite|Duplicate|immutable", "a key may stand only once in its table"),
    ("Unclosed|end of a table", "close the bracket"),
    (r"Illegal character '\\[nr]|Unterminated|Expected [\"']'", "close the quotes on their line"),
    ("Unescaped|Escaped", r"write \\ for a backslash, or put the text in '…'"),
    ("Invalid value|Invalid date", "put a text in quotes"),
    ("statement|key", 'write KEY = VALUE, one a line; put a key in quotes: "编制" = "1"'),
)


def syntax_finding(path: FilePath, text: str, error: tomllib.TOMLDecodeError) -> Finding:
    """The one mistake tomllib stops at, with a remedy that fits it."""
    message, _, place = str(error).partition(" (at ")
    found = re.match(r"line (\d+)", place)
    line = int(found[1]) if found else max(1, len(text.splitlines()))
    remedies = (remedy for words, remedy in _REMEDIES if re.search(words, message))
    return Finding(str(path), line, message, next(remedies, "correct the TOML"))
