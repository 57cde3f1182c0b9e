"""Reads one mapping file into checked records; every mistake is reported at once, with line and remedy."""

import tomllib
from pathlib import Path as FilePath

from pydantic import ValidationError

from adapters.mapping.columns import ColumnReader
from adapters.mapping.entities import EntityReader
from adapters.mapping.file import EntityPart, MappingFile, OperationalPart
from adapters.mapping.findings import Findings
from adapters.mapping.lines import line_index
from adapters.mapping.model import EntityRule, OperationalRule, SourceMapping
from adapters.mapping.operational import read_operational
from domain.model.errors import Finding, MappingError
from domain.model.keys import EntityKind


def read_mapping(path: FilePath, dialect: str) -> SourceMapping:
    """The mapping in `path` for a database of `dialect`. Raises MappingError with all mistakes."""
    text = _text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError([_syntax_finding(path, error)]) from error
    findings = Findings(str(path), line_index(text))
    mapping = _checked(data, findings, dialect)
    if findings.found or mapping is None:
        raise MappingError(findings.found)
    return mapping


def _text(path: FilePath) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        wrong = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "cannot be read"
        raise MappingError(
            [Finding(str(path), 1, f"the file {wrong}", "correct the path or the file")]
        ) from error


def _syntax_finding(path: FilePath, error: tomllib.TOMLDecodeError) -> Finding:
    message, _, place = str(error).partition(" (at line ")
    line = int(place.split(",")[0]) if place[:1].isdigit() else 1
    return Finding(
        str(path), line, message, "correct the TOML; a key may stand only once in its table"
    )


def _checked(data: dict[str, object], findings: Findings, dialect: str) -> SourceMapping | None:
    file = _shaped(data, findings)
    if file is None:
        return None
    columns = ColumnReader(findings, file.codes, dialect)
    entities = _entities(file, columns)
    if not entities:
        findings.add(
            (), "neither [person] nor [unit] is mapped", "add one; docs/mapping.md shows how"
        )
    return SourceMapping(findings.file, entities, _operational(file, columns))


def _shaped(data: dict[str, object], findings: Findings) -> MappingFile | None:
    """The file's parts; wrong words are noted and cut out, so that the rest is judged in the same run."""
    try:
        return MappingFile.model_validate(data)
    except ValidationError as error:
        findings.add_validation(error)
        for entry in error.errors(include_url=False, include_input=False):
            _cut(data, [str(part) for part in entry["loc"]])
    try:
        return MappingFile.model_validate(data)
    except ValidationError:
        return None


def _cut(data: object, path: list[str]) -> None:
    *parents, last = path
    for part in parents:
        data = data.get(part) if isinstance(data, dict) else None
    if isinstance(data, dict):
        data.pop(last, None)


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
    }
    return {name: read_operational(columns, name, part) for name, part in parts.items() if part}
