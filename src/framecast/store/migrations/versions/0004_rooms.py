"""Rooms: their logs and messages, the people in them, moderation, presence and shared playback, and the index for searching."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# What is searched: the words of each message, folded. Of its own kind in each database, so no description of a table has it.
# SQLite finds a message by its room and its number in one: `rooms/search.py`.
_SEARCH = {
    "sqlite": [
        "CREATE VIRTUAL TABLE room_search USING fts5(words, tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2 3', detail = 'none')"
    ],
    "postgresql": [
        "CREATE TABLE room_search (room_id BIGINT NOT NULL, seq BIGINT NOT NULL, words TSVECTOR NOT NULL, PRIMARY KEY (room_id, seq))",
        "ALTER TABLE room_search ADD FOREIGN KEY (room_id, seq) REFERENCES room_messages (room_id, seq) ON DELETE CASCADE",
        "CREATE INDEX ix_room_search_words ON room_search USING gin (words)",
    ],
}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "room_ignores",
        sa.Column("author_id", sa.String(length=96), nullable=False),
        sa.Column("ignored_id", sa.String(length=96), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_room_ignores_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("author_id", "ignored_id", name=op.f("pk_room_ignores")),
    )
    op.create_index(op.f("ix_room_ignores_account_id"), "room_ignores", ["account_id"], unique=False)
    op.create_table(
        "rooms",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=256), server_default="", nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("owner_name", sa.String(length=256), server_default="", nullable=False),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("last", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("first", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("side", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("settings", sa.Text(), server_default="{}", nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        sa.Column("pinned", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("removed_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["owner"], ["accounts.id"], name=op.f("fk_rooms_owner"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("key", name=op.f("uq_rooms_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_rooms_owner"), "rooms", ["owner"], unique=False)
    op.create_index(
        "ix_rooms_removed_at",
        "rooms",
        ["removed_at"],
        unique=False,
        sqlite_where=sa.text("removed_at IS NOT NULL"),
        postgresql_where=sa.text("removed_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_rooms_retention_days"), "rooms", ["retention_days"], unique=False)
    op.create_table(
        "room_events",
        sa.Column("room_id", _NUMBER, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("author_id", sa.String(length=96), nullable=True),
        sa.Column("author_name", sa.String(length=256), server_default="", nullable=False),
        sa.Column("author_role", sa.String(length=16), server_default="member", nullable=False),
        sa.Column("target", sa.BigInteger(), nullable=True),
        sa.Column("data", sa.Text(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_events_room_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("room_id", "seq", name=op.f("pk_room_events")),
    )
    op.create_table(
        "room_holds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("room_id", _NUMBER, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("author_id", sa.String(length=96), nullable=False),
        sa.Column("author_name", sa.String(length=256), nullable=False),
        sa.Column("author_role", sa.String(length=16), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("spans", sa.Text(), server_default="[]", nullable=False),
        sa.Column("reply_to", sa.BigInteger(), nullable=True),
        sa.Column("media_time_s", sa.Double(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_holds_room_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_holds")),
        sa.UniqueConstraint("room_id", "author_id", "client_id", name="uq_room_holds_client"),
    )
    op.create_index("ix_room_holds_at", "room_holds", ["room_id", "at"], unique=False)
    op.create_table(
        "room_invitations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("room_id", _NUMBER, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=256), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("uses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("most_uses", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_invitations_room_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_room_invitations_digest")),
    )
    op.create_index(op.f("ix_room_invitations_expires_at"), "room_invitations", ["expires_at"], unique=False)
    op.create_index(op.f("ix_room_invitations_room_id"), "room_invitations", ["room_id"], unique=False)
    op.create_table(
        "room_marks",
        sa.Column("author_id", sa.String(length=96), nullable=False),
        sa.Column("room_id", _NUMBER, nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_room_marks_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_marks_room_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("author_id", "room_id", name=op.f("pk_room_marks")),
    )
    op.create_index(op.f("ix_room_marks_account_id"), "room_marks", ["account_id"], unique=False)
    op.create_index(op.f("ix_room_marks_room_id"), "room_marks", ["room_id"], unique=False)
    op.create_table(
        "room_members",
        sa.Column("room_id", _NUMBER, nullable=False),
        sa.Column("author_id", sa.String(length=96), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("joined_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_room_members_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_members_room_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("room_id", "author_id", name=op.f("pk_room_members")),
    )
    op.create_index(op.f("ix_room_members_account_id"), "room_members", ["account_id"], unique=False)
    op.create_index("ix_room_members_author", "room_members", ["author_id", "room_id"], unique=False)
    op.create_table(
        "room_messages",
        sa.Column("room_id", _NUMBER, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("author_id", sa.String(length=96), nullable=False),
        sa.Column("author_name", sa.String(length=256), nullable=False),
        sa.Column("author_role", sa.String(length=16), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("spans", sa.Text(), server_default="[]", nullable=False),
        sa.Column("reply_to", sa.BigInteger(), nullable=True),
        sa.Column("media_time_s", sa.Double(), nullable=True),
        sa.Column("edited_at", sa.Double(), nullable=True),
        sa.Column("is_deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reactions", sa.Text(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_messages_room_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("room_id", "seq", name=op.f("pk_room_messages")),
        sa.UniqueConstraint("room_id", "author_id", "client_id", name="uq_room_messages_client"),
    )
    op.create_index("ix_room_messages_at", "room_messages", ["room_id", "at"], unique=False)
    op.create_index("ix_room_messages_author", "room_messages", ["room_id", "author_id", "seq"], unique=False)
    op.create_index(
        "ix_room_messages_media_time",
        "room_messages",
        ["room_id", "media_time_s", "seq"],
        unique=False,
        sqlite_where=sa.text("media_time_s IS NOT NULL"),
        postgresql_where=sa.text("media_time_s IS NOT NULL"),
    )
    op.create_table(
        "room_playback",
        sa.Column("room_id", _NUMBER, nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("video", sa.String(length=32), nullable=True),
        sa.Column("position_s", sa.Double(), server_default="0", nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.Column("speed", sa.Double(), server_default="1", nullable=False),
        sa.Column("is_playing", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("leader", sa.String(length=96), nullable=True),
        sa.Column("waiting_for", sa.Text(), server_default="[]", nullable=False),
        sa.Column("patient_from_s", sa.Double(), server_default="0", nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_playback_room_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("room_id", name=op.f("pk_room_playback")),
    )
    op.create_table(
        "room_presence",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("process", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("people", sa.Text(), server_default="{}", nullable=False),
        sa.Column("leader_until", sa.Double(), server_default="0", nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", "process", name=op.f("pk_room_presence")),
    )
    op.create_index(op.f("ix_room_presence_lease_until"), "room_presence", ["lease_until"], unique=False)
    op.create_index("ix_room_presence_process", "room_presence", ["process"], unique=False)
    op.create_table(
        "room_restrictions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("room_id", _NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("author_id", sa.String(length=96), server_default="", nullable=False),
        sa.Column("author_name", sa.String(length=256), server_default="", nullable=False),
        sa.Column("session", sa.String(length=64), server_default="", nullable=False),
        sa.Column("network", sa.String(length=64), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("by_id", sa.String(length=96), nullable=False),
        sa.Column("by_name", sa.String(length=256), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_restrictions_room_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_restrictions")),
    )
    op.create_index(
        "ix_room_restrictions_author", "room_restrictions", ["room_id", "author_id"], unique=False
    )
    op.create_index("ix_room_restrictions_scope", "room_restrictions", ["room_id", "scope"], unique=False)
    op.create_table(
        "room_seen",
        sa.Column("room_id", _NUMBER, nullable=False),
        sa.Column("author_id", sa.String(length=96), nullable=False),
        sa.Column("session", sa.String(length=64), server_default="", nullable=False),
        sa.Column("address", sa.String(length=64), server_default="", nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_seen_room_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("room_id", "author_id", name=op.f("pk_room_seen")),
    )
    op.create_index(op.f("ix_room_seen_at"), "room_seen", ["at"], unique=False)
    op.create_table(
        "room_sends",
        sa.Column("bucket", sa.String(length=160), nullable=False),
        sa.Column("mark", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_room_sends")),
    )
    op.create_index(op.f("ix_room_sends_until"), "room_sends", ["until"], unique=False)
    op.create_table(
        "room_mentions",
        sa.Column("author_id", sa.String(length=96), nullable=False),
        sa.Column("room_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id", "seq"],
            ["room_messages.room_id", "room_messages.seq"],
            name=op.f("fk_room_mentions_room_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("author_id", "room_id", "seq", name=op.f("pk_room_mentions")),
    )
    op.create_index("ix_room_mentions_message", "room_mentions", ["room_id", "seq"], unique=False)
    op.create_table(
        "room_reactions",
        sa.Column("room_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("author_id", sa.String(length=96), nullable=False),
        sa.Column("emoji", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id", "seq"],
            ["room_messages.room_id", "room_messages.seq"],
            name=op.f("fk_room_reactions_room_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("room_id", "seq", "author_id", "emoji", name=op.f("pk_room_reactions")),
    )
    op.create_table(
        "room_reports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("room_id", _NUMBER, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.String(length=96), nullable=False),
        sa.Column("author_name", sa.String(length=256), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id", "seq"],
            ["room_messages.room_id", "room_messages.seq"],
            name=op.f("fk_room_reports_room_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_reports")),
        sa.UniqueConstraint("room_id", "seq", "author_id", name="uq_room_reports_author"),
    )
    op.create_index("ix_room_reports_at", "room_reports", ["room_id", "at"], unique=False)

    for statement in _SEARCH[op.get_bind().dialect.name]:
        op.execute(statement)
