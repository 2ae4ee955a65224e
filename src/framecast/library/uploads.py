"""Uploads: what is reserved when one begins, how far it is, and the video that it becomes.

The bytes are in a file that is not our matter. A quota is checked and reserved in one transaction, so two uploads that begin at once do not
both get the last of it. What an owner has sent is found again by its SHA-256, of the same owner alone: nobody learns what others have.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from framecast.accounts.account import Actor
from framecast.accounts.part import Audited
from framecast.accounts.secret import new_id
from framecast.errors import Conflict, Invalid, NotFound
from framecast.library.job_rows import insert_job
from framecast.library.rows import change_row, find_video, known_form, lock
from framecast.library.texts import kept_filename, title_of
from framecast.library.videos import insert_video, remove_videos
from framecast.model.video import Video, VideoState, Visibility
from framecast.model.video_job import JobKind, Upload, UploadLimits, Usage
from framecast.store.library_schema import uploads, videos

_DAY_S = 86400.0
_LARGEST = 1 << 50
_MOST_EXPIRED = 100
_MOST_OPEN = 200  # unfinished uploads of one owner
_MOST_KEYS, _LONGEST_VALUE = 16, 1000


class Uploads(Audited):
    """The uploads."""

    def begin_upload(
        self,
        owner: str | None,
        size: int,
        filename: str,
        metadata: Mapping[str, str],
        limits: UploadLimits,
        *,
        by: Actor | None = None,
    ) -> Upload:
        """Reserve what an upload needs and return it; its video is there at once, in the state `uploading`.

        `metadata` may have a `title` and a `visibility`.

        Raises:
            Invalid: the size, the title or the visibility is not allowed; field `reason` is `too-large` for a size over the limit.
            Conflict: the quota, the limit of a day or the disk is used up; field `reason` is `quota`, `daily`, `disk` or `uploads`.
        """
        if isinstance(size, bool) or not 0 < size <= _LARGEST:
            raise Invalid(f"the size of an upload must be 1 to {_LARGEST} bytes, got {size!r:.40}")
        if limits.largest is not None and size > limits.largest:
            raise Invalid(
                f"a file may have at most {limits.largest} bytes, this one has {size}",
                reason="too-large",
                limit=limits.largest,
            )
        now, name = self._now(), kept_filename(filename)
        with self._store.write() as connection:
            lock(connection, "library uploads")
            _check_limits(connection, owner, size, limits, now)
            title = metadata.get("title", "").strip() or title_of(name)
            visibility = metadata.get("visibility") or Visibility.PRIVATE
            made = insert_video(connection, now, owner, title, name, visibility)  # type: ignore[arg-type]
            upload = new_id() + new_id()
            connection.execute(
                insert(uploads).values(
                    id=upload,
                    owner=owner,
                    video_id=made.id,
                    size=size,
                    filename=name,
                    metadata=json.dumps(_kept(metadata)),
                    created_at=now,
                    expires_at=now + limits.expiry_s,
                )
            )
            self._note(connection, by, "video.upload", f"{made.id} {name}", f"{size} bytes")
            return _upload(connection, upload)

    def upload(self, id: str) -> Upload:
        """Return one upload; one that is finished is known for a day.

        Raises:
            NotFound: there is no such upload.
        """
        with self._store.read() as connection:
            return _upload(connection, id)

    def uploads(self, owner: str | None) -> list[Upload]:
        """Return the unfinished uploads of an owner, the newest first."""
        query = select(uploads).where(_of(uploads.c.owner, owner), uploads.c.finished_at.is_(None))
        with self._store.read() as connection:
            return [
                _upload_of(row) for row in connection.execute(query.order_by(uploads.c.created_at.desc()))
            ]

    def note_offset(self, id: str, offset: int, expiry_s: float | None = None) -> Upload:
        """Note that so many bytes are durable. It never goes back. With `expiry_s` the upload expires after these seconds.

        Raises:
            NotFound: there is no such upload, or it is finished. Invalid: it has not so many bytes.
        """
        values: dict[str, Any] = {"offset": offset}
        if expiry_s is not None:
            values["expires_at"] = self._now() + expiry_s
        with self._store.write() as connection:
            row = _open(connection, id)
            if not row.offset <= offset <= row.size:
                raise Invalid(f"the offset must be {row.offset} to {row.size}, got {offset}")
            connection.execute(update(uploads).where(uploads.c.id == id).values(**values))
            return _upload(connection, id)

    def finish_upload(self, id: str, sha256: str, *, by: Actor | None = None) -> Video:
        """Turn an upload whose bytes are all durable into a video that is checked next. Repeated, it returns the same video.

        If the owner has this file already, that video is returned, the new row goes, and so may the objects of the new one.
        The original must be at its place before this: `videos/VIDEO/original`, where VIDEO is `upload.video`.

        Raises:
            NotFound: there is no such upload. Conflict: bytes are missing.
        """
        now = self._now()
        with self._store.write() as connection:
            row = _row(connection, id)
            if row.finished_at is not None:
                return find_video(connection, row.video_id or "")
            if row.video_id is None:
                raise NotFound("the video of this upload was deleted: send the file as a new one")
            if row.offset != row.size:
                raise Conflict(f"the upload has {row.offset} of {row.size} bytes: send the rest first")
            lock(connection, f"library {row.owner}")
            twin = _twin(connection, row, sha256)
            video = row.video_id if twin is None else twin
            done = {"finished_at": now, "video_id": video, "expires_at": now + _DAY_S}
            connection.execute(update(uploads).where(uploads.c.id == id).values(**done))
            if twin is not None:
                remove_videos(connection, [row.video_id], now)
            else:
                state = str(VideoState.CHECKING)
                change_row(connection, video, now, size=row.size, sha256=sha256, state=state)
                insert_job(connection, video, JobKind.CHECK, now)
            self._note(
                connection, by, "video.uploaded", video, "the owner has it already" if twin else "done"
            )
            return find_video(connection, video)

    def drop_upload(self, id: str, *, by: Actor | None = None) -> Upload:
        """Forget an upload and its video; remove its file after this. A finished one is forgotten alone, and its video stays.

        Raises:
            NotFound: there is no such upload.
        """
        with self._store.write() as connection:
            row = _row(connection, id)
            found = _upload_of(row)
            connection.execute(delete(uploads).where(uploads.c.id == id))
            if row.finished_at is None:
                if row.video_id is not None:
                    remove_videos(connection, [row.video_id], self._now())
                self._note(connection, by, "video.upload.drop", f"{row.video_id} {row.filename}")
            return found

    def expired_uploads(self) -> list[Upload]:
        """Return uploads whose time is over, at most 100: drop each, then remove its file."""
        query = select(uploads).where(uploads.c.expires_at <= self._now()).order_by(uploads.c.expires_at)
        with self._store.read() as connection:
            return [_upload_of(row) for row in connection.execute(query.limit(_MOST_EXPIRED))]

    def usage(self, owner: str | None) -> Usage:
        """Return what an owner (None: the admins) has and has reserved."""
        with self._store.read() as connection:
            return usage_of(connection, owner)


def usage_of(connection: Connection, owner: str | None) -> Usage:
    """Return what an owner has, in a transaction. The bin counts: what lies there is still on the disk."""
    stored = select(func.coalesce(func.sum(videos.c.size), 0), func.count()).where(
        _of(videos.c.owner, owner), videos.c.state != VideoState.UPLOADING
    )
    size, count = connection.execute(stored).one()
    return Usage(int(size), _reserved(connection, _of(uploads.c.owner, owner)), count)


def _check_limits(
    connection: Connection, owner: str | None, size: int, limits: UploadLimits, now: float
) -> None:
    if limits.quota is not None:
        usage = usage_of(connection, owner)
        left = max(limits.quota - usage.bytes - usage.reserved, 0)
        _check(size, left, "quota", f"the quota of {limits.quota} bytes", limits.quota)
    if limits.daily is not None:
        recent = _of(uploads.c.owner, owner) & (uploads.c.created_at > now - _DAY_S)
        sent = int(
            connection.execute(select(func.coalesce(func.sum(uploads.c.size), 0)).where(recent)).scalar_one()
        )
        left = max(limits.daily - sent, 0)
        _check(size, left, "daily", f"the limit of {limits.daily} bytes a day", limits.daily)
    if limits.free is not None:
        outstanding = select(func.coalesce(func.sum(uploads.c.size - uploads.c.offset), 0))
        promised = int(connection.execute(outstanding.where(uploads.c.finished_at.is_(None))).scalar_one())
        _check(size, max(limits.free - promised, 0), "disk", "the free space of the disk", limits.free)
    many = select(func.count()).where(_of(uploads.c.owner, owner), uploads.c.finished_at.is_(None))
    if connection.execute(many).scalar_one() >= _MOST_OPEN:
        raise Conflict(
            f"there are {_MOST_OPEN} unfinished uploads: finish or cancel some first", reason="uploads"
        )


def _check(size: int, left: int, reason: str, what: str, limit: int) -> None:
    if size > left:
        raise Conflict(
            f"{what} leaves {left} bytes, and the file has {size}: remove videos, or send a smaller file",
            reason=reason,
            limit=limit,
            left=left,
        )


def _reserved(connection: Connection, whose: ColumnElement[bool]) -> int:
    query = select(func.coalesce(func.sum(uploads.c.size), 0)).where(whose, uploads.c.finished_at.is_(None))
    return int(connection.execute(query).scalar_one())


def _twin(connection: Connection, row: Row[Any], sha256: str) -> str | None:
    """Return the id of the video that the owner has made of the same file."""
    query = select(videos.c.id).where(
        _of(videos.c.owner, row.owner),
        videos.c.sha256 == sha256,
        videos.c.size == row.size,
        videos.c.id != row.video_id,
        videos.c.deleted_at.is_(None),
        videos.c.has_original,
        videos.c.state != VideoState.FAILED,
    )
    return connection.execute(query.order_by(videos.c.number).limit(1)).scalar_one_or_none()


def _of(column: ColumnElement[Any], owner: str | None) -> ColumnElement[bool]:
    return column.is_(None) if owner is None else column == owner


def _row(connection: Connection, id: str) -> Row[Any]:
    row = connection.execute(select(uploads).where(uploads.c.id == known_form(id)).with_for_update()).first()
    if row is None:
        raise NotFound("there is no such upload: it was finished, cancelled, or has expired")
    return row


def _open(connection: Connection, id: str) -> Row[Any]:
    row = _row(connection, id)
    if row.finished_at is not None:
        raise NotFound("this upload is finished")
    return row


def _upload(connection: Connection, id: str) -> Upload:
    row = connection.execute(select(uploads).where(uploads.c.id == known_form(id))).first()
    if row is None:
        raise NotFound("there is no such upload: it was finished, cancelled, or has expired")
    return _upload_of(row)


def _upload_of(row: Row[Any]) -> Upload:
    return Upload(
        id=row.id,
        owner=row.owner,
        video=row.video_id or "",
        size=row.size,
        offset=row.offset,
        filename=row.filename,
        metadata=json.loads(row.metadata),
        created_at=row.created_at,
        expires_at=row.expires_at,
        finished_at=row.finished_at,
    )


def _kept(metadata: Mapping[str, str]) -> dict[str, str]:
    """Return metadata of strangers as it is kept."""
    items = list(metadata.items())[:_MOST_KEYS]
    return {str(key)[:64]: str(value)[:_LONGEST_VALUE] for key, value in items}
