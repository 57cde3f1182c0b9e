"""Counters of what subjects have asked for."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "budget_count",
        sa.Column("key_hmac", sa.String(64), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key_hmac", name="pk_budget_count"),
    )
    op.create_index("ix_budget_count_until", "budget_count", ["until"])
