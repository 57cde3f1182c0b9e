"""Counters of what subjects have asked for, under keyed hashes; all workers add to the same."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, case, delete
from sqlalchemy.dialects import postgresql, sqlite

from domain.model.budgets import Charge
from store.engine import Database, Parameters
from store.sealing import Seals
from store.tables import BUDGET_COUNT

_CONTEXT: Final = "budget-count"


class BudgetCounts:
    """The table of counters."""

    def __init__(self, database: Database, seals: Seals) -> None:
        self._database = database
        self._seals = seals

    async def add(self, charges: Sequence[Charge], now: datetime) -> list[int]:
        """Adds each amount and gives each new total; a counter past its time begins anew."""
        if self._database.is_leased and len(charges) == 1:
            # Counted twice where a connection breaks off at the wrong moment: never too little.
            given = self._given(charges[0], now)
            [row] = await self._database.add_given(_CONTEXT, _added("postgresql"), given)
            return [row["used"]]
        async with self._database.writing() as connection:
            statement, totals = _added(connection.dialect.name), {}
            # In one order everywhere, so that two processes cannot wait for each other.
            for charge in sorted(charges):
                result = await connection.execute(statement, self._given(charge, now))
                totals[charge] = result.scalar_one()
        return [totals[charge] for charge in charges]

    def _given(self, charge: Charge, now: datetime) -> Parameters:
        key = self._hash(charge.key)
        return {"key": key, "amount": charge.amount, "end": charge.until, "now": now}

    async def forget(self, key: str) -> None:
        """Begins a counter anew."""
        async with self._database.writing() as connection:
            row = BUDGET_COUNT.c.key_hmac == self._hash(key)
            await connection.execute(delete(BUDGET_COUNT).where(row))

    async def forget_old(self, now: datetime) -> None:
        """Takes away counters whose time has passed."""
        async with self._database.writing() as connection:
            await connection.execute(delete(BUDGET_COUNT).where(BUDGET_COUNT.c.until < now))

    def _hash(self, key: str) -> str:
        return self._seals.blind_index(key, _CONTEXT)


@cache
def _added(dialect: str) -> Insert:
    """What adds to one counter; made once, for to make it costs more than to run it."""
    column = BUDGET_COUNT.c
    given = (postgresql if dialect == "postgresql" else sqlite).insert(BUDGET_COUNT)
    given = given.values(
        key_hmac=bindparam("key", type_=column.key_hmac.type),
        used=bindparam("amount", type_=column.used.type),
        until=bindparam("end", type_=column.until.type),
    )
    new, is_over = given.excluded, column.until <= bindparam("now", type_=column.until.type)
    totals = {
        "used": case((is_over, new.used), else_=column.used + new.used),
        "until": case((is_over, new.until), else_=column.until),
    }
    kept = given.on_conflict_do_update(index_elements=[column.key_hmac], set_=totals)
    statement: Insert = kept.returning(column.used)
    return statement
