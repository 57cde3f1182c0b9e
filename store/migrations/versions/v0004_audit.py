"""The audit log: its chains, whom entries touched, anchors, and who was seen by whom."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _entries()
    _subjects()
    _anchors()
    _sightings()


def _entries() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("chain", sa.String(32), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("chain", "sequence", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])


def _subjects() -> None:
    op.create_table(
        "audit_subject",
        sa.Column("chain", sa.String(32), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("subject_hmac", sa.String(32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "sequence", "subject_hmac", name="pk_audit_subject"),
    )
    op.create_index(
        "ix_audit_subject_subject", "audit_subject", ["subject_hmac", "at", "chain", "sequence"]
    )


def _anchors() -> None:
    op.create_table(
        "audit_anchor",
        sa.Column("chain", sa.String(32), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("chain", "sequence", "kind", name="pk_audit_anchor"),
    )


def _sightings() -> None:
    op.create_table(
        "audit_sighting",
        sa.Column("reader_hmac", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject_hmac", sa.String(32), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("reader_hmac", "kind", "subject_hmac", name="pk_audit_sighting"),
    )
    op.create_index("ix_audit_sighting_day", "audit_sighting", ["reader_hmac", "kind", "seen_on"])
