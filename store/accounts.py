"""Accounts of the built-in login; the second factor's secret is sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.model.accounts import Account
from domain.model.departments import Department
from domain.model.errors import BadInputError
from domain.model.keys import DivisionCode, UnitCode
from domain.model.roles import Rights, Role
from store.engine import Database
from store.sealing import Seals
from store.tables import ACCOUNT

TOTP_CONTEXT: Final = "totp"
_NO_CODE: Final = 0


class Accounts:
    """The table of accounts."""

    def __init__(self, database: Database, seals: Seals) -> None:
        self._database = database
        self._seals = seals

    async def add(self, account: Account, by: str, now: datetime) -> None:
        """Keep a new account. Raises BadInputError when its login is taken."""
        row = {
            "sub": account.sub,
            "login": account.login,
            "name": account.name,
            **_rights_row(account.rights),
            "password_hash": account.password_hash,
            "totp_sealed": self._sealed(account.totp_secret),
            "totp_counter": _NO_CODE,
            "is_disabled": account.is_disabled,
            "created_at": now,
            "changed_by": by,
            "used_at": account.used_at,
        }
        async with self._database.writing() as connection:
            try:
                await connection.execute(insert(ACCOUNT), row)
            except IntegrityError as error:
                raise BadInputError(f"there is an account {account.login} already") from error

    async def find(self, login: str) -> Account | None:
        """The account of a login name."""
        query = select(ACCOUNT).where(ACCOUNT.c.login == login)
        rows = await self._database.read(query, {})
        return read_account(self._seals, rows[0]) if rows else None

    async def list_all(self) -> Sequence[Account]:
        """Every account, by login name."""
        rows = await self._database.read(select(ACCOUNT).order_by(ACCOUNT.c.login), {})
        return [read_account(self._seals, row) for row in rows]

    async def set_rights(self, sub: str, rights: Rights, by: str) -> None:
        """Give an account other roles and another scope."""
        await self._set(sub, **_rights_row(rights), changed_by=by)

    async def set_password(self, sub: str, password_hash: str, by: str) -> None:
        """Replace the password's hash."""
        await self._set(sub, password_hash=password_hash, changed_by=by)

    async def set_totp(self, sub: str, secret: str | None, by: str) -> None:
        """Replace or take away the second factor; codes of an earlier secret count no more."""
        sealed = self._sealed(secret)
        await self._set(sub, totp_sealed=sealed, totp_counter=_NO_CODE, changed_by=by)

    async def close(self, sub: str, by: str) -> None:
        """Nobody signs in to it any more."""
        await self._set(sub, is_disabled=True, changed_by=by)

    async def reopen(self, sub: str, now: datetime, by: str) -> None:
        """It is usable again, as if used now."""
        await self._set(sub, is_disabled=False, used_at=now, changed_by=by)

    async def note_use(self, sub: str, now: datetime) -> None:
        """Remember a sign-in."""
        await self._set(sub, used_at=now)

    async def spend_totp(self, sub: str, counter: int) -> bool:
        """Take a one-time code; False when it or a later one was taken before."""
        query = (
            update(ACCOUNT)
            .where(ACCOUNT.c.sub == sub, ACCOUNT.c.totp_counter < counter)
            .values(totp_counter=counter)
        )
        async with self._database.writing() as connection:
            return (await connection.execute(query)).rowcount == 1

    def _sealed(self, secret: str | None) -> str | None:
        return None if secret is None else self._seals.seal(secret, TOTP_CONTEXT)

    async def _set(self, sub: str, **values: Any) -> None:  # noqa: ANN401 - values of columns
        async with self._database.writing() as connection:
            await connection.execute(update(ACCOUNT).where(ACCOUNT.c.sub == sub).values(values))


def _rights_row(rights: Rights) -> dict[str, str | None]:
    return {
        "roles": " ".join(sorted(rights.roles)),
        "department": rights.department.value if rights.department else None,
        "divisions": " ".join(rights.divisions),
        "units": " ".join(rights.units),
    }


def read_account(seals: Seals, row: RowMapping) -> Account:
    """One row as a record; a second factor sealed under a lost secret reads as one nobody has."""
    sealed = row["totp_sealed"]
    return Account(
        sub=row["sub"],
        login=row["login"],
        name=row["name"],
        rights=_rights(row),
        password_hash=row["password_hash"],
        totp_secret=None if sealed is None else seals.unseal(sealed, TOTP_CONTEXT) or "",
        is_disabled=row["is_disabled"],
        used_at=row["used_at"],
    )


def _rights(row: RowMapping) -> Rights:
    return Rights(
        roles=frozenset(Role(each) for each in row["roles"].split()),
        department=Department(row["department"]) if row["department"] else None,
        divisions=tuple(DivisionCode(each) for each in row["divisions"].split()),
        units=tuple(UnitCode(each) for each in row["units"].split()),
    )
