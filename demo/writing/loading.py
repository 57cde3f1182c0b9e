"""Bulk loading into any SQLAlchemy URL: fast on SQLite, PostgreSQL, MariaDB; bounded buffers."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, MetaData, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from demo.errors import CityDatabaseError
from demo.layouts import Layout
from demo.writing.rows import Row
from demo.writing.tables import build_indexes, build_tables
from domain.model.departments import Department

BUFFER: Final = 2_000
_DRIVERS: Final = {
    "sqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
_ANALYZE: Final = {
    "sqlite": "ANALYZE",
    "postgresql": "ANALYZE {table}",
    "mysql": "ANALYZE TABLE {table}",
    "mariadb": "ANALYZE TABLE {table}",
}
Cursor = Any  # a DBAPI cursor: every driver has its own class
Insert = Callable[[Cursor, str, Sequence[str], Sequence[Row]], None]


def loading_url(given: str, folder: Path) -> URL:
    """The URL with a synchronous driver; a relative SQLite path is relative to the folder."""
    try:
        url = make_url(given)
    except ValueError:  # its text holds a part of the URL
        raise ArgumentError("a URL that cannot be read") from None
    backend = url.get_backend_name()
    url = url.set(drivername=_DRIVERS.get(backend, url.drivername))
    if backend == "sqlite" and url.database and url.database != ":memory:":
        url = url.set(database=str(folder / url.database))
    return url


def _insert_many(placeholder: str) -> Insert:
    def insert(cursor: Cursor, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        marks = ", ".join(placeholder for _ in columns)
        names = ", ".join(columns)
        # Names of our own layout, quoted by the dialect.
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608

    return insert


def _copy(cursor: Cursor, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _insert_of(engine: Engine) -> Insert:
    if engine.dialect.name == "postgresql":
        return _copy
    marks = {"qmark": "?", "format": "%s", "pyformat": "%s"}
    return _insert_many(marks[engine.dialect.paramstyle])


class Loader:
    """One department's database while it is filled: buffers rows by table, counts them."""

    def __init__(self, layout: Layout, engine: Engine) -> None:
        self.department: Department = layout.department
        self.counts: dict[str, int] = {table.name: 0 for table in layout.tables}
        self._layout = layout
        self._engine = engine
        self._insert = _insert_of(engine)
        self._driver_error: type[Exception] = engine.dialect.loaded_dbapi.Error
        quote = engine.dialect.identifier_preparer.quote
        self._names = {table.name: quote(table.name) for table in layout.tables}
        self._columns = {t.name: [quote(c.name) for c in t.columns] for t in layout.tables}
        self._buffers: dict[str, list[Row]] = {table.name: [] for table in layout.tables}
        self._metadata: MetaData = build_tables(layout)
        self._connection: Any = None  # a DBAPI connection
        self._cursor: Cursor = None

    def open(self) -> None:
        """Drops our tables of an earlier city, makes them anew and starts loading."""
        with self._engine.begin() as connection:
            self._metadata.drop_all(connection)
            self._metadata.create_all(connection)
        self._connection = self._engine.raw_connection()
        self._cursor = self._connection.cursor()
        if self._engine.dialect.name == "sqlite":
            # A city that fails half-way is made again, so nothing is lost without a journal.
            self._cursor.execute("PRAGMA journal_mode = OFF")
            self._cursor.execute("PRAGMA synchronous = OFF")

    def add(self, table: str, row: Row) -> None:
        """Takes one row; writes when the table's buffer is full."""
        buffer = self._buffers[table]
        buffer.append(row)
        if len(buffer) >= BUFFER:
            self._flush(table)

    def _flush(self, table: str) -> None:
        rows = self._buffers[table]
        if not rows:
            return
        try:
            self._insert(self._cursor, self._names[table], self._columns[table], rows)
        except self._driver_error as exc:
            raise CityDatabaseError(self.department, f"refused rows of {table}") from exc
        self.counts[table] += len(rows)
        self._buffers[table] = []

    def finish(self) -> None:
        """Writes what is left, commits, makes the indexes and lets the database count."""
        for table in self._buffers:
            self._flush(table)
        if self._engine.dialect.name == "sqlite":
            self._connection.commit()
            self._cursor.execute("PRAGMA journal_mode = DELETE")
        self._connection.commit()
        self._let_go()
        with self._engine.begin() as connection:
            for index in build_indexes(self._layout, self._metadata):
                index.create(connection)
        self._analyze()

    def _analyze(self) -> None:
        form = _ANALYZE.get(self._engine.dialect.name, "")
        statements = {form.format(table=name) for name in self._names.values()} - {""}
        with self._engine.begin() as connection:
            for statement in sorted(statements):
                connection.execute(text(statement))

    def close(self) -> None:
        """Lets go of the database, whether finished or not."""
        self._let_go()
        self._engine.dispose()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def department_errors(department: Department) -> Iterator[None]:
    """Turns whatever driver or SQLAlchemy raise into an error without driver text."""
    try:
        yield
    except (ArgumentError, NoSuchModuleError) as exc:
        raise CityDatabaseError(department, "has a URL that names no known database") from exc
    except ModuleNotFoundError as exc:
        raise CityDatabaseError(department, "needs a driver that is not installed") from exc
    except DBAPIError as exc:
        what = (
            "cannot be reached"
            if exc.connection_invalidated or exc.orig is None
            else ("cannot be reached or refused what was asked")
        )
        raise CityDatabaseError(department, what) from exc
    except SQLAlchemyError as exc:
        raise CityDatabaseError(department, "refused what was asked") from exc


def connect(layout: Layout, url: URL) -> Loader:
    """A loader for a database that answers; nothing in it is touched yet."""
    engine = create_engine(url)
    with engine.connect():
        return Loader(layout, engine)
