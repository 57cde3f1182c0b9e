"""What a command reads of a document and its variables, from files."""

import json
from pathlib import Path
from typing import Any

from domain.model.errors import BadInputError


def read_document(path: Path) -> str:
    """The text of a document. Raises BadInputError."""
    text = _read(path)
    if not text.strip():
        raise BadInputError(f"{path} is empty: write a GraphQL query in it")
    return text


def read_variables(path: Path | None) -> dict[str, Any] | None:  # Any: JSON
    """The variables in a file; None without one. Raises BadInputError."""
    if path is None:
        return None
    try:
        found = json.loads(_read(path))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadInputError(f"{path} is no JSON object")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        raise BadInputError(f"{path} cannot be read") from None
    except UnicodeDecodeError:
        raise BadInputError(f"{path} is no UTF-8 text: save it as UTF-8") from None
