"""Prepared reads: the own rows of persons or units by key, as the driver gives them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from adapters.assembly import row_key, row_keys
from adapters.lanes.port import Parameters, Row
from adapters.mapping.convert import FAULT, Convert, Fault, key_text
from adapters.opened import Opened
from adapters.session import Session
from adapters.sql.binds import bucket, keys_binds, padded
from adapters.sql.cells import Cells
from adapters.sql.pieces import BETWEEN_KEYS, Statement, key_values
from adapters.sql.plans import EntityPlan, EntityPlans, PairPlan
from adapters.stored import Cell
from domain.model.errors import SourceInvalidError
from domain.model.keys import EntityKind, IndicatorName, LocalKey
from domain.model.records import Facet, UnknownCode, Value
from domain.model.tally import Tally

Rows = Mapping[str, Row]
_NO_ROWS: Final[Rows] = {}
MOST_REFUSALS: Final = 3
"""After so many looks at the schema a statement is taken for one that the server never takes."""


class PreparedRows:
    """Reads some single indicators of one entity; made for one look at the schema."""

    def __init__(
        self, session: Session, opened: Opened, kind: EntityKind, wanted: frozenset[IndicatorName]
    ) -> None:
        self._session = session
        self._opened = opened
        self._plans: EntityPlans = opened.entities[kind]
        self._wanted = wanted
        self._binders = self._plans.binders
        self._has_arrays = session.lane.has_array_binds and len(self._plans.entity.key) == 1
        plan: EntityPlan = self._plans.by_key(wanted, 1)
        self._width = plan.width
        self._lone = plan.statement
        self.bind = self._binders[0].one
        self._is_plain = self._width == 1 and plan.statement.takes_only(1)
        self._joined: EntityPlan | None = None
        if self._has_arrays:
            self._joined = self._plans.by_joined_keys(wanted)
        self._sized: dict[int | None, tuple[Statement, bool]] = {}
        self.cells = told_cells(session, plan.cells)
        self.look = opened.look

    async def fetch(self, keys: Sequence[str], tally: Tally) -> Rows:
        """The row of each key that the source has; the first of several. Raises SourceError."""
        if len(keys) != 1:
            return await self._fetch_many(keys, tally)
        row = await self.fetch_one(keys[0], tally)
        return _NO_ROWS if row is None else {keys[0]: row}

    async def fetch_one(self, key: str, tally: Tally) -> Row | None:
        """The row of a key; None where the source has none. Raises SourceError."""
        if self._is_plain:
            found = self.bind(key)
            if len(found) == 1:
                rows = await self._session.ask(self._lone.sql, found, tally)
                # Some collations equate keys that differ: it is the row's own that counts.
                if len(rows) == 1:
                    return rows[0] if key_text(rows[0][0]) == key else None
                return self._by_key(rows).get(key)
        return (await self._fetch_many((key,), tally)).get(key)

    def pair(self, by: IndicatorName, names: frozenset[IndicatorName]) -> "PairedRows | None":
        """The same read with the unit beside it that the code of `by` names."""
        units = self._opened.entities.get(EntityKind.UNIT)
        if units is None or self._width > 1 or not names <= units.entity.columns.keys():
            return None
        if self._opened.losses.hit(EntityKind.UNIT, names):
            return None
        plan: PairPlan | None = self._plans.pair(self._wanted, by, (units, names))
        if plan is None or plan.statement.days:
            return None
        return PairedRows(self, self._session, plan)

    def facet(self, key: str, row: Row) -> Facet:
        """The same row as a reading by order tells it."""
        options = self._session.options
        values = {name: cell.of(row) for name, cell in self.cells.items()}
        place = LocalKey(options.department, options.name, key)
        return Facet(place, values, {}, self._session.now())

    async def _fetch_many(self, keys: Sequence[str], tally: Tally) -> Rows:
        binds = self._binds(keys)
        if not binds:
            return _NO_ROWS
        size = self._session.options.max_keys
        if len(binds) <= size:
            return self._by_key(await self._session.ask(*self._asked(binds), tally))
        several: dict[str, Row] = {}
        for start in range(0, len(binds), size):
            part = binds[start : start + size]
            several |= self._by_key(await self._session.ask(*self._asked(part), tally))
        return several

    def _binds(self, keys: Sequence[str]) -> Sequence[object]:
        """What to ask for: values, or tuples of them where several columns are the key."""
        if self._width == 1:
            return self._binders[0].all_of(keys)
        return keys_binds(keys, self._binders)

    def _asked(self, binds: Sequence[Any]) -> tuple[str, Parameters]:  # Any: as `_binds` gives
        is_array = self._has_arrays and len(binds) > 1
        if is_array and self._joined is not None:
            keys = BETWEEN_KEYS.join(binds)
            if keys.count(BETWEEN_KEYS) == len(binds) - 1:
                statement = self._joined.statement
                return statement.sql, self._parameters(statement, {"keys": keys})
        size = None if is_array else bucket(len(binds))
        found = self._sized.get(size)
        if found is None:
            plan: EntityPlan = self._plans.by_key(self._wanted, size)
            found = self._sized[size] = plan.statement, plan.statement.takes_only(size)
        statement, takes_keys_only = found
        if is_array:
            return statement.sql, self._parameters(statement, {"keys": list(binds)})
        filled = padded(binds)
        if takes_keys_only:
            return statement.sql, filled
        tuples = [(value,) for value in filled] if self._width == 1 else filled
        values = key_values(tuples, as_array=False)
        return statement.sql, self._parameters(statement, values)

    def _parameters(self, statement: Statement, values: dict[str, object]) -> Parameters:
        if statement.days:
            return self._session.parameters(statement, values)
        return statement.parameters(values)

    def _by_key(self, rows: Sequence[Row]) -> Rows:
        if len(rows) == 1:
            key = row_key(rows[0], self._width)
            return _NO_ROWS if key is None else {key: rows[0]}
        keys = row_keys(rows, self._width)
        found = dict(zip(keys, rows, strict=True))
        if len(found) < len(rows) or None in found:
            found = dict(zip(reversed(keys), reversed(rows), strict=True))
            found.pop(None, None)
            self._session.note_fault("two_rows_for_one_key", len(rows) - len(found))
        return found  # type: ignore[return-value] # no key is None


class PairedRows:
    """Reads rows with that of the unit beside it; where it cannot, the row alone.

    What the server refuses is sent once a look at the schema, which may have been wrong, until it
    was refused MOST_REFUSALS times in a row.
    """

    def __init__(self, rows: PreparedRows, session: Session, plan: PairPlan) -> None:
        self._rows = rows
        self._session = session
        self._statement = plan.statement
        self._width = plan.width
        self._is_plain = plan.statement.takes_only(1)
        self._bind = rows.bind
        self._is_refused = session.refusals[plan.statement.sql] >= MOST_REFUSALS
        self.cells = rows.cells
        self.fetch = rows.fetch
        self.facet = rows.facet
        self.look = rows.look

    async def fetch_one(self, key: str, tally: Tally) -> Row | None:
        """The row of a key, longer by the unit's where that is there too. Raises SourceError."""
        found = self._bind(key)
        if len(found) != 1 or self._is_refused:
            return await self._rows.fetch_one(key, tally)
        asked = found if self._is_plain else self._statement.parameters({"k0_0": found[0]})
        try:
            rows = await self._session.ask(self._statement.sql, asked, tally)
        except SourceInvalidError:
            self._refused()
            return await self._rows.fetch_one(key, tally)
        if self._session.refusals:
            self._session.refusals.pop(self._statement.sql, None)
        if not rows:
            return None
        if len(rows) == 1 and key_text(rows[0][0]) == key:
            return rows[0]
        return await self._rows.fetch_one(key, tally)

    def _refused(self) -> None:
        """The server does not take the statement, which is told once."""
        if not self._is_refused:
            self._is_refused = True
            self._session.refusals[self._statement.sql] += 1
            self._session.note_fault("unit_not_joined", 1)

    def unit_in(self, row: Row) -> tuple[str, Row] | None:
        """The key and the row of the unit; None where none was found beside this one."""
        own = row[self._width :]
        key = row_key(own, 1) if own else None
        return None if key is None else (key, own)

    def pair(self, _by: IndicatorName, _names: frozenset[IndicatorName]) -> None:
        """One unit is enough."""


def told_cells(session: Session, cells: Cells) -> Mapping[IndicatorName, Cell]:
    """The cells as a plan uses them; what cannot be read is None, and counted."""
    constants = {name: Cell(None, _nothing, value) for name, value in cells.constants.items()}
    read = {
        name: Cell(position, _reader(session, convert), form=form, is_told=_is_told(convert))
        for name, position, convert, form in cells.read
    }
    return constants | read


def _reader(session: Session, convert: Convert) -> Callable[[object], Value]:
    note_fault = session.note_fault

    def read(stored: object) -> Value:
        if stored is None:
            return None
        found = convert(stored)
        if found is FAULT:
            note_fault("bad_value", 1)
            return None
        return found  # type: ignore[return-value] # FAULT is the only Fault

    return read


def _is_told(convert: Convert) -> Callable[[object], bool]:
    """What no code set knows may be anything that somebody wrote there: it is nobody's to keep."""
    return lambda stored: not isinstance(convert(stored), Fault | UnknownCode)


def _nothing(_: object) -> Value:
    return None


def prepare_rows(
    session: Session, kind: EntityKind, wanted: frozenset[IndicatorName]
) -> PreparedRows | None:
    """The prepared read; None before the schema was seen, and where a part of it is lost.

    None too for indicators that child tables hold, whose rows an order puts together.
    """
    opened = session.seen
    plans = opened.entities.get(kind) if opened else None
    if opened is None or plans is None or not wanted <= plans.entity.columns.keys():
        return None
    if opened.losses.hit(kind, wanted):
        return None
    return PreparedRows(session, opened, kind, wanted)
