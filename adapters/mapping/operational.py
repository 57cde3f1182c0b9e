"""Pools, plans, leader lines and occupations of a mapping file."""

from typing import Final

from adapters.mapping.columns import ColumnReader
from adapters.mapping.file import OperationalPart
from adapters.mapping.model import OperationalRule
from adapters.mapping.tables import table_name

# name -> column -> code set of its values; "" where it has none
COLUMNS: Final[dict[str, dict[str, str]]] = {
    "pool": {"unit": "", "type": "establishment_type", "approved": "", "locked": ""},
    "plan": {
        "no": "",
        "unit": "",
        "type": "establishment_type",
        "approved": "",
        "used": "",
        "returned": "",
        "modes": "entry_mode",
        "valid_until": "",
    },
    "leader_line": {
        "unit": "",
        "rank": "leadership_rank",
        "position": "leader_position",
        "approved": "",
        "filled": "",
    },
    "occupation": {"person": "", "unit": "", "type": "establishment_type", "from": "", "to": ""},
}
REQUIRED: Final = frozenset({"unit", "type", "rank", "position", "person"})


def read_operational(columns: ColumnReader, name: str, part: OperationalPart) -> OperationalRule:
    """One operational entity; a column the department does not keep may be left out, the keys may not."""
    known = COLUMNS[name]
    findings = columns.findings
    for word in sorted(set(part.columns) - set(known)):
        findings.add(
            (name, "columns", word), f"{name} has no column {word!r}", f"use: {', '.join(known)}"
        )
    for word in sorted((REQUIRED & set(known)) - set(part.columns)):
        findings.add((name, "columns"), f"{name}: {word!r} is missing", "map it")
    return OperationalRule(
        line=findings.line((name,)),
        name=name,
        table=table_name(part.table),
        where=columns.expression(part.where, (name, "where")),
        columns={
            word: columns.rule(value, (name, "columns", word), frozenset(), known[word] or None)
            for word, value in part.columns.items()
            if word in known
        },
    )
