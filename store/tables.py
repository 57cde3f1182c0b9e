"""The tables of the platform's own database: ids, keyed hashes, judgements, accounts; no facts."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    func,
)
from sqlalchemy import DateTime as SqlDateTime

ID_LENGTH: Final = 32
HASH_LENGTH: Final = 64
SHORT_HASH_LENGTH: Final = 32
CODE_LENGTH: Final = 16
NAME_LENGTH: Final = 64
EVIDENCE_LENGTH: Final = 200
DIGEST_LENGTH: Final = 64


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
LINK_RECORD: Final = Table(
    "link_record",
    METADATA,
    Column("entity", String(CODE_LENGTH), primary_key=True),
    Column("source", String(NAME_LENGTH), primary_key=True),
    Column("key_hmac", String(HASH_LENGTH), primary_key=True),
    Column("department", String(CODE_LENGTH), nullable=False),
    Column("local_key", Text),
    Column("key_sealed", Text),
    Column("content_hmac", String(SHORT_HASH_LENGTH), nullable=False),
    Column("number_hmac", String(SHORT_HASH_LENGTH), index=True),
    Column("shared_hmac", String(SHORT_HASH_LENGTH), index=True),
    Column("block_hmac", String(SHORT_HASH_LENGTH), index=True),
    Column("outcome", String(CODE_LENGTH), nullable=False),
    Column("is_double", Boolean, nullable=False),
    Column("is_linked", Boolean, nullable=False),
    Column("is_disputed", Boolean, nullable=False),
)
LINK_MARK: Final = Table(
    "link_mark",
    METADATA,
    Column("entity", String(CODE_LENGTH), primary_key=True),
    Column("source", String(NAME_LENGTH), primary_key=True),
    Column("version", Text),
    Column("rules_digest", String(DIGEST_LENGTH), nullable=False),
    Column("mapping_digest", String(DIGEST_LENGTH), nullable=False),
    Column("units_digest", String(DIGEST_LENGTH), nullable=False),
)
UNIT: Final = _owner_table("unit")
UNIT_LINK: Final = _link_table(UNIT)
# Standard unit codes are the Establishment Office's keys; past ones are looked up too.
Index("ix_unit_link_code", UNIT_LINK.c.local_key, UNIT_LINK.c.department)

ACCOUNT: Final = Table(
    "account",
    METADATA,
    Column("sub", String(ID_LENGTH), primary_key=True),
    Column("login", String(NAME_LENGTH), nullable=False, unique=True),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("roles", Text, nullable=False),
    Column("department", String(CODE_LENGTH)),
    Column("divisions", Text, nullable=False),
    Column("units", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("totp_sealed", Text),
    Column("totp_counter", Integer, nullable=False),
    Column("is_disabled", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_by", String(NAME_LENGTH), nullable=False),
    Column("used_at", Instant, nullable=False),
)
SESSION: Final = Table(
    "session",
    METADATA,
    Column("sid", String(ID_LENGTH), primary_key=True),
    Column("sub", String(ID_LENGTH), ForeignKey(ACCOUNT.c.sub), nullable=False, index=True),
    Column("cookie_hash", String(DIGEST_LENGTH), unique=True),
    Column("acr", String(CODE_LENGTH), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("idle_seconds", Integer, nullable=False),
    Column("ends_at", Instant, nullable=False, index=True),
    Column("ended_at", Instant),
)
REVOKED: Final = Table(
    "revoked",
    METADATA,
    Column("mark", String(NAME_LENGTH), primary_key=True),
    Column("until", Instant, nullable=False, index=True),
)
SIGNING_KEY: Final = Table(
    "signing_key",
    METADATA,
    Column("kid", String(NAME_LENGTH), primary_key=True),
    Column("algorithm", String(CODE_LENGTH), nullable=False),
    Column("state", String(CODE_LENGTH), nullable=False),
    Column("private_sealed", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
)
SIGN_IN_COUNT: Final = Table(
    "sign_in_count",
    METADATA,
    Column("subject_hmac", String(HASH_LENGTH), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("first_at", Instant, nullable=False, index=True),
    Column("locked_until", Instant),
)
BUDGET_COUNT: Final = Table(
    "budget_count",
    METADATA,
    Column("key_hmac", String(HASH_LENGTH), primary_key=True),
    Column("used", BigInteger, nullable=False),
    Column("until", Instant, nullable=False, index=True),
)
CLIENT: Final = Table(
    "client",
    METADATA,
    Column("client_id", String(NAME_LENGTH), primary_key=True),
    Column("name", String(NAME_LENGTH), nullable=False),
    Column("secret_hash", String(DIGEST_LENGTH)),
    Column("redirect_uris", Text, nullable=False),
    Column("logout_uris", Text, nullable=False),
    Column("back_channel_uri", Text),
    Column("is_resource_server", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
)
CLIENT_GRANT: Final = Table(
    "client_grant",
    METADATA,
    Column("id", String(ID_LENGTH), primary_key=True),
    Column("code_hash", String(DIGEST_LENGTH), nullable=False, unique=True),
    Column("client_id", String(NAME_LENGTH), ForeignKey(CLIENT.c.client_id), nullable=False),
    Column("sid", String(ID_LENGTH), ForeignKey(SESSION.c.sid), nullable=False, index=True),
    Column("redirect_uri", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("nonce", Text),
    Column("challenge", String(DIGEST_LENGTH), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("code_spent_at", Instant),
    Column("revoked_at", Instant),
)
REFRESH_TOKEN: Final = Table(
    "refresh_token",
    METADATA,
    Column("token_hash", String(DIGEST_LENGTH), primary_key=True),
    Column(
        "grant_id",
        String(ID_LENGTH),
        ForeignKey(CLIENT_GRANT.c.id),
        nullable=False,
        index=True,
    ),
    Column("made_at", Instant, nullable=False),
    Column("spent_at", Instant),
)

AUDIT_ENTRY: Final = Table(
    "audit_entry",
    METADATA,
    Column("chain", String(ID_LENGTH), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False, index=True),
    Column("key_id", String(CODE_LENGTH), nullable=False),
    Column("digest", String(DIGEST_LENGTH), nullable=False),
    Column("previous", String(HASH_LENGTH), nullable=False),
    Column("hash", String(HASH_LENGTH), nullable=False),
    Column("payload_sealed", LargeBinary),
)
AUDIT_SUBJECT: Final = Table(
    "audit_subject",
    METADATA,
    Column("chain", String(ID_LENGTH), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("subject_hmac", String(ID_LENGTH), primary_key=True),
    Column("at", Instant, nullable=False),
)
# Who was read, newest first.
Index(
    "ix_audit_subject_subject",
    AUDIT_SUBJECT.c.subject_hmac,
    AUDIT_SUBJECT.c.at,
    AUDIT_SUBJECT.c.chain,
    AUDIT_SUBJECT.c.sequence,
)
AUDIT_ANCHOR: Final = Table(
    "audit_anchor",
    METADATA,
    Column("chain", String(ID_LENGTH), primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(CODE_LENGTH), primary_key=True),
    Column("hash", String(HASH_LENGTH), nullable=False),
    Column("at", Instant, nullable=False),
    Column("key_id", String(CODE_LENGTH), nullable=False),
    Column("mac", String(HASH_LENGTH), nullable=False),
)
AUDIT_SIGHTING: Final = Table(
    "audit_sighting",
    METADATA,
    Column("reader_hmac", String(ID_LENGTH), primary_key=True),
    Column("kind", String(CODE_LENGTH), primary_key=True),
    Column("subject_hmac", String(ID_LENGTH), primary_key=True),
    Column("seen_on", Date, nullable=False),
)
Index(
    "ix_audit_sighting_day",
    AUDIT_SIGHTING.c.reader_hmac,
    AUDIT_SIGHTING.c.kind,
    AUDIT_SIGHTING.c.seen_on,
)
CACHE_CHANGE: Final = Table(
    "cache_change",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("source", String(NAME_LENGTH)),
    Column("token", String(HASH_LENGTH)),
    Column("made_at", Instant, nullable=False, index=True, server_default=func.now()),
    # A number is never given twice, also where everything was cleaned away in between.
    sqlite_autoincrement=True,
)
