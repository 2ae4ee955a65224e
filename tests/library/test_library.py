"""The whole way of a video through the library, on both databases."""

from __future__ import annotations

import pytest

from framecast.accounts import Accounts, Actor
from framecast.errors import Conflict, Denied, NotFound
from framecast.library import Library
from framecast.model.rights import Role
from framecast.model.video import ANONYMOUS, LOCAL, VideoState, Viewer, Visibility
from framecast.model.video_job import JobKind, JobState
from tests.accounts.opened import Clock
from tests.library.made import FACTS, UNLIMITED, claimed, manifest, ready, uploaded


def test_video_goes_from_upload_to_ready(library: Library) -> None:
    upload = library.begin_upload(None, 2000, "C:\\films\\Ünser Garten.mp4", {}, UNLIMITED)
    (video,) = library.videos(LOCAL).videos
    assert (video.id, video.title, video.state, video.progress) == (
        *(upload.video, "Ünser Garten", VideoState.UPLOADING),
        0.0,
    )
    assert library.note_offset(upload.id, 1500).offset == 1500
    assert library.video(video.id, LOCAL).progress == 0.75
    with pytest.raises(Conflict, match="1500 of 2000 bytes"):
        library.finish_upload(upload.id, "aa")
    library.note_offset(upload.id, 2000)
    assert library.finish_upload(upload.id, "aa").state is VideoState.CHECKING
    assert library.finish_upload(upload.id, "aa").id == video.id
    check = claimed(library)
    assert library.heartbeat(check.id, check.attempt, 0.5) == "go on"
    assert library.video(video.id, LOCAL).progress == 0.5
    assert library.checked(check.id, check.attempt, FACTS).state is VideoState.PROCESSING
    assert library.facts(video.id) == FACTS
    job = claimed(library, JobKind.PUBLISH)
    generation = library.begin_generation(job.id, job.attempt)
    done = library.publish(job.id, job.attempt, generation, manifest(), [(JobKind.LADDER, {"a": 1})])
    assert (done.state, done.width, done.duration_s) == (VideoState.READY, 640, 60.0)
    assert done.media is not None
    assert (done.media.generation, done.media.manifest) == (generation, manifest())
    ladder = claimed(library, JobKind.LADDER)
    assert (ladder.video, ladder.params, ladder.state) == (video.id, {"a": 1}, JobState.RUNNING)
    assert library.old_generations(0) == []


def test_video_is_seen_by_those_that_its_visibility_names(library: Library, accounts: Accounts) -> None:
    ann = Viewer(accounts.create("ann", role=Role.MEMBER).id, False, True)
    bob = Viewer(accounts.create("bob", role=Role.VIEWER).id, False, False)
    eve = Viewer(accounts.create("eve", role=Role.ADMIN).id, True, True)
    video = ready(library, owner=ann.account, visibility=Visibility.PRIVATE)
    for visibility, seen, listed in (
        ("private", [ann, eve], [ann, eve]),
        ("members", [ann, bob, eve], [ann, bob, eve]),
        ("unlisted", [ann, bob, eve, ANONYMOUS], [ann, eve]),
        ("public", [ann, bob, eve, ANONYMOUS], [ann, bob, eve, ANONYMOUS]),
    ):
        library.change_video(video.id, ann, visibility=visibility)
        for viewer in (ann, bob, eve, ANONYMOUS):
            found = [one.id for one in library.videos(viewer).videos]
            assert found == ([video.id] if viewer in listed else []), (visibility, viewer)
            if viewer in seen:
                assert library.video(video.id, viewer).title == "A video"
            else:
                with pytest.raises(NotFound):
                    library.video(video.id, viewer)
    with pytest.raises(Denied):
        library.change_video(video.id, bob, title="Mine")
    with pytest.raises(Denied):
        library.delete_video(video.id, ANONYMOUS)
    token = Viewer(ann.account, False, True, only_video=video.id)
    assert library.videos(token).videos[0].id == video.id
    with pytest.raises(Denied):
        library.change_video(video.id, token, title="Mine")
    other = ready(library, owner=ann.account)
    with pytest.raises(NotFound):
        library.video(other.id, token)
    owner = library.video(video.id, bob).owner
    assert owner is not None
    assert owner.name == "ann"


def test_pages_give_every_video_once_in_each_order(library: Library, clock: Clock) -> None:
    titles = ["b", "Ä", "c", "a", "Z"]
    made = {}
    for title in titles:
        clock.now += 1
        made[title] = ready(library, title).id
    library.count_view(made["c"], LOCAL, "x")
    library.count_view(made["c"], LOCAL, "y")
    library.count_view(made["b"], LOCAL, "x")
    for sort, expected in (
        ("newest", ["Z", "a", "c", "Ä", "b"]),
        ("oldest", titles),
        ("title", ["Ä", "a", "b", "c", "Z"]),
        ("views", ["c", "b", "Z", "a", "Ä"]),
    ):
        for viewer in (LOCAL, ANONYMOUS):
            found, after = [], None
            while True:
                page = library.videos(viewer, sort=sort, after=after, most=2)
                found += [one.title for one in page.videos]
                after = page.next
                if after is None:
                    break
            assert found == expected, sort


def test_first_attempt_that_comes_late_commits_nothing(library: Library, clock: Clock) -> None:
    video = uploaded(library)
    first = claimed(library, worker="first")
    assert library.claim("second", list(JobKind)) is None
    clock.now += 61
    second = claimed(library, worker="second")
    assert (second.id, second.attempt) == (first.id, first.attempt + 1)
    for late in (
        lambda: library.checked(first.id, first.attempt, FACTS),
        lambda: library.refused(first.id, first.attempt, "no"),
        lambda: library.heartbeat(first.id, first.attempt),
        lambda: library.fail(first.id, first.attempt, "no", retry=False),
        lambda: library.finish(first.id, first.attempt),
    ):
        with pytest.raises(Conflict, match="lost the job"):
            late()
    assert library.checked(second.id, second.attempt, FACTS).state is VideoState.PROCESSING
    assert library.video(video.id, LOCAL).state is VideoState.PROCESSING


def test_deleted_video_comes_back_until_it_is_purged(
    library: Library, accounts: Accounts, clock: Clock
) -> None:
    ann = accounts.create("ann", role=Role.MEMBER)
    me = Viewer(ann.id, False, True)
    video = ready(library, owner=ann.id)
    library.delete_video(video.id, me, by=Actor(ann.id))
    assert library.videos(me).videos == ()
    assert [one.id for one in library.videos(me, state="deleted").videos] == [video.id]
    with pytest.raises(NotFound):
        library.video(video.id, ANONYMOUS)
    assert library.restore_video(video.id, me).deleted_at is None
    assert library.video(video.id, ANONYMOUS).id == video.id
    library.delete_video(video.id, me)
    assert library.purge(30) == []
    assert library.old_generations(0) == []
    clock.now += 31 * 86400
    assert library.purge(30) == [video.id]
    with pytest.raises(NotFound):
        library.video(video.id, me)
    assert library.old_generations(0) == [f"videos/{video.id}/"]
    library.objects_gone(f"videos/{video.id}/")
    assert library.old_generations(0) == []
    assert [one.what for one in accounts.audit(what="video.delete")] == ["video.delete"] * 2


def test_progress_of_better_renditions_is_that_of_a_video_that_plays_already(library: Library) -> None:
    video = ready(library)
    assert video.progress is None
    again = uploaded(library, "Another")
    check = claimed(library)
    library.checked(check.id, check.attempt, FACTS)
    job = claimed(library, JobKind.PUBLISH)
    made = {**manifest(), "is_final": False}
    library.publish(
        job.id, job.attempt, library.begin_generation(job.id, job.attempt), made, [(JobKind.LADDER, {})]
    )
    assert library.video(again.id, LOCAL).progress is None
    ladder = claimed(library, JobKind.LADDER)
    library.heartbeat(ladder.id, ladder.attempt, 0.4)
    found = library.video(again.id, LOCAL)
    assert (found.state, found.progress) == (VideoState.READY, 0.4)
    assert {one.id: one.progress for one in library.videos(LOCAL).videos} == {video.id: None, again.id: 0.4}
    generation = library.begin_generation(ladder.id, ladder.attempt)
    library.publish(ladder.id, ladder.attempt, generation, {**manifest(), "is_final": True})
    assert library.video(again.id, LOCAL).progress is None
