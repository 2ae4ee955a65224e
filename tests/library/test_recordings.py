"""Rows of recordings: they can be played while they are written, and become videos like others."""

from __future__ import annotations

import pytest

from framecast.errors import Conflict, Invalid, NotFound
from framecast.library import Library
from framecast.library.recordings import Recorded
from framecast.model.video import ANONYMOUS, LOCAL, VideoState, Visibility
from framecast.model.video_job import JobKind
from tests.accounts.opened import Clock

SOME = Recorded(4.0, 1000, 640, 360, "avc1.64001f,mp4a.40.2", {"main.mp4": 1000, "main.m3u8": 90})
MORE = Recorded(60.0, 90_000, 640, 360, "avc1.64001f,mp4a.40.2", {"main.mp4": 90_000, "main.m3u8": 900})


def test_recording_is_played_from_its_first_note_on(library: Library) -> None:
    video = library.begin_recording(None, "front-door", visibility=Visibility.PUBLIC)
    assert (video.title, video.filename, video.stream) == ("front-door", "front-door.mp4", "front-door")
    assert (video.state, video.is_recording) == (VideoState.PROCESSING, True)
    with pytest.raises(NotFound):
        library.video(video.id, ANONYMOUS)
    noted = library.note_recording(video.id, SOME)
    assert (noted.state, noted.duration_s, noted.width, noted.size) == (VideoState.READY, 4.0, 640, 1000)
    seen = library.video(video.id, ANONYMOUS)
    assert seen.media is not None
    assert seen.media.manifest["hls"] == "index.m3u8"
    assert seen.media.manifest["is_recording"] is True
    assert seen.media.manifest["renditions"][0]["bitrate"] == 2000


def test_its_objects_are_kept_while_it_is_recorded(library: Library, clock: Clock) -> None:
    library.begin_recording(None, "front-door")
    clock.now += 10 * 86400
    assert library.old_generations() == []


def test_ended_recording_is_checked_and_stays_playable(library: Library) -> None:
    video = library.begin_recording(None, "front-door", "Parcel")
    library.note_recording(video.id, SOME)
    ended = library.end_recording(video.id, MORE)
    assert (ended.state, ended.is_recording, ended.size) == (VideoState.READY, False, 90_000)
    assert library.recordings() == []
    job = library.claim("here", [JobKind.CHECK])
    assert job is not None
    facts = {"duration_s": 60.1, "video": {"width": 640, "height": 360, "fps": 25.0}}
    assert library.checked(job.id, job.attempt, facts).state is VideoState.READY
    publish = library.claim("here", [JobKind.PUBLISH])
    assert publish is not None
    generation = library.begin_generation(publish.id, publish.attempt)
    manifest = {"hls": "index.m3u8", "files": {"main.mp4": {"size": 80_000, "from": None}}}
    done = library.publish(publish.id, publish.attempt, generation, manifest)
    assert done.media is not None
    assert done.media.generation == generation
    assert "is_recording" not in done.media.manifest


def test_file_of_a_recording_that_is_refused_leaves_it_playable(library: Library) -> None:
    video = library.begin_recording(None, "front-door")
    library.end_recording(video.id, SOME)
    job = library.claim("here", [JobKind.CHECK])
    assert job is not None
    library.refused(job.id, job.attempt, "this is no video")
    assert library.video(video.id, LOCAL).state is VideoState.READY


def test_recording_without_a_picture_has_failed(library: Library) -> None:
    video = library.begin_recording(None, "front-door")
    ended = library.end_recording(video.id, None)
    assert ended.state is VideoState.FAILED
    assert "first picture" in ended.reason
    assert library.claim("here", list(JobKind)) is None


def test_what_is_over_is_not_noted_any_more(library: Library) -> None:
    video = library.begin_recording(None, "front-door")
    assert [one.id for one in library.recordings()] == [video.id]
    library.end_recording(video.id, SOME)
    for act in (library.note_recording, library.end_recording):
        with pytest.raises(Conflict, match="not being recorded"):
            act(video.id, MORE)
    with pytest.raises(NotFound):
        library.note_recording("nothing", SOME)


def test_title_is_checked(library: Library) -> None:
    with pytest.raises(Invalid):
        library.begin_recording(None, "front-door", "x" * 1000)
    assert library.recordings() == []
