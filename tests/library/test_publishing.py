"""What is played: generations, what they take from each other, and which objects may go when."""

from __future__ import annotations

from typing import Any

import pytest

from framecast.errors import Conflict, Invalid, NotFound
from framecast.library import Library
from framecast.model.video import LOCAL, Video
from framecast.model.video_job import JobKind
from tests.accounts.opened import Clock
from tests.library.made import FACTS, claimed, manifest, ready, uploaded


def published(library: Library, video: Video, kind: JobKind, made: dict[str, Any], **given: Any) -> str:
    library.add_job(video.id, kind)
    job = claimed(library, kind)
    generation = library.begin_generation(job.id, job.attempt)
    library.publish(job.id, job.attempt, generation, made, **given)
    return generation


def generation_of(library: Library, video: Video) -> str:
    media = library.video(video.id, LOCAL).media
    assert media is not None
    return media.generation


def test_replaced_generation_goes_after_a_while_and_its_files_in_use_stay(
    library: Library, clock: Clock
) -> None:
    video = ready(library)
    first = generation_of(library, video)
    second = published(library, video, JobKind.LADDER, manifest("v720.mp4", main=first))
    clock.now += 7200
    assert library.old_generations() == []  # main.mp4 lies in the first one
    third = published(library, video, JobKind.LADDER, manifest("main.mp4"))
    assert library.known_prefixes(video.id) == frozenset((first, second, third))
    assert library.old_generations() == [f"videos/{video.id}/{first}/"]  # the second one may still be played
    clock.now += 3601
    prefixes = {f"videos/{video.id}/{one}/" for one in (first, second)}
    assert set(library.old_generations()) == prefixes
    for prefix in prefixes:
        library.objects_gone(prefix)
        library.objects_gone(prefix)
    assert library.old_generations() == []
    assert library.known_prefixes(video.id) == frozenset((third,))
    assert library.known_prefixes("nothing") is None


def test_generation_of_an_attempt_that_is_over_goes_at_once(library: Library, clock: Clock) -> None:
    video = uploaded(library)
    check = claimed(library)
    library.checked(check.id, check.attempt, FACTS)
    job = claimed(library, JobKind.PUBLISH)
    lost = library.begin_generation(job.id, job.attempt)
    assert library.old_generations(0) == []
    clock.now += 61
    again = claimed(library, JobKind.PUBLISH)
    assert library.old_generations(0) == [f"videos/{video.id}/{lost}/"]
    with pytest.raises(Conflict):
        library.begin_generation(job.id, job.attempt)
    library.publish(again.id, again.attempt, "g0123456789ab", manifest())
    assert generation_of(library, video) == "g0123456789ab"


def test_failed_or_cancelled_second_encoding_changes_nothing(library: Library) -> None:
    video = ready(library)
    before = library.video(video.id, LOCAL)
    for cancel in (False, True):
        job = library.add_job(video.id, "publish")
        running = claimed(library, JobKind.PUBLISH)
        library.begin_generation(running.id, running.attempt)
        if cancel:
            library.cancel_job(job.id)
            with pytest.raises(Conflict, match="was cancelled"):
                library.publish(running.id, running.attempt, "g0123456789ab", manifest())
            library.cancelled(running.id, running.attempt)
        else:
            library.fail(running.id, running.attempt, "no", retry=False)
    after = library.video(video.id, LOCAL)
    assert (after.state, after.media, after.published_at) == (before.state, before.media, before.published_at)


def test_poster_and_subtitles_keep_the_rest_of_what_is_played(library: Library) -> None:
    video = ready(library)
    first = generation_of(library, video)
    made = {
        "poster": "poster-2.jpg",
        "hls": "other.m3u8",
        "files": {"poster-2.jpg": {"size": 7, "from": None}},
    }
    second = published(library, video, JobKind.POSTER, made, base=first)
    media = library.video(video.id, LOCAL).media
    assert media is not None
    assert media.generation == second
    assert (media.manifest["poster"], media.manifest["hls"]) == ("poster-2.jpg", "index.m3u8")
    assert media.manifest["files"] == {
        "main.mp4": {"size": 100, "from": first},
        "main.m3u8": {"size": 100, "from": first},
        "poster-2.jpg": {"size": 7, "from": None},
    }
    library.add_job(video.id, "subtitles")
    job = claimed(library, JobKind.SUBTITLES)
    with pytest.raises(Conflict, match="another job has published") as late:
        library.publish(job.id, job.attempt, "g0123456789ab", made, base=first)
    assert late.value.fields["reason"] == "base"
    with pytest.raises(Conflict, match="which has gone"):
        library.publish(job.id, job.attempt, "g0123456789ab", manifest(main="gffffffffffff"), base=second)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"files": []},
        {"files": {"../x.mp4": {"size": 1}}},
        {"files": {"..": {"size": 1}}},
        {"files": {"X.mp4": {"size": 1}}},
        {"files": {"a.mp4": 1}},
        {"files": {"a.mp4": {"size": -1}}},
        {"files": {"a.mp4": {"size": True}}},
        {"files": {"a.mp4": {"size": 1, "from": "../g"}}},
        {"files": {"a.mp4": {"size": 1}}, "title": "x" * (1 << 20)},
        {"files": {f"{number}.mp4": {"size": 1} for number in range(2001)}},
    ],
    ids=lambda one: str(one)[:40],
)
def test_manifest_of_another_form_is_refused_before_the_database(wrong: dict[str, Any]) -> None:
    from framecast.library.publishing import check_manifest

    check_manifest(manifest())
    with pytest.raises(Invalid):
        check_manifest(wrong)


def test_facts_are_numbers_that_may_be(library: Library) -> None:
    uploaded(library)
    job = claimed(library)
    for wrong in (
        {"duration_s": -1},
        {"duration_s": "1"},
        {"video": {"width": 1.5}},
        {"video": {"fps": 1e9}},
    ):
        with pytest.raises(Invalid):
            library.checked(job.id, job.attempt, {**FACTS, **wrong})
    audio = {"duration_s": 5.0, "video": None, "audio": {"codec": "aac"}}
    found = library.checked(job.id, job.attempt, audio)
    assert (found.duration_s, found.width, found.fps) == (5.0, None, None)
    with pytest.raises(NotFound):
        library.facts("nothing")
    with pytest.raises(Invalid, match="12 hexadecimal"):
        library.publish("x", 1, "../..", manifest())
