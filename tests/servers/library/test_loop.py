"""From an upload to what is played, and what becomes of a job that is refused, cancelled, lost, waits, or dies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from obstore.store import MemoryStore

from framecast.errors import Broken
from framecast.model.library_layout import file_key
from framecast.model.video import LOCAL, VideoState
from framecast.model.video_job import JobKind, JobState
from framecast.processing.run import Refused
from framecast.servers.library import attempt
from framecast.servers.library.attempt import RunTask
from framecast.servers.library.loop import JobLoop
from framecast.store.bucket import BucketObjects
from framecast.store.objects import FolderObjects, full_error
from tests.servers.library.rig import JPEG, MP4, Rig, Tasks, until


def working(rig: Rig, tasks: RunTask, done: Callable[[], Awaitable[None]], places: int = 1) -> None:
    """Let the loop work until `done` returns."""

    async def work() -> None:
        loop = JobLoop(rig.desk, rig.layout, places, run=tasks, known=tuple(JobKind), look_s=0.01)
        task = asyncio.create_task(loop.work())
        try:
            await done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert loop.running == []

    asyncio.run(work())


@pytest.fixture
def rig(tmp_path: Path) -> Any:
    made = Rig(tmp_path)
    yield made
    made.close()


def is_idle(rig: Rig) -> bool:
    return {job.state for job in rig.library.jobs()} == {JobState.DONE}


@pytest.mark.parametrize("is_bucket", [False, True])
def test_video_is_checked_published_and_then_gets_its_ladder(is_bucket: bool, tmp_path: Path) -> None:
    rig = Rig(tmp_path, BucketObjects(MemoryStore()) if is_bucket else None)
    id, tasks = rig.upload(), Tasks(ladder={})
    working(rig, tasks, lambda: until(lambda: is_idle(rig), "all jobs are done"))
    assert [kind for kind, _ in tasks.calls] == ["check", "publish", "ladder"]
    video = rig.video(id)
    assert (video.state, video.width, video.duration_s) == (VideoState.READY, 320, 2.0)
    assert video.media is not None
    files = video.media.manifest["files"]
    first = files["main.mp4"]["from"]
    assert first != video.media.generation
    assert files["poster.jpg"]["from"] == first, "the ladder makes no poster: that of before stays"
    assert rig.objects.read(file_key(id, first, "main.mp4")) == MP4
    assert rig.objects.read(file_key(id, video.media.generation, "v240.mp4")) == MP4
    assert list(rig.layout.works.iterdir()) == []
    assert set(rig.changed) == {id}
    request = dict(tasks.calls[2][1])
    own = rig.objects.local_path(file_key(id, first, "main.mp4"))
    assert request["main"] == str(own or rig.layout.works / request["main"].split("/")[-2] / "main.mp4")
    assert request["facts"]["duration_s"] == 2.0
    rig.close()


def test_poster_and_subtitles_that_somebody_adds_stay_whatever_is_made_meanwhile(rig: Rig) -> None:
    id, tasks = (
        rig.upload(),
        Tasks(ladder={}, poster={"poster.jpg": JPEG + JPEG}, subtitles={"added-de.vtt": b"WEBVTT\n"}),
    )
    is_added = False

    async def add(kind: str) -> None:
        nonlocal is_added
        if kind == "ladder" and not is_added:
            is_added = True
            rig.library.set_poster(id, LOCAL, 1.0)
            rig.library.add_subtitles(id, LOCAL, "de", "Deutsch", "WEBVTT\n\n")
            await until(
                lambda: {"poster", "subtitles"} <= {kind for kind, _ in tasks.calls},
                "they do not wait for the ladder",
            )
            await until(
                lambda: sum(job.state is JobState.DONE for job in rig.library.jobs()) == 4,
                "they are published",
            )

    tasks.before = add
    working(rig, tasks, lambda: until(lambda: is_idle(rig), "all jobs are done"))
    media = rig.video(id).media
    assert media is not None
    assert media.manifest["hls"] == "index.m3u8"
    assert "v240.mp4" in media.manifest["files"]
    poster = media.manifest["files"]["poster.jpg"]
    assert rig.objects.read(file_key(id, poster["from"], "poster.jpg")) == JPEG + JPEG
    assert [one["name"] for one in media.manifest["subtitles"]] == ["added-de.vtt"]
    assert "added-de.vtt" in media.manifest["files"]
    (texts,) = [request["texts"] for kind, request in tasks.calls if kind == "subtitles"]
    assert [(one["language"], one["label"]) for one in texts] == [("de", "Deutsch")]


def test_file_that_is_refused_fails_with_the_sentence_and_goes(rig: Rig) -> None:
    id, tasks = rig.upload(), Tasks(check=Refused("this file is a playlist, and not a video"))
    working(rig, tasks, lambda: until(lambda: rig.video(id).state is VideoState.FAILED, "it fails"))
    assert rig.video(id).reason == "this file is a playlist, and not a video"
    rig.upkeep.sweep()
    assert rig.files() == set()


def test_failure_is_tried_again_and_says_why_meanwhile(rig: Rig) -> None:
    id, tasks = rig.upload(), Tasks(check=Broken("the process of the task was ended by SIGKILL"))
    working(rig, tasks, lambda: until(lambda: rig.library.jobs()[0].reason != "", "it has failed once"))
    (job,) = rig.library.jobs()
    assert (job.state, job.tries) == (JobState.WAITING, 1)
    assert job.run_at > job.created_at + 5
    assert "SIGKILL" in job.reason
    assert rig.video(id).state is VideoState.CHECKING


def test_job_that_is_cancelled_while_it_runs_stops_and_changes_nothing(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "BEAT_S", 0.01)
    monkeypatch.setattr(attempt, "PROGRESS_S", 0.01)
    id, tasks = rig.upload(), Tasks(ladder={})
    ended: list[str] = []

    async def stay(kind: str) -> None:
        if kind == "ladder":
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(kind)

    tasks.before = stay

    async def done() -> None:
        await until(
            lambda: tasks.calls[-1:] != [] and tasks.calls[-1][0] == "ladder", "the ladder is being made"
        )
        (job,) = rig.library.jobs(JobState.RUNNING)
        await until(lambda: rig.library.job(job.id).progress == 0.5, "its progress is in the table")
        rig.library.cancel_job(job.id)
        await until(lambda: rig.library.job(job.id).state is JobState.CANCELLED, "it has stopped")

    working(rig, tasks, done)
    assert ended == ["ladder"]
    video = rig.video(id)
    assert video.state is VideoState.READY
    assert video.media is not None
    assert video.media.manifest["download"] == "main.mp4"
    assert all(one["from"] is None for one in video.media.manifest["files"].values()), (
        "the first generation is played"
    )
    assert list(rig.layout.works.iterdir()) == []


def test_attempt_that_has_lost_its_job_commits_nothing(rig: Rig) -> None:
    id, tasks = rig.upload(), Tasks()

    async def lose(kind: str) -> None:
        if kind == "publish" and len(tasks.calls) == 2:
            rig.library.abandon("test")
            stolen = rig.library.claim("another", [JobKind.PUBLISH])
            assert stolen is not None
            assert stolen.attempt == 2

    tasks.before = lose
    working(
        rig,
        tasks,
        lambda: until(lambda: list(rig.layout.works.glob("*")) == [] and len(tasks.calls) == 2, "it is over"),
    )
    assert rig.video(id).media is None
    rig.upkeep.sweep()
    assert rig.files() == {f"videos/{id}/original"}, "objects of the lost attempt are gone"
    (job,) = rig.library.jobs(JobState.RUNNING)
    assert (job.worker, job.attempt) == ("another", 2)


def test_server_that_ends_gives_its_jobs_back_without_blame(rig: Rig) -> None:
    rig.upload()
    tasks = Tasks()
    begun = asyncio.Event()

    async def stay(_kind: str) -> None:
        begun.set()
        await asyncio.Event().wait()

    tasks.before = stay

    async def done() -> None:
        await begun.wait()

    working(rig, tasks, done)
    (job,) = rig.library.jobs()
    assert (job.state, job.tries) == (JobState.WAITING, 0)
    assert list(rig.layout.works.iterdir()) == []


def test_full_store_lets_the_job_wait_and_say_so(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    id, tasks = rig.upload(), Tasks()
    monkeypatch.setattr("framecast.servers.library.local_desk.FULL_WAIT_S", 0.2)
    reasons: set[str] = set()
    takes, count = FolderObjects.take_file, 0

    def take(objects: FolderObjects, key: str, path: Path) -> None:
        nonlocal count
        count += 1
        reasons.update(job.reason for job in rig.library.jobs())
        if count in (2, 5):
            raise full_error(key)
        takes(objects, key, path)

    monkeypatch.setattr(FolderObjects, "take_file", take)
    working(
        rig, tasks, lambda: until(lambda: rig.video(id).state is VideoState.READY, "it goes on by itself")
    )
    assert any("disk is full" in reason for reason in reasons)
    job = next(job for job in rig.library.jobs() if job.kind is JobKind.PUBLISH)
    assert job.tries == 1, "waiting is no try"
    assert job.attempt == 3


def test_result_that_is_not_as_it_must_be_is_not_taken(rig: Rig) -> None:
    id, tasks = rig.upload(), Tasks(publish={"main.mp4": MP4, "index.m3u8": b"#EXTM3U\nfile:///etc/passwd\n"})
    working(rig, tasks, lambda: until(lambda: any(job.reason for job in rig.library.jobs()), "it has failed"))
    assert rig.video(id).state is VideoState.PROCESSING
    rig.upkeep.sweep()
    assert rig.files() == {f"videos/{id}/original"}


def test_new_video_does_not_wait_for_a_ladder(rig: Rig) -> None:
    first, tasks = rig.upload(b"one"), Tasks(ladder={})

    async def stay(kind: str) -> None:
        if kind == "ladder":
            await asyncio.Event().wait()

    tasks.before = stay

    async def done() -> None:
        await until(
            lambda: tasks.calls[-1:] != [] and tasks.calls[-1][0] == "ladder", "the only place is taken"
        )
        second = rig.upload(b"two")
        await until(
            lambda: rig.video(second).state is VideoState.READY, "another place is for what people wait for"
        )
        assert rig.video(first).state is VideoState.READY

    working(rig, tasks, done)


def test_setting_turns_the_ladder_off(rig: Rig) -> None:
    rig.desk._settings = replace(rig.settings, has_ladder=False)
    id, tasks = rig.upload(), Tasks()
    working(rig, tasks, lambda: until(lambda: is_idle(rig), "all jobs are done"))
    assert [kind for kind, _ in tasks.calls] == ["check", "publish"]
    assert rig.library.video(id, LOCAL).state is VideoState.READY
