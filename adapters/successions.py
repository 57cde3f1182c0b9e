"""Reads what became of units from the register of one source."""

from datetime import date

from adapters.mapping.model import SourceMapping
from adapters.session import Session
from adapters.sql.cells import Faults
from domain.model.succession import SuccessionRow
from domain.model.tally import Tally


class SuccessionReads:
    """The successions of one source. Raises LaneError."""

    def __init__(self, session: Session, mapping: SourceMapping) -> None:
        self._session = session
        self._is_kept = "succession" in mapping.operational

    async def read(self, tally: Tally) -> list[SuccessionRow] | None:
        """Every event once, by day, predecessor and successor; None where none are kept."""
        if not self._is_kept:
            return None
        plan = (await self._session.opened()).operational.successions()
        faults = Faults()
        rows = await self._session.run(plan.statement, {}, tally)
        found = {event for row in rows if (event := plan.row(row, faults)) is not None}
        self._session.note_fault("bad_value", faults.bad_values)
        return sorted(found, key=_order)


def _order(event: SuccessionRow) -> tuple[date, str, str, str]:
    return event.on or date.min, event.predecessor, event.successor, event.kind or ""
