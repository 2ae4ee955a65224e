"""Videos: made, found, changed, put into the bin and taken out of it, removed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from framecast.accounts.account import Actor
from framecast.accounts.part import Audited
from framecast.errors import Conflict, Denied, Invalid
from framecast.library.job_rows import cancel_all, renew
from framecast.library.removals import remove_objects
from framecast.library.rows import change_row, find_video, known_form, lock_jobs, new_video_id
from framecast.library.search import index, unindex
from framecast.library.texts import (
    check_description,
    check_tags,
    check_title,
    kept_filename,
    tag_key,
    title_key,
)
from framecast.model.text import shown
from framecast.model.video import Video, VideoState, Viewer, Visibility
from framecast.store.library_schema import uploads, video_tags, videos

_DAY_S = 86400.0
_MOST_PURGED = 100  # in one transaction


class Videos(Audited):
    """The videos themselves."""

    def add_video(
        self,
        owner: str | None,
        title: str,
        *,
        filename: str = "",
        visibility: Visibility = Visibility.PRIVATE,
        by: Actor | None = None,
    ) -> Video:
        """Make a video that waits for its file, of an account (by id) or of the admins (None).

        Raises:
            Invalid: the title is not allowed.
            Conflict: there is no account `owner`.
        """
        with self._store.write() as connection:
            made = insert_video(connection, self._now(), owner, title, filename, visibility)
            self._note(connection, by, "video.add", _name(made))
            return made

    def video(self, id: str, viewer: Viewer) -> Video:
        """Return one video.

        Raises:
            NotFound: there is no such video, or the viewer may not see it.
        """
        with self._store.read() as connection:
            return find_video(connection, id, viewer)

    def change_video(
        self,
        id: str,
        viewer: Viewer,
        *,
        title: str | None = None,
        description: str | None = None,
        tags: Sequence[str] | None = None,
        visibility: str | None = None,
        by: Actor | None = None,
    ) -> Video:
        """Change what stands about a video. None leaves a value as it is.

        Raises:
            NotFound: as `video`. Denied: the viewer may see it, but not change it. Invalid: a value is not allowed.
        """
        wanted: dict[str, Any] = {}
        if title is not None:
            wanted["title"] = check_title(title)
            wanted["title_key"] = title_key(wanted["title"])
        if description is not None:
            wanted["description"] = check_description(description)
        chosen = None if tags is None else check_tags(tags)
        if chosen is not None:
            wanted["tags"] = json.dumps(chosen, ensure_ascii=False)
        if visibility is not None:
            wanted["visibility"] = str(check_visibility(visibility))
        with self._store.write() as connection:
            editable(connection, id, viewer)
            if not wanted:
                return find_video(connection, id)
            change_row(connection, id, self._now(), **wanted)
            changed = find_video(connection, id)
            if chosen is not None:
                _set_tags(connection, changed)
            index_video(connection, changed)
            names = ", ".join(key for key in wanted if key != "title_key")
            to = f", visibility {changed.visibility}" if visibility is not None else ""
            self._note(connection, by, "video.change", _name(changed), names + to)
            return changed

    def delete_video(self, id: str, viewer: Viewer, *, by: Actor | None = None) -> Video:
        """Put a video into the bin: only its owner and the admins see it there, and its jobs end. `restore_video` undoes it.

        Raises:
            NotFound, Denied: as `change_video`.
        """
        with self._store.write() as connection:
            lock_jobs(connection, id)
            found = editable(connection, id, viewer)
            if found.deleted_at is None:
                now = self._now()
                cancel_all(connection, id, now, "the video was deleted")
                expire = update(uploads).where(uploads.c.video_id == id, uploads.c.finished_at.is_(None))
                if connection.execute(expire.values(video_id=None, expires_at=now)).rowcount:
                    remove_videos(connection, [id], now)  # there is no file yet that could come back
                    return replace(found, deleted_at=now)
                change_row(connection, id, now, deleted_at=now)
                self._note(connection, by, "video.delete", _name(found))
            return find_video(connection, id)

    def restore_video(self, id: str, viewer: Viewer, *, by: Actor | None = None) -> Video:
        """Take a video out of the bin. What was being made of it begins again.

        Raises:
            NotFound, Denied: as `change_video`. Conflict: it is being removed for good.
        """
        with self._store.write() as connection:
            lock_jobs(connection, id)
            found = editable(connection, id, viewer)
            if found.deleted_at is not None:
                if found.deleted_at <= 0:
                    raise Conflict("this video is being removed for good")
                now = self._now()
                change_row(connection, id, now, deleted_at=None)
                renew(connection, id, now)
                self._note(connection, by, "video.restore", _name(found))
            return find_video(connection, id)

    def purge_video(self, id: str, viewer: Viewer, *, by: Actor | None = None) -> None:
        """Remove a video for good. Its objects may go from now on: `old_generations` names them.

        Raises:
            NotFound, Denied: as `change_video`. Conflict: it is not in the bin.
        """
        with self._store.write() as connection:
            lock_jobs(connection, id)
            found = editable(connection, id, viewer)
            if found.deleted_at is None:
                raise Conflict("only a video in the bin can be removed for good: delete it first")
            remove_videos(connection, [id], self._now())
            self._note(connection, by, "video.purge", _name(found))

    def purge(self, bin_days: float) -> list[str]:
        """Remove the videos for good that have been in the bin for so many days, 100 at most. Return their ids; nobody asked, so no row of the log."""
        now = self._now()
        query = (
            select(videos.c.id)
            .where(videos.c.deleted_at <= now - bin_days * _DAY_S)
            .order_by(videos.c.deleted_at)
            .limit(_MOST_PURGED)
        )
        with self._store.write() as connection:
            gone = list(connection.execute(query).scalars())
            for id in gone:
                lock_jobs(connection, id)
            remove_videos(connection, gone, now)
        return gone


def insert_video(
    connection: Connection,
    now: float,
    owner: str | None,
    title: str,
    filename: str,
    visibility: Visibility,
) -> Video:
    """Make a video in a transaction; raises as `add_video`."""
    checked, id = check_title(title), new_video_id()
    connection.execute(
        insert(videos).values(
            id=id,
            owner=owner,
            title=checked,
            title_key=title_key(checked),
            visibility=str(check_visibility(visibility)),
            state=str(VideoState.UPLOADING),
            filename=kept_filename(filename),
            created_at=now,
            changed_at=now,
        )
    )
    made = find_video(connection, id)
    index_video(connection, made)
    return made


def editable(connection: Connection, id: str, viewer: Viewer) -> Video:
    """Return a video that the viewer may change, locked until the end of the transaction.

    Raises:
        NotFound, Denied: as `Videos.change_video`.
    """
    connection.execute(select(videos.c.id).where(videos.c.id == known_form(id)).with_for_update())
    found = find_video(connection, id, viewer)
    if not found.may_be_edited_by(viewer):
        raise Denied("only its owner and the admins may change this video", reason="owner")
    return found


def check_visibility(given: str) -> Visibility:
    """Return who finds a video.

    Raises:
        Invalid: it is something else.
    """
    if given not in tuple(Visibility):
        raise Invalid(f"visibility must be one of {', '.join(Visibility)}, got {shown(str(given), 40)!r}")
    return Visibility(given)


def index_video(connection: Connection, video: Video) -> None:
    """Make a video found by its texts."""
    number = connection.execute(select(videos.c.number).where(videos.c.id == video.id)).scalar_one()
    index(connection, number, (video.title, video.description, *video.tags))


def remove_videos(connection: Connection, ids: Sequence[str], now: float) -> None:
    """Remove rows of videos in a transaction, and note that their objects may go."""
    numbers = list(connection.execute(select(videos.c.number).where(videos.c.id.in_(ids))).scalars())
    unindex(connection, numbers)
    connection.execute(delete(videos).where(videos.c.number.in_(numbers)))
    remove_objects(connection, [f"videos/{id}/" for id in ids], now)


def _set_tags(connection: Connection, video: Video) -> None:
    number = connection.execute(select(videos.c.number).where(videos.c.id == video.id)).scalar_one()
    connection.execute(delete(video_tags).where(video_tags.c.number == number))
    rows = [{"tag_key": key, "number": number} for key in dict.fromkeys(map(tag_key, video.tags))]
    if rows:
        connection.execute(insert(video_tags), rows)


def _name(video: Video) -> str:
    return f"{video.id} {video.title}"
