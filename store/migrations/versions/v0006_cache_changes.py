"""Notes of changes, for the caches of every process."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "cache_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("source", sa.String(64)),
        sa.Column("token", sa.String(64)),
        sa.Column("made_at", Instant(), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="pk_cache_change"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_cache_change_made_at", "cache_change", ["made_at"])
