"""The tables of rooms: their logs and messages, members, marks, invitations, moderation, presence, playback. Beside those of people and access.

The index for searching, `room_search`, is not among them, because each database has its own kind: `rooms/search.py`.

Authors are texts, `a:ACCOUNT` or `g:GUEST`, because what was said outlives an account. What belongs to a person alone also names the account, and goes
with it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from framecast.store.schema import metadata

_ID = String(32)
_NAME = String(256)
_AUTHOR = String(96)
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _room(*, is_key: bool = True, has_index: bool = False) -> Column[int]:
    """A row that goes with its room."""
    return Column(
        "room_id",
        _NUMBER,
        ForeignKey("rooms.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=is_key,
        index=has_index,
    )


def _account(name: str = "account_id") -> Column[str]:
    """The account of the person that a row belongs to, with which it goes; empty for a guest."""
    return Column(name, _ID, ForeignKey("accounts.id", ondelete="CASCADE"), index=True)


rooms = Table(
    "rooms",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("key", String(80), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("title", _NAME, nullable=False, server_default=""),
    # Of a private room; a stream or a video has its own. Without one the room belongs to the admins.
    Column("owner", _ID, ForeignKey("accounts.id", ondelete="SET NULL"), index=True),
    Column("owner_name", _NAME, nullable=False, server_default=""),
    Column("epoch", _ID, nullable=False),
    Column("last", BigInteger, nullable=False, server_default="0"),
    Column("first", BigInteger, nullable=False, server_default="1"),  # what came before has been removed
    Column("side", BigInteger, nullable=False, server_default="0"),
    Column("settings", Text, nullable=False, server_default="{}"),  # JSON
    # That of the settings, to be looked for; 0: messages stay, empty: the room says nothing.
    Column("retention_days", Integer, index=True),
    Column("pinned", BigInteger),  # the seq of a message
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    # What it was around has gone, or its owner has deleted it: nobody finds it, and upkeep removes its rows.
    Column("removed_at", Double),
    Index(
        "ix_rooms_removed_at",
        "removed_at",
        sqlite_where=text("removed_at IS NOT NULL"),
        postgresql_where=text("removed_at IS NOT NULL"),
    ),
    sqlite_autoincrement=True,  # no later room gets the number of one that has gone
)
room_events = Table(
    "room_events",
    metadata,
    _room(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("author_id", _AUTHOR),
    Column("author_name", _NAME, nullable=False, server_default=""),
    Column("author_role", String(16), nullable=False, server_default="member"),
    Column("target", BigInteger),  # the seq of the message that it is about: of a message its own
    Column("data", Text, nullable=False, server_default="{}"),  # JSON
)
room_messages = Table(
    "room_messages",
    metadata,
    _room(),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("author_id", _AUTHOR, nullable=False),
    Column("author_name", _NAME, nullable=False),
    Column("author_role", String(16), nullable=False),
    Column("client_id", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("spans", Text, nullable=False, server_default="[]"),  # JSON
    Column("reply_to", BigInteger),
    Column("media_time_s", Double),
    Column("edited_at", Double),
    Column("is_deleted", Boolean, nullable=False, server_default=false()),
    Column(
        "reactions", Text, nullable=False, server_default="[]"
    ),  # JSON: [emoji, count], the sums of room_reactions
    UniqueConstraint("room_id", "author_id", "client_id", name="uq_room_messages_client"),
    Index("ix_room_messages_author", "room_id", "author_id", "seq"),
    Index("ix_room_messages_at", "room_id", "at"),
    Index(
        "ix_room_messages_media_time",
        "room_id",
        "media_time_s",
        "seq",
        sqlite_where=text("media_time_s IS NOT NULL"),
        postgresql_where=text("media_time_s IS NOT NULL"),
    ),
)


def _message() -> ForeignKeyConstraint:
    """A row that goes with its message."""
    return ForeignKeyConstraint(
        ["room_id", "seq"], ["room_messages.room_id", "room_messages.seq"], ondelete="CASCADE"
    )


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


room_reactions = Table(
    "room_reactions",
    metadata,
    Column("room_id", _NUMBER, primary_key=True, autoincrement=False),
    _number("seq"),
    Column("author_id", _AUTHOR, primary_key=True),
    Column("emoji", String(64), primary_key=True),
    _message(),
)
room_mentions = Table(
    "room_mentions",
    metadata,
    Column("author_id", _AUTHOR, primary_key=True),  # the one that is mentioned
    Column("room_id", _NUMBER, primary_key=True, autoincrement=False),
    _number("seq"),
    _message(),
    Index("ix_room_mentions_message", "room_id", "seq"),
)
room_members = Table(
    "room_members",
    metadata,
    _room(),
    Column("author_id", _AUTHOR, primary_key=True),
    _account(),
    Column("name", _NAME, nullable=False),
    Column("role", String(16), nullable=False),
    Column("joined_at", Double, nullable=False),
    Index("ix_room_members_author", "author_id", "room_id"),
)
# How far somebody has read.
room_marks = Table(
    "room_marks",
    metadata,
    Column("author_id", _AUTHOR, primary_key=True),
    _room(has_index=True),
    _account(),
    Column("seq", BigInteger, nullable=False),
    Column("at", Double, nullable=False),
)
room_ignores = Table(
    "room_ignores",
    metadata,
    Column("author_id", _AUTHOR, primary_key=True),
    Column("ignored_id", _AUTHOR, primary_key=True),
    _account(),
    Column("at", Double, nullable=False),
)
room_invitations = Table(
    "room_invitations",
    metadata,
    Column("id", _ID, primary_key=True),
    _room(is_key=False, has_index=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("made_by", _NAME, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
    Column("uses", Integer, nullable=False, server_default="0"),
    Column("most_uses", Integer),
)
# Time-outs and bans: of an account or guest, of a session, of a range of addresses.
room_restrictions = Table(
    "room_restrictions",
    metadata,
    Column("id", _ID, primary_key=True),
    _room(is_key=False),
    Column("kind", String(16), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("author_id", _AUTHOR, nullable=False, server_default=""),
    Column("author_name", _NAME, nullable=False, server_default=""),
    Column("session", String(64), nullable=False, server_default=""),
    Column("network", String(64), nullable=False, server_default=""),  # CIDR
    Column("reason", Text, nullable=False, server_default=""),
    Column("by_id", _AUTHOR, nullable=False),
    Column("by_name", _NAME, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("until", Double),
    Index("ix_room_restrictions_author", "room_id", "author_id"),
    Index("ix_room_restrictions_scope", "room_id", "scope"),
)
# Messages that a moderator has to see first.
room_holds = Table(
    "room_holds",
    metadata,
    Column("id", _ID, primary_key=True),
    _room(is_key=False),
    Column("at", Double, nullable=False),
    Column("author_id", _AUTHOR, nullable=False),
    Column("author_name", _NAME, nullable=False),
    Column("author_role", String(16), nullable=False),
    Column("client_id", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("spans", Text, nullable=False, server_default="[]"),
    Column("reply_to", BigInteger),
    Column("media_time_s", Double),
    Column("reason", String(32), nullable=False),
    UniqueConstraint("room_id", "author_id", "client_id", name="uq_room_holds_client"),
    Index("ix_room_holds_at", "room_id", "at"),
)
room_reports = Table(
    "room_reports",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("room_id", _NUMBER, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("author_id", _AUTHOR, nullable=False),  # the one that reports
    Column("author_name", _NAME, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Double, nullable=False),
    _message(),
    UniqueConstraint("room_id", "seq", "author_id", name="uq_room_reports_author"),
    Index("ix_room_reports_at", "room_id", "at"),
)
# The people in a room at one server process, as long as it says so. By the key, because a room has people before it has a row.
room_presence = Table(
    "room_presence",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("process", String(64), primary_key=True),
    Column("size", Integer, nullable=False),  # how many people
    Column("people", Text, nullable=False, server_default="{}"),  # JSON: members, typing, stalled
    Column(
        "leader_until", Double, nullable=False, server_default="0"
    ),  # the leader of the playback was there
    Column("lease_until", Double, nullable=False, index=True),
    Index("ix_room_presence_process", "process"),
)
room_playback = Table(
    "room_playback",
    metadata,
    _room(),
    Column("version", BigInteger, nullable=False, server_default="0"),
    Column("video", _ID),
    Column("position_s", Double, nullable=False, server_default="0"),
    Column("at_s", Double, nullable=False),
    Column("speed", Double, nullable=False, server_default="1"),
    Column("is_playing", Boolean, nullable=False, server_default=false()),
    Column("leader", _AUTHOR),
    Column("waiting_for", Text, nullable=False, server_default="[]"),  # JSON
    Column("patient_from_s", Double, nullable=False, server_default="0"),
    Column("changed_at", Double, nullable=False),
)
# From where somebody wrote last, so that a ban can be about that.
room_seen = Table(
    "room_seen",
    metadata,
    _room(),
    Column("author_id", _AUTHOR, primary_key=True),
    Column("session", String(64), nullable=False, server_default=""),
    Column("address", String(64), nullable=False, server_default=""),
    Column("at", Double, nullable=False, index=True),
)
# What a person, an address, a room has sent lately: one mark each (`model/room_limits.py`), which says nothing any more after `until`.
room_sends = Table(
    "room_sends",
    metadata,
    Column("bucket", String(160), primary_key=True),
    Column("mark", Double, nullable=False),
    Column("until", Double, nullable=False, index=True),
)
