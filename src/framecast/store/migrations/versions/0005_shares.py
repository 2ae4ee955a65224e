"""Shared pages: media tokens that are given out as a link, with a password if wanted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("tokens", sa.Column("share_digest", sa.LargeBinary(length=32), nullable=True))
    op.add_column("tokens", sa.Column("password_hash", sa.Text(), nullable=True))
    op.create_index(op.f("ix_tokens_share_digest"), "tokens", ["share_digest"], unique=True)
