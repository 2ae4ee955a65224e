"""The table of jobs: leases, attempts, retries, cancellations; several claimers at once, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from framecast.accounts import Accounts, Actor
from framecast.errors import Conflict, Invalid, NotFound
from framecast.library import Library, open_library
from framecast.library.job_rows import FIRST_RETRY_S, MOST_RETRY_S, retry_s
from framecast.library.jobs import MOST_TRIES
from framecast.model.video import LOCAL, VideoState
from framecast.model.video_job import Job, JobKind, JobState
from tests.accounts.opened import Clock
from tests.library.made import FACTS, claimed, manifest, ready, uploaded

KINDS = list(JobKind)


def test_job_of_a_higher_priority_comes_first_and_one_of_tomorrow_waits(
    library: Library, clock: Clock
) -> None:
    video = ready(library).id
    library.add_job(video, "ladder", {"n": 1})
    library.add_job(video, "ladder", {"n": 2}, priority=5)
    clock.now += 1
    library.add_job(video, "ladder", {"n": 3})
    library.add_job(video, "ladder", {"n": 4}, priority=9, run_at=clock.now + 60)
    assert library.next_at(KINDS) == clock.now - 1
    assert [claimed(library, JobKind.LADDER).params["n"] for _ in range(3)] == [2, 1, 3]
    assert library.claim("worker", KINDS) is None
    assert library.next_at(["check"]) is None
    clock.now += 60
    assert claimed(library, JobKind.LADDER).params["n"] == 4
    with pytest.raises(Invalid, match="check, publish"):
        library.add_job(video, "burn")
    with pytest.raises(NotFound):
        library.add_job("nothing", "ladder")


def test_worker_gets_only_kinds_that_it_asks_for(library: Library) -> None:
    uploaded(library)
    assert library.claim("worker", ["ladder", "publish"]) is None
    assert library.claim("worker", []) is None
    assert claimed(library).kind is JobKind.CHECK


def test_heartbeats_keep_a_lease(library: Library, clock: Clock) -> None:
    uploaded(library)
    job = library.claim("worker", KINDS, 30)
    assert job is not None
    for _ in range(5):
        clock.now += 29
        assert library.heartbeat(job.id, job.attempt, float("nan")) == "go on"
        assert library.claim("other", KINDS, 30) is None
    assert library.heartbeat(job.id, job.attempt, 7.0) == "go on"
    assert library.job(job.id).progress == 1.0
    clock.now += 30
    other = library.claim("other", KINDS, 30)
    assert other is not None
    assert (other.id, other.attempt, other.worker) == (job.id, 2, "other")


def test_failed_job_waits_longer_each_time_and_then_fails_with_its_video(
    library: Library, clock: Clock
) -> None:
    video = uploaded(library)
    for number in range(1, MOST_TRIES + 1):
        job = claimed(library)
        assert (job.attempt, job.tries) == (number, number)
        failed = library.fail(job.id, job.attempt, f"no space {number}", retry=True)
        if number < MOST_TRIES:
            assert (failed.state, failed.reason) == (JobState.WAITING, f"no space {number}")
            assert failed.run_at == clock.now + retry_s(number)
            clock.now = failed.run_at - 0.5
            assert library.claim("worker", KINDS) is None
            clock.now = failed.run_at
    (ended,) = library.jobs("failed")
    found = library.video(video.id, LOCAL)
    assert (found.state, found.reason) == (VideoState.FAILED, f"no space {MOST_TRIES}")
    again = library.retry_job(ended.id)
    assert (again.state, again.tries, again.reason) == (JobState.WAITING, 0, "")
    assert library.video(video.id, LOCAL).state is VideoState.CHECKING
    assert claimed(library).attempt > MOST_TRIES


def test_pauses_grow_to_a_limit() -> None:
    assert [retry_s(number) for number in (1, 2, 3)] == [FIRST_RETRY_S, 3 * FIRST_RETRY_S, 9 * FIRST_RETRY_S]
    assert retry_s(1000) == MOST_RETRY_S


def test_job_that_is_given_back_has_lost_no_try(library: Library, clock: Clock) -> None:
    uploaded(library)
    for number in range(2 * MOST_TRIES):
        job = claimed(library)
        assert (job.tries, job.attempt) == (1, number + 1)
        back = library.give_back(job.id, job.attempt, "the disk is full", 60)
        assert (back.state, back.reason, back.tries) == (JobState.WAITING, "the disk is full", 0)
        assert library.claim("worker", KINDS) is None
        clock.now += 60


def test_job_whose_workers_die_fails_in_the_end(library: Library, clock: Clock) -> None:
    video = uploaded(library)
    for _ in range(MOST_TRIES):
        claimed(library)
        clock.now += 61
    assert library.claim("worker", KINDS) is None
    (job,) = library.jobs("failed")
    assert "has ended while it worked, 5 times" in job.reason
    assert library.video(video.id, LOCAL).state is VideoState.FAILED


def test_cancelled_job_commits_nothing_more(library: Library, accounts: Accounts) -> None:
    video = uploaded(library)
    job = claimed(library)
    assert library.cancel_job(job.id, by=Actor(name="ann")).is_cancelled
    assert library.heartbeat(job.id, job.attempt) == "cancelled"
    with pytest.raises(Conflict, match="was cancelled"):
        library.checked(job.id, job.attempt, FACTS)
    library.cancelled(job.id, job.attempt)
    assert library.job(job.id).state is JobState.CANCELLED
    assert library.video(video.id, LOCAL).state is VideoState.FAILED
    with pytest.raises(Conflict, match="has ended already"):
        library.cancel_job(job.id)
    library.retry_job(job.id)
    assert library.cancel_job(job.id).state is JobState.CANCELLED
    assert [(one.who, one.what) for one in accounts.audit(who="ann")] == [("ann", "video.job.cancel")]
    with pytest.raises(NotFound):
        library.cancel_job("nothing")


def test_cancelled_job_whose_worker_died_ends_by_its_lease(library: Library, clock: Clock) -> None:
    uploaded(library)
    job = claimed(library)
    library.cancel_job(job.id)
    clock.now += 61
    assert library.claim("worker", KINDS) is None
    assert library.job(job.id).state is JobState.CANCELLED


def test_cancelled_attempt_that_was_asked_for_again_is_lost(library: Library) -> None:
    uploaded(library)
    job = claimed(library)
    library.cancel_job(job.id)
    library.retry_job(job.id)
    with pytest.raises(Conflict, match="lost the job"):
        library.checked(job.id, job.attempt, FACTS)
    with pytest.raises(Conflict, match="only a job that has failed"):
        library.retry_job(job.id)
    job = claimed(library)
    assert job.attempt == 3
    library.checked(job.id, job.attempt, FACTS)
    with pytest.raises(Conflict, match="is done"):
        library.retry_job(job.id)


def test_failed_ladder_leaves_a_video_ready(library: Library) -> None:
    video = ready(library)
    library.add_job(video.id, "ladder")
    job = claimed(library, JobKind.LADDER)
    library.fail(job.id, job.attempt, "no encoder", retry=False)
    found = library.video(video.id, LOCAL)
    assert (found.state, found.reason, found.media) == (VideoState.READY, "", video.media)


def test_result_is_there_exactly_if_the_job_is_done(library: Library) -> None:
    video = ready(library)
    library.add_job(video.id, "ladder")
    job = claimed(library, JobKind.LADDER)

    def broken(_connection: object) -> None:
        raise RuntimeError("power is lost")

    with pytest.raises(RuntimeError):
        library.finish(job.id, job.attempt, broken)
    assert library.job(job.id).state is JobState.RUNNING
    library.finish(job.id, job.attempt, lambda _connection: None)
    assert library.job(job.id).state is JobState.DONE
    with pytest.raises(Conflict):
        library.finish(job.id, job.attempt)


def test_deleted_video_has_no_work_and_a_restored_one_has_it_again(library: Library) -> None:
    video = uploaded(library)
    library.delete_video(video.id, LOCAL)
    assert library.claim("worker", KINDS) is None
    assert library.restore_video(video.id, LOCAL).state is VideoState.CHECKING
    running = claimed(library)
    library.delete_video(video.id, LOCAL)
    assert library.heartbeat(running.id, running.attempt) == "cancelled"
    library.restore_video(video.id, LOCAL)
    with pytest.raises(Conflict):
        library.heartbeat(running.id, running.attempt)
    assert claimed(library).id == running.id


def test_ended_jobs_are_forgotten(library: Library, clock: Clock) -> None:
    ready(library)
    assert sorted(job.kind for job in library.jobs("done")) == [JobKind.CHECK, JobKind.PUBLISH]
    assert library.forget_jobs(60) == 0
    clock.now += 61
    uploaded(library)
    assert library.forget_jobs(60) == 2
    assert [job.state for job in library.jobs()] == [JobState.WAITING]


def together(work: Callable[[int], None], count: int = 4) -> None:
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait()
        work(number)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(run, range(count)))


def test_claimers_at_once_never_get_the_same_job(database: str, library: Library) -> None:
    video = ready(library).id
    jobs = {library.add_job(video, "ladder").id for _ in range(24)}
    taken: list[Job] = []
    others = [open_library(database, now=library._now) for _ in range(2)]

    def work(number: int) -> None:
        while (job := others[number % 2].claim(f"worker {number}", ["ladder"])) is not None:
            taken.append(job)
            others[number % 2].finish(job.id, job.attempt)

    together(work)
    assert Counter(job.id for job in taken) == dict.fromkeys(jobs, 1)
    assert {job.attempt for job in taken} == {1}
    for one in others:
        one.close()


def test_one_of_many_commits_of_an_attempt_counts(database: str, library: Library) -> None:
    video = ready(library)
    library.add_job(video.id, "ladder")
    job = claimed(library, JobKind.LADDER)
    results: list[str] = []

    def work(number: int) -> None:
        try:
            library.publish(job.id, job.attempt, f"g{number:012x}", manifest(), [("subtitles", {})])
            results.append(f"g{number:012x}")
        except Conflict:
            pass

    together(work)
    assert len(results) == 1
    media = library.video(video.id, LOCAL).media
    assert media is not None
    assert media.generation == results[0]
    assert len([one for one in library.jobs() if one.kind is JobKind.SUBTITLES]) == 1
