"""Rows of a whole city waiting to be grouped by number: on disk, sealed, and gone afterwards."""

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.model.departments import Department
from domain.model.keys import LocalKey, SourceName

CACHE_KIBIBYTES: Final = 16_384
FETCH: Final = 2_000

_NONCE_BYTES: Final = 12
_TABLES: Final = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = FILE;
    CREATE TABLE waiting (number BLOB NOT NULL, key BLOB NOT NULL, source TEXT NOT NULL,
        payload BLOB NOT NULL);
    CREATE TABLE wanted (key BLOB PRIMARY KEY) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One record to be grouped: the hashes of its number and key, and what is judged."""

    number_hash: str
    key_hash: str
    key: LocalKey
    personal: bool
    name: str


class Spill:
    """A private file that holds nothing readable: its key lives in this process only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._cipher = AESGCM(AESGCM.generate_key(bit_length=256))
        self._sealed = 0

    def add(self, rows: Iterable[WaitingRow]) -> None:
        """Take rows in."""
        values = [
            (bytes.fromhex(r.number_hash), bytes.fromhex(r.key_hash), r.key.source, self._seal(r))
            for r in rows
        ]
        self._connection.executemany("INSERT INTO waiting VALUES (?, ?, ?, ?)", values)

    def forget(self, source: SourceName) -> None:
        """Drop the rows of a source that broke off."""
        self._connection.execute("DELETE FROM waiting WHERE source = ?", (source,))

    def groups(self) -> Iterator[list[WaitingRow]]:
        """Rows of one number together, ordered by the hash of the number, then of the key."""
        ordered = "SELECT number, key, payload FROM waiting ORDER BY number, key"
        cursor = self._connection.execute(ordered)
        cursor.arraysize = FETCH
        for _, rows in groupby(_fetched(cursor), key=lambda row: row[0]):
            yield [self._unseal(*row) for row in rows]

    def want(self, key_hashes: Iterable[str]) -> None:
        """Note that these keys are to stay linked."""
        values = [(bytes.fromhex(key),) for key in key_hashes]
        self._connection.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", values)

    def unwanted(self, key_hashes: Sequence[str]) -> set[str]:
        """Those of the keys that nothing wants linked."""
        asked = "SELECT 1 FROM wanted WHERE key = ?"
        run = self._connection.execute
        return {key for key in key_hashes if run(asked, (bytes.fromhex(key),)).fetchone() is None}

    def _seal(self, row: WaitingRow) -> bytes:
        self._sealed += 1
        nonce = self._sealed.to_bytes(_NONCE_BYTES)
        told = [row.key.department, row.key.source, row.key.text, row.personal, row.name]
        return nonce + self._cipher.encrypt(nonce, json.dumps(told).encode(), None)

    def _unseal(self, number: bytes, key: bytes, payload: bytes) -> WaitingRow:
        nonce, sealed = payload[:_NONCE_BYTES], payload[_NONCE_BYTES:]
        told = json.loads(self._cipher.decrypt(nonce, sealed, None))
        department, source, text, personal, name = told
        local_key = LocalKey(Department(department), SourceName(source), text)
        return WaitingRow(number.hex(), key.hex(), local_key, personal, name)


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


def _fetched(cursor: sqlite3.Cursor) -> Iterator[tuple[bytes, bytes, bytes]]:
    while rows := cursor.fetchmany():
        yield from rows
