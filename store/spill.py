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
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.model.departments import Department
from domain.model.keys import LocalKey, SourceName
from store.records import Fate, Seen, SeenRecord

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
    CREATE TABLE seen (key BLOB PRIMARY KEY, source TEXT NOT NULL, payload BLOB NOT NULL,
        content BLOB NOT NULL, number BLOB, shared BLOB, block BLOB, outcome TEXT,
        double INTEGER NOT NULL, linked INTEGER NOT NULL, disputed INTEGER NOT NULL);
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
_DOUBTED: Final = """
    SELECT waiting.key FROM waiting JOIN bridge USING (link)
    WHERE waiting.number IS NULL AND numbers > 1 AND held <= {most}
"""
_SEEN: Final = """
    SELECT key, payload, content, number, shared, block, outcome, double, linked, disputed
    FROM seen WHERE source = ? AND key > ? ORDER BY key LIMIT ?
"""
_CLEAR: Final = "DELETE FROM waiting; DELETE FROM seen; DELETE FROM wanted;"
_TOTALS: Final = (
    "SELECT source, outcome, double, count(*) FROM seen GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)
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
        self._connection.execute("DELETE FROM seen WHERE source = ?", (source,))

    def clear(self) -> None:
        """Drop everything."""
        self._connection.executescript(_CLEAR)

    def part(self, shared: Iterable[str]) -> None:
        """Let link keys, by their shortened hashes, lead nowhere: too many records have them."""
        values = [(bytes.fromhex(each), len(each) // 2) for each in shared]
        statement = "UPDATE waiting SET link = NULL WHERE substr(link, 1, ?2) = ?1"
        self._connection.executemany(statement, values)

    def join_links(self, most: int) -> list[str]:
        """Let rows without a number stand with those of their link key, numbered or not.

        A key that rows of several numbers have, or more than `most` rows, leads nowhere. Rows of
        the first kind are dropped, and the hashes of their keys told; those of the second may
        still be known by their block.
        """
        self._connection.executescript(_BRIDGE.format(most=int(most)))
        doubted = self._connection.execute(_DOUBTED.format(most=int(most))).fetchall()
        self._connection.executemany("DELETE FROM waiting WHERE key = ?", doubted)
        return [key.hex() for (key,) in doubted]

    def note(self, rows: Iterable[tuple[Seen, str | None]]) -> None:
        """Keep what was seen of records, and what became of those that cannot be judged."""
        values = [
            (
                _bytes(seen.key_hash),
                seen.key.source,
                self._sealed_text([seen.key.department, seen.key.text, seen.personal]),
                _bytes(seen.content),
                _bytes(seen.number),
                _bytes(seen.shared),
                _bytes(seen.block),
                outcome,
            )
            for seen, outcome in rows
        ]
        statement = "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)"
        self._connection.executemany(statement, values)

    def settle(self, fates: Iterable[tuple[str, Fate]]) -> None:
        """Keep what became of records, by the hashes of their keys."""
        values = [
            (fate.outcome, fate.double, fate.linked, fate.disputed, bytes.fromhex(key))
            for key, fate in fates
        ]
        statement = (
            "UPDATE seen SET outcome = ?, double = ?, linked = ?, disputed = ? WHERE key = ?"
        )
        self._connection.executemany(statement, values)

    def totals(self) -> list[tuple[SourceName, str | None, bool, int]]:
        """How many records of a source had which outcome, None where nothing was judged."""
        rows = self._connection.execute(_TOTALS)
        return [(SourceName(source), of, bool(double), n) for source, of, double, n in rows]

    def seen(self, source: SourceName, otherwise: str) -> Iterator[list[SeenRecord]]:
        """What was seen of a source, in lists; `otherwise` is what became of the rest."""
        after = b""
        while rows := self._connection.execute(_SEEN, (source, after, FETCH)).fetchall():
            after = rows[-1][0]
            yield [self._seen_record(source, row, otherwise) for row in rows]

    def unseen(self, key_hashes: Sequence[str]) -> set[str]:
        """Those of the keys that were not seen."""
        return self._without("SELECT 1 FROM seen WHERE key = ?", key_hashes)

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
        return self._without("SELECT 1 FROM wanted WHERE key = ?", key_hashes)

    def _without(self, asked: str, key_hashes: Sequence[str]) -> set[str]:
        run = self._connection.execute
        return {key for key in key_hashes if run(asked, (bytes.fromhex(key),)).fetchone() is None}

    def _seen_record(self, source: SourceName, row: tuple[Any, ...], otherwise: str) -> SeenRecord:
        key, payload, content, number, shared, block, outcome, *flags = row
        department, text, personal = self._opened(payload)
        local_key = LocalKey(Department(department), source, text)
        hashes = (content.hex(), _hex(number), _hex(shared), _hex(block))
        seen = Seen(local_key, key.hex(), personal, *hashes)
        return SeenRecord(seen, Fate(outcome or otherwise, *map(bool, flags)))

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
        told = row.told
        born = told.born.toordinal() if told.born else None
        key = [row.key.department, row.key.source, row.key.text, row.personal]
        told_texts = [told.number, told.name, told.gender, born, told.unit, told.link_name]
        return self._sealed_text([*key, *told_texts])

    def _sealed_text(self, content: list[object]) -> bytes:
        self._sealed += 1
        nonce = self._sealed.to_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, json.dumps(content).encode(), None)

    def _opened(self, payload: bytes) -> list[Any]:
        nonce, sealed = payload[:_NONCE_BYTES], payload[_NONCE_BYTES:]
        content: list[Any] = json.loads(self._cipher.decrypt(nonce, sealed, None))
        return content

    def _unseal(
        self, number: bytes | None, link: bytes | None, key: bytes, payload: bytes
    ) -> WaitingRow:
        content = self._opened(payload)
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
