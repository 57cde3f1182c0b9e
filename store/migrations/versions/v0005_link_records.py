"""What linking saw of each record, and how far it has seen each source."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "link_record",
        sa.Column("entity", sa.String(16), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("key_hmac", sa.String(64), nullable=False),
        sa.Column("department", sa.String(16), nullable=False),
        sa.Column("local_key", sa.Text()),
        sa.Column("key_sealed", sa.Text()),
        sa.Column("content_hmac", sa.String(32), nullable=False),
        sa.Column("number_hmac", sa.String(32)),
        sa.Column("shared_hmac", sa.String(32)),
        sa.Column("block_hmac", sa.String(32)),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("is_double", sa.Boolean(), nullable=False),
        sa.Column("is_linked", sa.Boolean(), nullable=False),
        sa.Column("is_disputed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("entity", "source", "key_hmac", name="pk_link_record"),
    )
    for name in ("number_hmac", "shared_hmac", "block_hmac"):
        op.create_index(f"ix_link_record_{name}", "link_record", [name])
    op.create_table(
        "link_mark",
        sa.Column("entity", sa.String(16), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("version", sa.Text()),
        sa.Column("rules_digest", sa.String(64), nullable=False),
        sa.Column("mapping_digest", sa.String(64), nullable=False),
        sa.Column("units_digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("entity", "source", name="pk_link_mark"),
    )
