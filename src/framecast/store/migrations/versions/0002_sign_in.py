"""Sign-in: the name that a passkey belongs to, whether a provider made an account, from where a challenge was asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("passkeys", sa.Column("rp_id", sa.String(length=253), server_default="", nullable=False))
    op.add_column(
        "identities", sa.Column("made_account", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "identities", sa.Column("shown_name", sa.String(length=256), server_default="", nullable=False)
    )
    op.add_column("challenges", sa.Column("address", sa.String(length=64), server_default="", nullable=False))
    op.create_index(op.f("ix_challenges_address"), "challenges", ["address"], unique=False)
