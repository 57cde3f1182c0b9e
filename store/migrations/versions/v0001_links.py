"""Persons, units and their links."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_owner("person")
    op.create_table(
        "person_number",
        sa.Column("number_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("number_hash", name="pk_person_number"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_number_person_id"),
    )
    op.create_index("ix_person_number_person_id", "person_number", ["person_id"])
    _make_links("person")
    _make_owner("unit")
    _make_links("unit")
    op.create_index("ix_unit_link_code", "unit_link", ["local_key", "department"])


def _make_owner(name: str) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("successor_id", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["successor_id"], [f"{name}.id"], name=f"fk_{name}_successor_id"),
    )


def _make_links(owner: str) -> None:
    table, column = f"{owner}_link", f"{owner}_id"
    op.create_table(
        table,
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column(column, sa.String(32), nullable=False),
        sa.Column("department", sa.String(16), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("local_key", sa.Text()),
        sa.Column("key_hmac", sa.String(64), nullable=False),
        sa.Column("key_sealed", sa.Text()),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("evidence", sa.String(200), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("confirmed_by", sa.String(64)),
        sa.Column("valid_from", Instant(), nullable=False),
        sa.Column("valid_to", Instant()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint([column], [f"{owner}.id"], name=f"fk_{table}_{column}"),
    )
    op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index(f"ix_{table}_source", table, ["source", "id"])
    is_open = sa.text("valid_to IS NULL")
    op.create_index(
        f"uq_{table}_open",
        table,
        ["key_hmac"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
