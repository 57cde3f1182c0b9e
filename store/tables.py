"""The tables of the platform's own database: opaque ids, keyed hashes and judgements, no facts."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy import DateTime as SqlDateTime

ID_LENGTH: Final = 32
HASH_LENGTH: Final = 64
CODE_LENGTH: Final = 16
NAME_LENGTH: Final = 64
EVIDENCE_LENGTH: Final = 200


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC; SQLite stores no offset, so it is put back on reading."""

    impl = SqlDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant in UTC, without an offset where the database cannot keep one."""
        if value is None:
            return None
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant with its offset."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.replace(tzinfo=UTC)


METADATA: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


def _owner_table(name: str) -> Table:
    return Table(
        name,
        METADATA,
        Column("id", String(ID_LENGTH), primary_key=True),
        Column("created_at", Instant, nullable=False),
        Column("successor_id", String(ID_LENGTH), ForeignKey(f"{name}.id")),
    )


def _link_table(owner: Table) -> Table:
    owner_column = f"{owner.name}_id"
    table = Table(
        f"{owner.name}_link",
        METADATA,
        Column("id", String(ID_LENGTH), primary_key=True),
        Column(owner_column, String(ID_LENGTH), ForeignKey(owner.c.id), nullable=False),
        Column("department", String(CODE_LENGTH), nullable=False),
        Column("source", String(NAME_LENGTH), nullable=False),
        Column("local_key", Text),
        Column("key_hmac", String(HASH_LENGTH), nullable=False),
        Column("key_sealed", Text),
        Column("level", String(CODE_LENGTH), nullable=False),
        Column("evidence", String(EVIDENCE_LENGTH), nullable=False),
        Column("author", String(NAME_LENGTH), nullable=False),
        Column("confirmed_by", String(NAME_LENGTH)),
        Column("valid_from", Instant, nullable=False),
        Column("valid_to", Instant),
        Column("version", Integer, nullable=False),
    )
    Index(f"ix_{table.name}_{owner_column}", table.c[owner_column])
    Index(f"ix_{table.name}_source", table.c.source, table.c.id)
    is_open = table.c.valid_to.is_(None)
    # At most one open link for a row of a source.
    Index(
        f"uq_{table.name}_open",
        table.c.key_hmac,
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    return table


PERSON: Final = _owner_table("person")
PERSON_LINK: Final = _link_table(PERSON)
PERSON_NUMBER: Final = Table(
    "person_number",
    METADATA,
    Column("number_hash", String(HASH_LENGTH), primary_key=True),
    Column("person_id", String(ID_LENGTH), ForeignKey(PERSON.c.id), nullable=False, index=True),
    Column("key_id", String(CODE_LENGTH), nullable=False),
    Column("created_at", Instant, nullable=False),
)
UNIT: Final = _owner_table("unit")
UNIT_LINK: Final = _link_table(UNIT)
# Standard unit codes are the Establishment Office's keys; past ones are looked up too.
Index("ix_unit_link_code", UNIT_LINK.c.local_key, UNIT_LINK.c.department)
