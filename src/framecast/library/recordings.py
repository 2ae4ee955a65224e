"""Recordings of streams: videos that can be played while they are written.

A recording has a generation of its own from its beginning, whose file grows. When it ends, its file becomes the original of the video, and goes the
way of every file: it is checked and published, while what was recorded stays playable.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from framecast.accounts.account import Actor
from framecast.accounts.part import Audited
from framecast.errors import Conflict
from framecast.library.job_rows import insert_job
from framecast.library.rows import change_row, find_video
from framecast.library.videos import insert_video
from framecast.model.video import Video, VideoState, Visibility
from framecast.model.video_job import JobKind
from framecast.store.library_schema import generations, videos


@dataclass(frozen=True, slots=True)
class DataTrack:
    """A data track of a recording: its name, the names of its two files (`model.data_file`), and how many records it has."""

    name: str
    records: str
    index: str
    count: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """How far a recording is: what its playlist lists, in seconds, bytes and pixels (0: no pictures). `files` are the names and sizes of its objects."""

    seconds: float
    size: int
    width: int
    height: int
    codecs: str
    files: Mapping[str, int]
    data: tuple[DataTrack, ...] = ()


class Recordings(Audited):
    """The rows of recordings."""

    def begin_recording(
        self,
        owner: str | None,
        stream: str,
        title: str = "",
        *,
        visibility: Visibility = Visibility.PRIVATE,
        by: Actor | None = None,
    ) -> Video:
        """Make the video of a recording that begins now; `media` has its generation, which has no files yet.

        Raises:
            Invalid: the title is too long, or has characters that cannot be shown.
        """
        now, generation = self._now(), f"g{secrets.token_hex(6)}"
        with self._store.write() as connection:
            video = insert_video(connection, now, owner, title or stream, f"{stream}.mp4", visibility)
            values = {"video_id": video.id, "generation": generation, "created_at": now, "published_at": now}
            connection.execute(insert(generations).values(**values, manifest=_manifest(None, True)))
            state = str(VideoState.PROCESSING)
            marks = {"stream": stream, "is_recording": True, "has_original": False}
            change_row(connection, video.id, now, state=state, generation=generation, **marks)
            self._note(connection, by, "video.recording", f"{video.id} {stream}")
            return find_video(connection, video.id)

    def recordings(self) -> list[Video]:
        """Return the videos that are being recorded, the oldest first."""
        with self._store.read() as connection:
            query = select(videos.c.id).where(videos.c.is_recording).order_by(videos.c.number)
            return [find_video(connection, id) for id in connection.execute(query).scalars()]

    def note_recording(self, id: str, recorded: Recorded) -> Video:
        """Note how far a recording is; with its first note it can be played.

        Raises:
            NotFound: there is no such video. Conflict: it is not being recorded.
        """
        with self._store.write() as connection:
            return _change(connection, _recording(connection, id), recorded, self._now(), is_over=False)

    def end_recording(self, id: str, recorded: Recorded | None) -> Video:
        """Note that a recording is over: `videos/ID/original` is its file, which is checked next. None: nothing was recorded, and the video has failed.

        Raises:
            NotFound, Conflict: as `note_recording`.
        """
        now = self._now()
        with self._store.write() as connection:
            video = _recording(connection, id)
            if recorded is None:
                reason = "the recording ended before its first picture"
                change_row(
                    connection, id, now, is_recording=False, state=str(VideoState.FAILED), reason=reason
                )
                return find_video(connection, id)
            _change(connection, video, recorded, now, is_over=True)
            change_row(connection, id, now, is_recording=False, has_original=True)
            insert_job(connection, id, JobKind.CHECK, now)
            return find_video(connection, id)


def _recording(connection: Connection, id: str) -> Video:
    connection.execute(select(videos.c.id).where(videos.c.id == id[:64]).with_for_update())
    video = find_video(connection, id)
    if not video.is_recording or video.media is None:
        raise Conflict(f"the video {id} is not being recorded")
    return video


def _change(connection: Connection, video: Video, recorded: Recorded, now: float, *, is_over: bool) -> Video:
    media = video.media
    assert media is not None
    key = (generations.c.video_id == video.id) & (generations.c.generation == media.generation)
    manifest = _manifest(recorded, not is_over)
    connection.execute(update(generations).where(key).values(manifest=manifest, size=recorded.size))
    facts: dict[str, Any] = {"duration_s": recorded.seconds, "size": recorded.size}
    if recorded.width:
        facts |= {"width": recorded.width, "height": recorded.height}
    change_row(connection, video.id, now, **facts, state=str(VideoState.READY))
    return find_video(connection, video.id)


def _manifest(recorded: Recorded | None, is_recording: bool) -> str:
    """Return the manifest of what is recorded so far."""
    if recorded is None:
        return json.dumps({"files": {}, "is_recording": is_recording, "is_final": False})
    bits = round(recorded.size * 8 / max(recorded.seconds, 0.1))
    rendition = {"name": f"{recorded.height}p", "width": recorded.width, "height": recorded.height}
    return json.dumps(
        {
            "hls": "index.m3u8",
            "download": "main.mp4",
            "poster": None,
            "storyboard": None,
            "waveform": None,
            "subtitles": [],
            "renditions": [{**rendition, "bitrate": bits, "codecs": recorded.codecs}],
            "data": [asdict(one) for one in recorded.data],
            "files": {name: {"size": size, "from": None} for name, size in recorded.files.items()},
            "is_recording": is_recording,
            "is_final": False,
        }
    )
