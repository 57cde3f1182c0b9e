"""Reads one mapping file into checked records; all mistakes at once, with line and remedy."""

import hashlib
import tomllib
from codecs import BOM_UTF8
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any, Final

from pydantic import ValidationError

from adapters.mapping.columns import ColumnReader
from adapters.mapping.entities import EntityReader
from adapters.mapping.file import EntityPart, MappingFile, OperationalPart
from adapters.mapping.findings import Findings
from adapters.mapping.lines import line_index
from adapters.mapping.model import EntityRule, OperationalRule, SourceMapping
from adapters.mapping.operational import read_operational
from adapters.mapping.syntax import syntax_finding
from domain.model.errors import Finding, MappingError
from domain.model.keys import EntityKind

MAX_BYTES: Final = 1_000_000
FORMAT: Final = 1
_CORRECT: Final = "correct the path or the file"
_STAND_INS: Final[dict[str, object]] = {
    "format": 1,
    "table": "?",
    "key": ["?"],
    "on": {"?": "?"},
    "indicators": {},
    "columns": {},
}


def read_mapping(path: FilePath, dialect: str) -> SourceMapping:
    """The mapping in `path` for a database of `dialect`. Raises MappingError with all mistakes."""
    text, data = _parsed(path)
    findings = Findings(str(path), line_index(text))
    _judge_format(data, findings)
    mapping = _checked(data, findings, dialect)
    if findings.found or mapping is None:
        raise MappingError(findings.found)
    return replace(mapping, digest=hashlib.sha256(text.encode()).hexdigest())


def text_to_edit(path: FilePath) -> str:
    """The text of a file of our format, mistakes or not. Raises MappingError where it is none."""
    text, data = _parsed(path)
    findings = Findings(str(path), line_index(text))
    _judge_format(data, findings)
    if findings.found:
        raise MappingError(findings.found)
    return text


def _parsed(path: FilePath) -> tuple[str, dict[str, Any]]:
    text = _text(path)
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError([syntax_finding(path, text, error)]) from error
    except RecursionError as error:
        raise MappingError(
            [Finding(str(path), 1, "lists are nested too deep", _CORRECT)]
        ) from error


def _judge_format(data: dict[str, Any], findings: Findings) -> None:
    """A file of another format says so first; the rest is judged as if it were of ours."""
    found = data.get("format")
    if not isinstance(found, int) or isinstance(found, bool) or found == FORMAT:
        return
    if found > FORMAT:
        message = f"format: {found} is newer than {FORMAT}, the format of this version"
        findings.add(("format",), message, "upgrade the platform, or write the file in this format")
    else:
        message = f"format: {found} is older than {FORMAT}, the format of this version"
        remedy = f"bring the file up to docs/mapping.md, then write format = {FORMAT}"
        findings.add(("format",), message, remedy)
    data["format"] = FORMAT


def _text(path: FilePath) -> str:
    remedy = _CORRECT
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if content.startswith(BOM_UTF8):
            wrong, remedy = "begins with a byte order mark", "save it as UTF-8 without BOM"
        elif len(content) <= MAX_BYTES:
            return content.decode()
        else:
            wrong = f"is longer than {MAX_BYTES} bytes"
    except UnicodeDecodeError:
        wrong = "is not UTF-8"
    except OSError:
        wrong = "cannot be read"
    raise MappingError([Finding(str(path), 1, f"the file {wrong}", remedy)])


def _checked(data: dict[str, Any], findings: Findings, dialect: str) -> SourceMapping | None:
    file = _shaped(data, findings)
    if file is None:
        return None
    columns = ColumnReader(findings, file.codes, dialect)
    entities = _entities(file, columns)
    if not entities and not {"person", "unit"} & data.keys():
        findings.add(
            (), "neither [person] nor [unit] is mapped", "add one; docs/mapping.md shows how"
        )
    return SourceMapping(findings.file, entities, _operational(file, columns))


def _shaped(data: dict[str, Any], findings: Findings) -> MappingFile | None:
    """The file's parts; wrong words are noted and mended, so that the rest is judged too."""
    try:
        return MappingFile.model_validate(data)
    except ValidationError as error:
        findings.add_validation(error)
        for entry in error.errors(include_url=False, include_input=False):
            _mend(data, [str(part) for part in entry["loc"]], is_missing=entry["type"] == "missing")
    try:
        return MappingFile.model_validate(data)
    except ValidationError:
        return None


def _mend(data: dict[str, Any], path: list[str], *, is_missing: bool) -> None:
    """Puts something in for a missing word; cuts a wrong one out, as deep as the path leads."""
    table, word = data, path[0]
    for part in path[1:]:
        inner = table.get(word)
        if not isinstance(inner, dict) or (part not in inner and not is_missing):
            break
        table, word = inner, part
    if word in _STAND_INS:
        table[word] = _STAND_INS[word]
    else:
        table.pop(word, None)


def _entities(file: MappingFile, columns: ColumnReader) -> dict[EntityKind, EntityRule]:
    parts: dict[EntityKind, EntityPart | None] = {
        EntityKind.PERSON: file.person,
        EntityKind.UNIT: file.unit,
    }
    return {kind: EntityReader(columns, kind, part).rule() for kind, part in parts.items() if part}


def _operational(file: MappingFile, columns: ColumnReader) -> dict[str, OperationalRule]:
    parts: dict[str, OperationalPart | None] = {
        "pool": file.pool,
        "plan": file.plan,
        "leader_line": file.leader_line,
        "occupation": file.occupation,
        "succession": file.succession,
    }
    return {name: read_operational(columns, name, part) for name, part in parts.items() if part}
