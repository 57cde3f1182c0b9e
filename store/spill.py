"""Rows of a whole city waiting to be grouped by number: on disk, sealed, and gone afterwards."""

import hashlib
import json
import secrets
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.model.departments import Department
from domain.model.keys import LocalKey, SourceName

CACHE_KIBIBYTES: Final = 16_384
FETCH: Final = 2_000

_NONCE_BYTES: Final = 12
_BLOCK_BYTES: Final = 16
_TABLES: Final = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = FILE;
    CREATE TABLE waiting (number BLOB, key BLOB NOT NULL, source TEXT NOT NULL, block BLOB,
        payload BLOB NOT NULL, link BLOB);
    CREATE TABLE wanted (key BLOB PRIMARY KEY, sure INTEGER NOT NULL) WITHOUT ROWID;
"""
_GROUPS: Final = """
    SELECT number, number, link, key, payload FROM waiting WHERE number IS NOT NULL
    ORDER BY number, key
"""
# Where link keys lead: to the one number that rows with the key have, to none, or to several.
_BRIDGE: Final = """
    CREATE TABLE bridge AS
        SELECT link, min(number) AS one, count(DISTINCT number) AS numbers, count(*) AS held
        FROM waiting WHERE link IS NOT NULL GROUP BY link;
    CREATE UNIQUE INDEX bridge_link ON bridge (link);
    UPDATE waiting SET number =
        (SELECT coalesce(one, bridge.link) FROM bridge
         WHERE bridge.link = waiting.link AND numbers < 2 AND held <= {most})
        WHERE number IS NULL AND link IS NOT NULL;
"""
_ASTRAY: Final = """
    SELECT source, numbers > 1 AS doubted, count(*) FROM waiting JOIN bridge USING (link)
    WHERE number IS NULL AND (block IS NULL OR numbers > 1) GROUP BY source, doubted
    ORDER BY source, doubted
"""
_DOUBTED: Final = """
    DELETE FROM waiting
    WHERE number IS NULL AND link IN (SELECT link FROM bridge WHERE numbers > 1)
"""
# Rows without a number, each with the surely linked rows of the same block.
_BLOCKS: Final = """
    SELECT block, number, link, key, payload FROM waiting
    WHERE block IN (SELECT block FROM waiting WHERE number IS NULL)
        AND (number IS NULL OR (SELECT sure FROM wanted WHERE wanted.key = waiting.key))
    ORDER BY block, number, key
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What a record says that matters for matching; all of it is sealed in the spill.

    `link_name` names the link key of a record that has no valid number.
    """

    number: str
    name: str
    gender: str | None = None
    born: date | None = None
    unit: str | None = None
    link_name: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One record to be grouped: the hashes of its number and key, and what is judged.

    No `number_hash`: no valid number; `link_hash` may take its place once `join_links` has run.
    Rows of one `block` may be one person for all that.
    """

    number_hash: str | None
    key_hash: str
    key: LocalKey
    personal: bool
    told: Told
    block: str | None = None
    link_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Astray:
    """So many records of a source whose link key leads to several persons, or to nobody."""

    source: SourceName
    is_doubted: bool
    records: int


class Spill:
    """A private file that holds nothing readable: its keys live in this process only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._cipher = AESGCM(AESGCM.generate_key(bit_length=256))
        self._block_key = secrets.token_bytes(32)
        self._sealed = 0

    def add(self, rows: Iterable[WaitingRow]) -> None:
        """Take rows in."""
        values = [
            (
                _bytes(row.number_hash),
                _bytes(row.key_hash),
                row.key.source,
                self._block(row),
                self._seal(row),
                _bytes(row.link_hash),
            )
            for row in rows
        ]
        self._connection.executemany("INSERT INTO waiting VALUES (?, ?, ?, ?, ?, ?)", values)

    def forget(self, source: SourceName) -> None:
        """Drop the rows of a source that broke off."""
        self._connection.execute("DELETE FROM waiting WHERE source = ?", (source,))

    def join_links(self, most: int) -> list[Astray]:
        """Let rows without a number stand with those of their link key, numbered or not.

        A key that rows of several numbers have, or more than `most` rows, leads nowhere. Rows of
        the first kind are dropped; those of the second may still be known by their block.
        """
        self._connection.executescript(_BRIDGE.format(most=int(most)))
        found = [
            Astray(SourceName(source), bool(doubted), count)
            for source, doubted, count in self._connection.execute(_ASTRAY)
        ]
        self._connection.execute(_DOUBTED)
        return found

    def groups(self) -> Iterator[list[WaitingRow]]:
        """Rows of one number together, ordered by the hash of the number, then of the key."""
        return self._grouped(_GROUPS)

    def blocks(self) -> Iterator[list[WaitingRow]]:
        """Rows without a number, first in their block, then the surely linked rows beside them."""
        return self._grouped(_BLOCKS)

    def want(self, key_hashes: Iterable[str], *, sure: bool = False) -> None:
        """Note that these keys are to stay linked, and whether without anybody's confirmation."""
        values = [(bytes.fromhex(key), sure) for key in key_hashes]
        self._connection.executemany("INSERT OR IGNORE INTO wanted VALUES (?, ?)", values)

    def unwanted(self, key_hashes: Sequence[str]) -> set[str]:
        """Those of the keys that nothing wants linked."""
        asked = "SELECT 1 FROM wanted WHERE key = ?"
        run = self._connection.execute
        return {key for key in key_hashes if run(asked, (bytes.fromhex(key),)).fetchone() is None}

    def _grouped(self, statement: str) -> Iterator[list[WaitingRow]]:
        cursor = self._connection.execute(statement)
        cursor.arraysize = FETCH
        for _, rows in groupby(_fetched(cursor), key=lambda row: row[0]):
            yield [self._unseal(*row[1:]) for row in rows]

    def _block(self, row: WaitingRow) -> bytes | None:
        if row.block is None:
            return None
        text = row.block.encode(errors="surrogatepass")
        return hashlib.blake2b(text, key=self._block_key, digest_size=_BLOCK_BYTES).digest()

    def _seal(self, row: WaitingRow) -> bytes:
        self._sealed += 1
        nonce, told = self._sealed.to_bytes(_NONCE_BYTES), row.told
        born = told.born.toordinal() if told.born else None
        key = [row.key.department, row.key.source, row.key.text, row.personal]
        content = [*key, told.number, told.name, told.gender, born, told.unit, told.link_name]
        return nonce + self._cipher.encrypt(nonce, json.dumps(content).encode(), None)

    def _unseal(
        self, number: bytes | None, link: bytes | None, key: bytes, payload: bytes
    ) -> WaitingRow:
        nonce, sealed = payload[:_NONCE_BYTES], payload[_NONCE_BYTES:]
        content = json.loads(self._cipher.decrypt(nonce, sealed, None))
        department, source, text, personal, id_number, name, gender, born, unit, by = content
        local_key = LocalKey(Department(department), SourceName(source), text)
        day = None if born is None else date.fromordinal(born)
        told = Told(id_number, name, gender, day, unit, by)
        return WaitingRow(
            number_hash=_hex(number),
            key_hash=key.hex(),
            key=local_key,
            personal=personal,
            told=told,
            link_hash=_hex(link),
        )


@contextmanager
def open_spill(folder: Path | None = None) -> Iterator[Spill]:
    """A spill in a folder that only this user may read; deleted at the end, whatever happened."""
    with tempfile.TemporaryDirectory(prefix="fourfold-link-", dir=folder) as private:
        path = Path(private) / "waiting.sqlite"
        # Autocommit: the file is thrown away, there is nothing to roll back to. Calls come from
        # worker threads, one after another.
        opened = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        with closing(opened) as connection:
            connection.executescript(_TABLES)
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
            yield Spill(connection)


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def _hex(hashed: bytes | None) -> str | None:
    return None if hashed is None else hashed.hex()


def _fetched(
    cursor: sqlite3.Cursor,
) -> Iterator[tuple[bytes | None, bytes | None, bytes | None, bytes, bytes]]:
    while rows := cursor.fetchmany():
        yield from rows
