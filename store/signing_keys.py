"""The provider's signing keys, sealed under the data key."""

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import RowMapping, delete, insert, select, text

from domain.model.accounts import KeyState, SigningKey
from store.engine import Database
from store.sealing import Seals
from store.tables import SIGNING_KEY

KEY_CONTEXT: Final = "signing-key"
_ADVISORY_LOCK: Final = 4_004_005
_ORDER: Final = (SIGNING_KEY.c.made_at.desc(), SIGNING_KEY.c.kid)


class SigningKeys:
    """The table of signing keys."""

    def __init__(self, database: Database, seals: Seals) -> None:
        self._database = database
        self._seals = seals

    async def list_all(self) -> Sequence[SigningKey]:
        """Every key that the present data key opens, newest first."""
        rows = await self._database.read(select(SIGNING_KEY).order_by(*_ORDER), {})
        return self._read(rows)

    async def change(
        self, change: Callable[[Sequence[SigningKey]], Sequence[SigningKey] | None]
    ) -> None:
        """Replace all keys by what `change` makes of them, or leave them; one process at a time."""
        async with self._database.writing() as connection:
            if connection.dialect.name == "postgresql":
                lock = text("SELECT pg_advisory_xact_lock(:key)")
                await connection.execute(lock, {"key": _ADVISORY_LOCK})
            rows = (await connection.execute(select(SIGNING_KEY).order_by(*_ORDER))).mappings()
            changed = change(self._read(rows.all()))
            if changed is not None:
                await connection.execute(delete(SIGNING_KEY))
                await connection.execute(insert(SIGNING_KEY), [self._row(key) for key in changed])

    def _read(self, rows: Sequence[RowMapping]) -> list[SigningKey]:
        opened = [(row, self._seals.unseal(row["private_sealed"], KEY_CONTEXT)) for row in rows]
        return [
            SigningKey(
                row["kid"], row["algorithm"], KeyState(row["state"]), private, row["made_at"]
            )
            for row, private in opened
            if private is not None
        ]

    def _row(self, key: SigningKey) -> dict[str, object]:
        return {
            "kid": key.kid,
            "algorithm": key.algorithm,
            "state": key.state.value,
            "private_sealed": self._seals.seal(key.private, KEY_CONTEXT),
            "made_at": key.made_at,
        }
