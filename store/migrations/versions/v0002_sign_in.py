"""Accounts, sessions, signing keys, clients and what they were granted."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_account()
    _make_session()
    _make_single_tables()
    _make_client()
    _make_client_grant()


def _make_account() -> None:
    op.create_table(
        "account",
        sa.Column("sub", sa.String(32), nullable=False),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("department", sa.String(16)),
        sa.Column("divisions", sa.Text(), nullable=False),
        sa.Column("units", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("totp_sealed", sa.Text()),
        sa.Column("totp_counter", sa.Integer(), nullable=False),
        sa.Column("is_disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("used_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("sub", name="pk_account"),
        sa.UniqueConstraint("login", name="uq_account_login"),
    )


def _make_session() -> None:
    op.create_table(
        "session",
        sa.Column("sid", sa.String(32), nullable=False),
        sa.Column("sub", sa.String(32), nullable=False),
        sa.Column("cookie_hash", sa.String(64)),
        sa.Column("acr", sa.String(16), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("idle_seconds", sa.Integer(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant()),
        sa.PrimaryKeyConstraint("sid", name="pk_session"),
        sa.UniqueConstraint("cookie_hash", name="uq_session_cookie_hash"),
        sa.ForeignKeyConstraint(["sub"], ["account.sub"], name="fk_session_sub"),
    )
    op.create_index("ix_session_sub", "session", ["sub"])
    op.create_index("ix_session_ends_at", "session", ["ends_at"])


def _make_single_tables() -> None:
    op.create_table(
        "revoked",
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_revoked"),
    )
    op.create_index("ix_revoked_until", "revoked", ["until"])
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.String(64), nullable=False),
        sa.Column("algorithm", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("private_sealed", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name="pk_signing_key"),
    )
    op.create_table(
        "sign_in_count",
        sa.Column("subject_hmac", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("locked_until", Instant()),
        sa.PrimaryKeyConstraint("subject_hmac", name="pk_sign_in_count"),
    )
    op.create_index("ix_sign_in_count_first_at", "sign_in_count", ["first_at"])


def _make_client() -> None:
    op.create_table(
        "client",
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("secret_hash", sa.String(64)),
        sa.Column("redirect_uris", sa.Text(), nullable=False),
        sa.Column("logout_uris", sa.Text(), nullable=False),
        sa.Column("back_channel_uri", sa.Text()),
        sa.Column("is_resource_server", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name="pk_client"),
    )


def _make_client_grant() -> None:
    op.create_table(
        "client_grant",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("sid", sa.String(32), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text()),
        sa.Column("challenge", sa.String(64), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("code_spent_at", Instant()),
        sa.Column("revoked_at", Instant()),
        sa.PrimaryKeyConstraint("id", name="pk_client_grant"),
        sa.UniqueConstraint("code_hash", name="uq_client_grant_code_hash"),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.client_id"], name="fk_client_grant_client_id"
        ),
        sa.ForeignKeyConstraint(["sid"], ["session.sid"], name="fk_client_grant_sid"),
    )
    op.create_index("ix_client_grant_sid", "client_grant", ["sid"])
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("grant_id", sa.String(32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("spent_at", Instant()),
        sa.PrimaryKeyConstraint("token_hash", name="pk_refresh_token"),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["client_grant.id"], name="fk_refresh_token_grant_id"
        ),
    )
    op.create_index("ix_refresh_token_grant_id", "refresh_token", ["grant_id"])
