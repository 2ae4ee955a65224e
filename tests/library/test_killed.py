"""`kill -9` at every statement of every commit: afterwards all of it is there or nothing, and the next attempt ends in one result."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from itertools import count

import pytest
from sqlalchemy import event

from framecast.errors import NotFound
from framecast.library import Library, open_library
from framecast.model.video import LOCAL, VideoState
from framecast.model.video_job import JobKind, JobState
from tests.accounts.opened import Clock
from tests.library.made import FACTS, UNLIMITED, claimed, manifest, ready, uploaded

MOST = 60


def killed_at(number: int, database: str, clock: Clock, work: Callable[[Library], object]) -> bool:
    """Do something in a child process that is killed before its so-manieth statement or commit; return whether it came to its end."""
    now, child = clock.now, os.fork()
    if child == 0:
        try:
            library, left = open_library(database, now=lambda: now), [number]

            def note(*_given: object) -> None:
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)

            engine = library._store._engine
            event.listen(engine, "before_cursor_execute", note)
            event.listen(engine, "commit", note)
            work(library)
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return code == 0


def claimed_after(library: Library, kind: JobKind) -> str:
    """Take the job that a killed process had: PostgreSQL may need a moment to notice that the process is gone."""
    end = time.monotonic() + 60
    while (job := library.claim("second", [kind])) is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert job.attempt == 2
    return job.id


def states(library: Library, video: str, kind: JobKind) -> list[JobState]:
    return [job.state for job in library.jobs(video=video) if job.kind is kind]


def test_publication_is_whole_or_not_there(library: Library, database: str, clock: Clock) -> None:
    follow: list[tuple[JobKind, dict[str, int]]] = [(JobKind.LADDER, {})]
    for number in count(1):
        video = uploaded(library)
        check = claimed(library)
        library.checked(check.id, check.attempt, FACTS)
        job = claimed(library, JobKind.PUBLISH, "first")

        def publish(opened: Library, job: str = job.id) -> None:
            opened.publish(job, 1, opened.begin_generation(job, 1), manifest(), follow)

        is_done = killed_at(number, database, clock, publish)
        found = library.video(video.id, LOCAL)
        assert (found.media is not None) == is_done, number
        assert found.state is (VideoState.READY if is_done else VideoState.PROCESSING)
        assert states(library, video.id, JobKind.LADDER) == ([JobState.WAITING] if is_done else [])
        if is_done:
            break
        clock.now += 61
        again = claimed_after(library, JobKind.PUBLISH)
        generation = library.begin_generation(again, 2)
        library.publish(again, 2, generation, manifest(), follow)
        media = library.video(video.id, LOCAL).media
        assert media is not None
        assert media.generation == generation
        assert states(library, video.id, JobKind.PUBLISH) == [JobState.DONE]
        assert states(library, video.id, JobKind.LADDER) == [JobState.WAITING]
        lost = [one for one in library.old_generations(0) if one.startswith(f"videos/{video.id}/")]
        assert len(lost) <= 1
        assert f"videos/{video.id}/{generation}/" not in lost
    assert 5 < number < MOST


@pytest.mark.parametrize("what", ["finish", "check"])
def test_step_before_it_is_whole_or_not_there(
    library: Library, database: str, clock: Clock, what: str
) -> None:
    for number in count(1):
        upload = library.begin_upload(None, 100, f"{number}.mp4", {}, UNLIMITED)
        library.note_offset(upload.id, 100)
        if what == "finish":
            work: Callable[[Library], object] = partial(Library.finish_upload, id=upload.id, sha256=upload.id)
            before, after, kind = VideoState.UPLOADING, VideoState.CHECKING, JobKind.CHECK
        else:
            library.finish_upload(upload.id, upload.id)
            job = claimed(library, worker="first")
            work = partial(Library.checked, job=job.id, attempt=1, facts=FACTS)
            before, after, kind = VideoState.CHECKING, VideoState.PROCESSING, JobKind.PUBLISH
        is_done = killed_at(number, database, clock, work)
        assert library.video(upload.video, LOCAL).state is (after if is_done else before), number
        assert states(library, upload.video, kind) == ([JobState.WAITING] if is_done else [])
        if is_done:
            break
        if what == "finish":
            library.finish_upload(upload.id, upload.id)
            claimed(library)
        else:
            clock.now += 61
            library.checked(claimed_after(library, JobKind.CHECK), 2, FACTS)
        assert states(library, upload.video, kind) == [
            JobState.RUNNING if what == "finish" else JobState.WAITING
        ]
    assert 5 < number < MOST


def test_objects_may_go_exactly_if_the_video_has_gone(library: Library, database: str, clock: Clock) -> None:
    for number in count(1):
        video = ready(library)
        library.delete_video(video.id, LOCAL)
        is_done = killed_at(number, database, clock, partial(Library.purge_video, id=video.id, viewer=LOCAL))
        assert (f"videos/{video.id}/" in library.old_generations(0)) == is_done, number
        if is_done:
            with pytest.raises(NotFound):
                library.video(video.id, LOCAL)
            break
        library.purge_video(video.id, LOCAL)
        assert f"videos/{video.id}/" in library.old_generations(0)
    assert 5 < number < MOST
