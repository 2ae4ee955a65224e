"""The tables of the library: videos, uploads, jobs, generations, playlists. Beside those of people and access, in the same database.

The index for searching, `video_search`, is not among them, because each database has its own kind: `library/search.py`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    text,
    true,
)

from framecast.store.schema import metadata

_ID = String(32)
_NAME = String(256)
# By code point in every database, as Python sorts.
_SORTED = _NAME.with_variant(String(256, collation="C"), "postgresql")
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _video(*, is_key: bool = False) -> Column[str]:
    """A row that goes with its video."""
    return Column(
        "video_id",
        _ID,
        ForeignKey("videos.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=is_key,
        index=not is_key,
    )


videos = Table(
    "videos",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),  # in the order of their making
    Column("id", _ID, nullable=False, unique=True),
    Column("owner", _ID, ForeignKey("accounts.id", ondelete="RESTRICT")),
    Column("title", _NAME, nullable=False),
    Column("title_key", _SORTED, nullable=False),  # what titles are sorted by
    Column("description", Text, nullable=False, server_default=""),
    Column("tags", Text, nullable=False, server_default="[]"),  # JSON, in the order in which they are shown
    Column("visibility", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    # In which lists the video is: public, members or none (empty). Follows from visibility, state, hold and bin.
    Column("audience", String(16), nullable=False, server_default=""),
    Column("filename", _NAME, nullable=False, server_default=""),
    Column("size", BigInteger, nullable=False, server_default="0"),  # of the original
    Column("sha256", String(64)),  # of the original
    Column("has_original", Boolean, nullable=False, server_default=true()),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("published_at", Double),
    Column("duration_s", Double),
    Column("width", Integer),
    Column("height", Integer),
    Column("fps", Double),
    Column("facts", Text),  # JSON of the check
    Column("generation", String(16)),  # the one that is played
    Column("poster_at_s", Double),  # where the owner wants the poster from
    Column("stream", String(64), nullable=False, server_default=""),  # of a recording
    Column("is_recording", Boolean, nullable=False, server_default=false()),
    Column("views", BigInteger, nullable=False, server_default="0"),
    Column("is_held", Boolean, nullable=False, server_default=false()),
    Column("held_reason", _NAME, nullable=False, server_default=""),
    Column("deleted_at", Double),
    # Of the bin alone: an index of all would look good to a planner for what is not in it.
    Index(
        "ix_videos_deleted_at",
        "deleted_at",
        sqlite_where=text("deleted_at IS NOT NULL"),
        postgresql_where=text("deleted_at IS NOT NULL"),
    ),
    Index("ix_videos_audience_number", "audience", "number"),
    Index("ix_videos_audience_views", "audience", "views", "number"),
    Index("ix_videos_audience_title", "audience", "title_key", "number"),
    Index("ix_videos_owner_number", "owner", "number"),
    Index("ix_videos_owner_sha256", "owner", "sha256"),
    Index("ix_videos_views_number", "views", "number"),
    Index("ix_videos_title_key_number", "title_key", "number"),
    Index("ix_videos_state_number", "state", "number"),
)
video_tags = Table(
    "video_tags",
    metadata,
    Column("tag_key", _NAME, primary_key=True),
    Column("number", _NUMBER, ForeignKey("videos.number", ondelete="CASCADE"), primary_key=True, index=True),
)
# Objects that can be played. A row is there before the first object is, and the objects go after the row.
generations = Table(
    "video_generations",
    metadata,
    _video(is_key=True),
    Column("generation", String(16), primary_key=True),
    Column("manifest", Text, nullable=False, server_default="{}"),  # JSON
    Column("size", BigInteger, nullable=False, server_default="0"),
    Column("job_id", _ID, index=True),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("created_at", Double, nullable=False),
    Column("published_at", Double),
    Column("superseded_at", Double, index=True),
)
jobs = Table(
    "video_jobs",
    metadata,
    Column("id", _ID, primary_key=True),
    _video(),
    Column("kind", String(16), nullable=False),
    Column("params", Text, nullable=False, server_default="{}"),  # JSON
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("worker", _NAME, nullable=False, server_default=""),
    Column("run_at", Double, nullable=False),
    Column("lease_s", Double, nullable=False, server_default="0"),
    Column("lease_until", Double),
    Column("progress", Double),
    Column("is_cancelled", Boolean, nullable=False, server_default=false()),
    Column("reason", Text, nullable=False, server_default=""),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("finished_at", Double, index=True),
    Index("ix_video_jobs_state_priority", "state", "priority", "run_at"),
)
uploads = Table(
    "video_uploads",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("owner", _ID, ForeignKey("accounts.id", ondelete="SET NULL"), index=True),
    # Empty after the video of a finished upload has gone.
    Column("video_id", _ID, ForeignKey("videos.id", ondelete="SET NULL"), index=True),
    Column("size", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False, server_default="0"),
    Column("filename", _NAME, nullable=False, server_default=""),
    Column("metadata", Text, nullable=False, server_default="{}"),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
    Column("finished_at", Double),
)
# Prefixes of objects that nothing names any more. A row goes after the objects.
removals = Table(
    "video_removals",
    metadata,
    Column("prefix", String(128), primary_key=True),
    Column("at", Double, nullable=False),
)
subtitles = Table(
    "video_subtitles",
    metadata,
    _video(is_key=True),
    Column("language", String(35), primary_key=True),
    Column("label", _NAME, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Double, nullable=False),
)
# Viewers that have seen a video lately: a digest, kept as long as a second view does not count.
views = Table(
    "video_views",
    metadata,
    _video(is_key=True),
    Column("viewer", String(32), primary_key=True),
    Column("at", Double, nullable=False, index=True),
)
reports = Table(
    "video_reports",
    metadata,
    Column("id", _ID, primary_key=True),
    _video(),
    Column("account_id", _ID, ForeignKey("accounts.id", ondelete="SET NULL"), index=True),
    Column("viewer", String(32), nullable=False),  # a digest: one report of a viewer and a video
    Column("text", Text, nullable=False),
    Column("at", Double, nullable=False, index=True),
    Index("uq_video_reports_viewer", "video_id", "viewer", unique=True),
)
playlists = Table(
    "playlists",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("owner", _ID, ForeignKey("accounts.id", ondelete="CASCADE"), index=True),
    Column("title", _NAME, nullable=False),
    Column("title_key", _SORTED, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("visibility", String(16), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
)
playlist_items = Table(
    "playlist_items",
    metadata,
    Column("playlist_id", _ID, ForeignKey("playlists.id", ondelete="CASCADE"), primary_key=True),
    Column("video_id", _ID, ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("place", Integer, nullable=False),
    CheckConstraint("place >= 0", name="place"),
)
