"""Pools, plans, leader lines, occupations and successions of a mapping file."""

import re
from typing import Final

from adapters.mapping.columns import ColumnReader, Target
from adapters.mapping.convert import Convert, code_reader, date_reader, guarded, int_reader
from adapters.mapping.file import ColumnPart, OperationalPart
from adapters.mapping.findings import Findings
from adapters.mapping.lines import Path
from adapters.mapping.model import ColumnRule, OperationalRule
from adapters.mapping.tables import table_name


def _whole(rule: ColumnRule) -> Convert:
    return guarded(int_reader(rule.divide))


def _day(rule: ColumnRule) -> Convert:
    return guarded(date_reader(rule.date))


def _coded(code_set: str, *words: str) -> Target:
    return Target(
        frozenset({"codes", *words}),
        code_set,
        lambda rule: guarded(code_reader(rule.codes, code_set), split=rule.split),
    )


_PLAIN: Final = Target(frozenset())
_NUMBER: Final = Target(frozenset({"divide"}), reader=_whole)
_DATE: Final = Target(frozenset({"date"}), reader=_day)
_TYPE: Final = _coded("establishment_type")
COLUMNS: Final[dict[str, dict[str, Target]]] = {
    "pool": {"unit": _PLAIN, "type": _TYPE, "approved": _NUMBER, "locked": _NUMBER},
    "plan": {
        "no": _PLAIN,
        "unit": _PLAIN,
        "type": _TYPE,
        "approved": _NUMBER,
        "used": _NUMBER,
        "returned": _NUMBER,
        "modes": _coded("entry_mode", "split"),
        "valid_until": _DATE,
    },
    "leader_line": {
        "unit": _PLAIN,
        "rank": _coded("leadership_rank"),
        "position": _coded("leader_position"),
        "approved": _NUMBER,
        "filled": _NUMBER,
    },
    "occupation": {"person": _PLAIN, "unit": _PLAIN, "type": _TYPE, "from": _DATE, "to": _DATE},
    "succession": {
        "predecessor": _PLAIN,
        "successor": _PLAIN,
        "kind": _coded("unit_change_kind"),
        "on": _DATE,
    },
}
KEYS: Final = frozenset({"unit", "person", "predecessor", "successor"})
REQUIRED: Final = KEYS | {"type", "rank", "position", "approved"}
OPTIONAL: Final = frozenset({("pool", "approved")})
"""A city whose quota is kept nowhere has pools all the same: what they approve is unknown."""
_SORTABLE: Final = re.compile(r"[^%]*%Y[^%]*%m[^%]*%d[^%]*")


def read_operational(columns: ColumnReader, name: str, part: OperationalPart) -> OperationalRule:
    """One operational entity; columns that are not kept may be left out, keys may not."""
    known = COLUMNS[name]
    findings = columns.findings
    for word in sorted(set(part.columns) - set(known)):
        findings.add(
            (name, "columns", word), f"{name} has no column {word!r}", f"use: {', '.join(known)}"
        )
    optional = {word for entity, word in OPTIONAL if entity == name}
    for word in sorted((REQUIRED & set(known)) - optional - set(part.columns)):
        findings.add((name, "columns"), f"{name}: {word!r} is missing", "map it")
    for word, value in part.columns.items():
        _judge(findings, (name, "columns", word), value)
    return OperationalRule(
        line=findings.line((name,)),
        name=name,
        table=table_name(part.table),
        where=columns.expression(part.where, (name, "where")),
        columns={
            word: columns.rule(value, (name, "columns", word), frozenset(), known[word])
            for word, value in part.columns.items()
            if word in known
        },
    )


def _judge(findings: Findings, path: Path, part: ColumnPart) -> None:
    word = path[-1]
    if word in KEYS and part.const is not None:
        findings.add(path, f"{'.'.join(path)}: a key cannot be constant", "name its column")
    if path[0] != "succession":
        refuse_unsortable(findings, path, part)


def refuse_unsortable(findings: Findings, path: Path, part: ColumnPart) -> None:
    """Dates that are compared in the database must sort by time as they are stored."""
    if part.date is not None and not _SORTABLE.fullmatch(part.date):
        message = (
            f"{'.'.join(path)}: dates written {part.date!r} cannot be compared in the database"
        )
        findings.add(path, message, "year, month and day must follow in this order; else use sql")
