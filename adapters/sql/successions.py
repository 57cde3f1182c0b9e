"""The statement over successions of units: all of them, in a fixed order."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from adapters.lanes.port import Row
from adapters.mapping.convert import Convert, code_reader, date_reader, guarded, key_text
from adapters.mapping.model import ColumnRule, OperationalRule
from adapters.sql.cells import Columns, Faults
from adapters.sql.pieces import MAIN_ALIAS, Pieces, Statement, table
from adapters.sql.unit_plans import Reader
from domain.model.succession import SuccessionRow

KINDS: Final = "unit_change_kind"


@dataclass(frozen=True, slots=True)
class SuccessionPlan:
    """A statement and the readers of predecessor, successor, kind and day."""

    statement: Statement
    readers: tuple[Reader | None, ...]

    def row(self, row: Row, faults: Faults) -> SuccessionRow | None:
        """One event; None where a code is missing."""
        old, new, kind, on = (each.of(row, faults) if each else None for each in self.readers)
        if old is None or new is None:
            return None
        return SuccessionRow(
            predecessor=str(old).strip(),
            successor=str(new).strip(),
            kind=None if kind is None else str(kind),
            on=on if isinstance(on, date) else None,
        )


def succession_plan(rule: OperationalRule, pieces: Pieces) -> SuccessionPlan:
    """The plan of the mapping's `[succession]`."""
    columns = Columns()
    kind, on = rule.columns.get("kind"), rule.columns.get("on")

    def reader(column: ColumnRule | None, convert: Convert) -> Reader | None:
        if column is None:
            return None
        element = pieces.value(column, MAIN_ALIAS)
        if element is None:
            fixed: Any = convert(column.const)  # a constant was judged when the mapping was read
            return Reader(None, convert, fixed)
        return Reader(columns.add(element), convert)

    readers = (
        reader(rule.columns["predecessor"], key_text),
        reader(rule.columns["successor"], key_text),
        reader(kind, guarded(code_reader(kind.codes if kind else None, KINDS))),
        reader(on, guarded(date_reader(on.date if on else None))),
    )
    select = sa.select(*columns.labelled()).select_from(table(rule.table, MAIN_ALIAS))
    statement = pieces.runnable(select.where(*pieces.live(rule.where, MAIN_ALIAS)))
    return SuccessionPlan(statement, readers)
