"""The library: videos and what belongs to them, the index for searching, and tokens for one video."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_SORTED = sa.String(length=256).with_variant(sa.String(length=256, collation="C"), "postgresql")
# What is searched: the words of each video, folded. Of its own kind in each database, so no description of a table has it.
_SEARCH = {
    "sqlite": [
        "CREATE VIRTUAL TABLE video_search USING fts5(words, tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2 3', detail = 'none')"
    ],
    "postgresql": [
        "CREATE TABLE video_search (number BIGINT PRIMARY KEY REFERENCES videos (number) ON DELETE CASCADE, words TSVECTOR NOT NULL)",
        "CREATE INDEX ix_video_search_words ON video_search USING gin (words)",
    ],
}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "video_removals",
        sa.Column("prefix", sa.String(length=128), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_video_removals")),
    )
    op.create_table(
        "playlists",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("title_key", _SORTED, nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner"], ["accounts.id"], name=op.f("fk_playlists_owner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playlists")),
    )
    op.create_index(op.f("ix_playlists_owner"), "playlists", ["owner"], unique=False)
    op.create_table(
        "videos",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("title_key", _SORTED, nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("tags", sa.Text(), server_default="[]", nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("audience", sa.String(length=16), server_default="", nullable=False),
        sa.Column("filename", sa.String(length=256), server_default="", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("has_original", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("published_at", sa.Double(), nullable=True),
        sa.Column("duration_s", sa.Double(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("fps", sa.Double(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=True),
        sa.Column("generation", sa.String(length=16), nullable=True),
        sa.Column("poster_at_s", sa.Double(), nullable=True),
        sa.Column("stream", sa.String(64), nullable=False, server_default=""),
        sa.Column("is_recording", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("views", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("is_held", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("held_reason", sa.String(length=256), server_default="", nullable=False),
        sa.Column("deleted_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner"], ["accounts.id"], name=op.f("fk_videos_owner"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_videos")),
        sa.UniqueConstraint("id", name=op.f("uq_videos_id")),
    )
    op.create_index("ix_videos_audience_number", "videos", ["audience", "number"], unique=False)
    op.create_index("ix_videos_audience_title", "videos", ["audience", "title_key", "number"], unique=False)
    op.create_index("ix_videos_audience_views", "videos", ["audience", "views", "number"], unique=False)
    op.create_index(
        "ix_videos_deleted_at",
        "videos",
        ["deleted_at"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index("ix_videos_owner_number", "videos", ["owner", "number"], unique=False)
    op.create_index("ix_videos_owner_sha256", "videos", ["owner", "sha256"], unique=False)
    op.create_index("ix_videos_state_number", "videos", ["state", "number"], unique=False)
    op.create_index("ix_videos_title_key_number", "videos", ["title_key", "number"], unique=False)
    op.create_index("ix_videos_views_number", "videos", ["views", "number"], unique=False)
    op.create_table(
        "playlist_items",
        sa.Column("playlist_id", sa.String(length=32), nullable=False),
        sa.Column("video_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.CheckConstraint("place >= 0", name=op.f("ck_playlist_items_place")),
        sa.ForeignKeyConstraint(
            ["playlist_id"], ["playlists.id"], name=op.f("fk_playlist_items_playlist_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["video_id"], ["videos.id"], name=op.f("fk_playlist_items_video_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("playlist_id", "video_id", name=op.f("pk_playlist_items")),
    )
    op.create_index(op.f("ix_playlist_items_video_id"), "playlist_items", ["video_id"], unique=False)
    op.create_table(
        "video_generations",
        sa.Column("video_id", sa.String(length=32), nullable=False),
        sa.Column("generation", sa.String(length=16), nullable=False),
        sa.Column("manifest", sa.Text(), server_default="{}", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("published_at", sa.Double(), nullable=True),
        sa.Column("superseded_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["video_id"], ["videos.id"], name=op.f("fk_video_generations_video_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("video_id", "generation", name=op.f("pk_video_generations")),
    )
    op.create_index(op.f("ix_video_generations_job_id"), "video_generations", ["job_id"], unique=False)
    op.create_index(
        op.f("ix_video_generations_superseded_at"), "video_generations", ["superseded_at"], unique=False
    )
    op.create_table(
        "video_jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("video_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("params", sa.Text(), server_default="{}", nullable=False),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("worker", sa.String(length=256), server_default="", nullable=False),
        sa.Column("run_at", sa.Double(), nullable=False),
        sa.Column("lease_s", sa.Double(), server_default="0", nullable=False),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("progress", sa.Double(), nullable=True),
        sa.Column("is_cancelled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["video_id"], ["videos.id"], name=op.f("fk_video_jobs_video_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_video_jobs")),
    )
    op.create_index(op.f("ix_video_jobs_finished_at"), "video_jobs", ["finished_at"], unique=False)
    op.create_index(
        "ix_video_jobs_state_priority", "video_jobs", ["state", "priority", "run_at"], unique=False
    )
    op.create_index(op.f("ix_video_jobs_video_id"), "video_jobs", ["video_id"], unique=False)
    op.create_table(
        "video_reports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("video_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("viewer", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_video_reports_account_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["video_id"], ["videos.id"], name=op.f("fk_video_reports_video_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_video_reports")),
    )
    op.create_index(op.f("ix_video_reports_account_id"), "video_reports", ["account_id"], unique=False)
    op.create_index(op.f("ix_video_reports_at"), "video_reports", ["at"], unique=False)
    op.create_index(op.f("ix_video_reports_video_id"), "video_reports", ["video_id"], unique=False)
    op.create_index("uq_video_reports_viewer", "video_reports", ["video_id", "viewer"], unique=True)
    op.create_table(
        "video_subtitles",
        sa.Column("video_id", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("label", sa.String(length=256), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["video_id"], ["videos.id"], name=op.f("fk_video_subtitles_video_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("video_id", "language", name=op.f("pk_video_subtitles")),
    )
    op.create_table(
        "video_tags",
        sa.Column("tag_key", sa.String(length=256), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["videos.number"], name=op.f("fk_video_tags_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tag_key", "number", name=op.f("pk_video_tags")),
    )
    op.create_index(op.f("ix_video_tags_number"), "video_tags", ["number"], unique=False)
    op.create_table(
        "video_uploads",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=True),
        sa.Column("video_id", sa.String(length=32), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("filename", sa.String(length=256), server_default="", nullable=False),
        sa.Column("metadata", sa.Text(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner"], ["accounts.id"], name=op.f("fk_video_uploads_owner"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["video_id"], ["videos.id"], name=op.f("fk_video_uploads_video_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_video_uploads")),
    )
    op.create_index(op.f("ix_video_uploads_expires_at"), "video_uploads", ["expires_at"], unique=False)
    op.create_index(op.f("ix_video_uploads_owner"), "video_uploads", ["owner"], unique=False)
    op.create_index(op.f("ix_video_uploads_video_id"), "video_uploads", ["video_id"], unique=False)
    op.create_table(
        "video_views",
        sa.Column("video_id", sa.String(length=32), nullable=False),
        sa.Column("viewer", sa.String(length=32), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["video_id"], ["videos.id"], name=op.f("fk_video_views_video_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("video_id", "viewer", name=op.f("pk_video_views")),
    )
    op.create_index(op.f("ix_video_views_at"), "video_views", ["at"], unique=False)
    op.add_column("tokens", sa.Column("video", sa.String(length=32), nullable=True))

    for statement in _SEARCH[op.get_bind().dialect.name]:
        op.execute(statement)
