"""What becomes of the videos and playlists of an account that is deleted, in the transaction that deletes it.

Rows alone: the objects of videos that are removed go with the next upkeep of the library (`library/videos.py`), which finds them in the bin
with a time that is long over.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select, update

from framecast.store.library_schema import jobs, playlists, uploads, videos

_REMOVED = "the account was deleted"


def count_videos(connection: Connection, account: str) -> int:
    """Return how many videos an account owns; those in the bin count, those that are still being sent do not."""
    query = select(func.count()).where(videos.c.owner == account, videos.c.state != "uploading")
    return int(connection.execute(query).scalar_one())


def has_library(connection: Connection, account: str) -> bool:
    """Return whether an account owns something that can be given: a video or a playlist."""
    lists = select(func.count()).where(playlists.c.owner == account)
    return bool(count_videos(connection, account) or connection.execute(lists).scalar_one())


def give_videos(connection: Connection, account: str, heir: str | None) -> None:
    """Give the videos and playlists of an account to another one, None: to the admins."""
    end_uploads(connection, account)
    for table in (videos, playlists):
        connection.execute(update(table).where(table.c.owner == account).values(owner=heir))


def remove_videos(connection: Connection, account: str, now: float) -> None:
    """Put the videos of an account into the bin, for good; its playlists go with its row."""
    end_uploads(connection, account)
    _bin(connection, account, now, every=True)


def end_uploads(connection: Connection, account: str, now: float = 0.0) -> None:
    """End what an account is sending: the uploads expire at once, and their videos go for good."""
    mine = (uploads.c.owner == account) & uploads.c.finished_at.is_(None)
    connection.execute(update(uploads).where(mine).values(expires_at=now))
    _bin(connection, account, now, every=False)


def _bin(connection: Connection, account: str, now: float, *, every: bool) -> None:
    chosen = videos.c.owner == account
    if not every:
        chosen &= videos.c.state == "uploading"
    ids = list(connection.execute(select(videos.c.id).where(chosen)).scalars())
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        waiting = jobs.c.video_id.in_(some) & (jobs.c.state == "waiting")
        ended = {"state": "cancelled", "reason": _REMOVED, "finished_at": now}
        connection.execute(update(jobs).where(waiting).values(**ended))
        running = jobs.c.video_id.in_(some) & (jobs.c.state == "running")
        connection.execute(update(jobs).where(running).values(is_cancelled=True, reason=_REMOVED))
        values = {"owner": None, "deleted_at": 0.0, "audience": ""}
        connection.execute(update(videos).where(videos.c.id.in_(some)).values(**values))
