"""Counters of what subjects have asked for, under keyed hashes; all workers add to the same."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import case, delete
from sqlalchemy.dialects import postgresql, sqlite

from domain.model.budgets import Charge
from store.engine import Database
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
        async with self._database.writing() as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            totals = []
            # In one order everywhere, so that two processes cannot wait for each other.
            for charge in sorted(charges):
                given = dialect.insert(BUDGET_COUNT).values(
                    key_hmac=self._hash(charge.key), used=charge.amount, until=charge.until
                )
                column, new = BUDGET_COUNT.c, given.excluded
                is_over = column.until <= now
                statement = given.on_conflict_do_update(
                    index_elements=[column.key_hmac],
                    set_={
                        "used": case((is_over, new.used), else_=column.used + new.used),
                        "until": case((is_over, new.until), else_=column.until),
                    },
                ).returning(column.used)
                totals.append((charge, (await connection.execute(statement)).scalar_one()))
        by_charge = dict(totals)
        return [by_charge[charge] for charge in charges]

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
