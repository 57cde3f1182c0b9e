"""Who gives the fields of a page where the Establishment Office, which drives it, has everybody."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from benchmarks.floor.cells import Convert
from benchmarks.floor.columns import Cell, Field, Shape
from benchmarks.floor.pools import Row
from domain.model.departments import Department

OFFICE: Final = Department.ESTABLISHMENT.value


class Holders:
    """The columns of each department, first choice first, up to the one that answers always."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._cells = [_up_to_the_office(field.cells) for field in fields]
        self._shape = Shape([field.path for field in fields])
        names: dict[str, dict[str, None]] = {}
        for cell in (cell for cells in self._cells for cell in cells):
            names.setdefault(cell.department, {})[cell.name] = None
        self._names = {department: list(own) for department, own in names.items()}

    def columns(self, department: str) -> str:
        """What to select behind the key."""
        return ", ".join(_quoted(name) for name in self._names[department])

    def place(self, cell: Cell) -> int:
        """Where a column stands in its department's rows, behind the key."""
        return 1 + self._names[cell.department].index(cell.name)

    def firsts(self) -> list[tuple[int, Convert]]:
        """Place and conversion of each field's first choice."""
        return [(self.place(cells[0]), cells[0].convert) for cells in self._cells]

    def shown(self, rows: Mapping[str, Row | None]) -> dict[str, object]:
        """Each field from its first holder that has the person."""
        held = {department: row for department, row in rows.items() if row is not None}
        return self._shape([self._value(cells, held) for cells in self._cells])

    def _value(self, cells: Sequence[Cell], held: Mapping[str, Row]) -> object:
        for cell in cells:
            if cell.department in held:
                return cell.convert(held[cell.department][self.place(cell)])
        return None


UsualShape = Callable[[str, Row, Row, Row], dict[str, object]]


def _up_to_the_office(cells: Sequence[Cell]) -> list[Cell]:
    kept = []
    for cell in cells:
        kept.append(cell)
        if cell.department == OFFICE:
            break
    return kept


def _quoted(name: str) -> str:
    """A column as PostgreSQL and MariaDB read it alike; only the Office's have capitals inside."""
    alias, _, column = name.rpartition(".")
    return f'{alias}."{column}"' if alias == "p" and column != column.upper() else name
