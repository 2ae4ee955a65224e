"""Uploads: what is reserved, what is refused and why, and the same file twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from framecast.accounts import Accounts
from framecast.errors import Conflict, Invalid, NotFound
from framecast.library import Library, open_library
from framecast.model.rights import Role
from framecast.model.video import LOCAL, VideoState, Visibility
from framecast.model.video_job import UploadLimits, Usage
from tests.accounts.opened import Clock
from tests.library.made import FACTS, UNLIMITED, claimed, ready, uploaded


def test_quota_is_reserved_at_the_beginning(library: Library) -> None:
    limits = UploadLimits(quota=1000, largest=900)
    with pytest.raises(Invalid, match="at most 900 bytes") as refused:
        library.begin_upload(None, 901, "a.mp4", {}, limits)
    assert refused.value.fields["reason"] == "too-large"
    first = library.begin_upload(None, 700, "a.mp4", {}, limits)
    assert library.usage(None) == Usage(0, 700, 0)
    with pytest.raises(Conflict, match="leaves 300 bytes, and the file has 301") as over:
        library.begin_upload(None, 301, "b.mp4", {}, limits)
    assert (over.value.fields["reason"], over.value.fields["left"]) == ("quota", 300)
    library.begin_upload(None, 300, "b.mp4", {}, limits)
    library.note_offset(first.id, 700)
    video = library.finish_upload(first.id, "aa")
    assert library.usage(None) == Usage(700, 300, 1)
    library.delete_video(video.id, LOCAL)
    assert library.usage(None).bytes == 700  # it is still on the disk
    library.purge_video(video.id, LOCAL)
    assert library.usage(None) == Usage(0, 300, 0)


def test_uploads_that_begin_at_once_do_not_both_get_the_last_bytes(library: Library, database: str) -> None:
    limits = UploadLimits(quota=1000)
    others = [open_library(database) for _ in range(2)]

    def begin(number: int) -> bool:
        try:
            others[number % 2].begin_upload(None, 400, "a.mp4", {}, limits)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(begin, range(6))) == [False] * 4 + [True] * 2
    assert library.usage(None).reserved == 800
    for one in others:
        one.close()


def test_limit_of_a_day_counts_what_was_removed_again(library: Library, clock: Clock) -> None:
    limits = UploadLimits(daily=1000)
    video = uploaded(library, size=800, limits=limits)
    library.delete_video(video.id, LOCAL)
    library.purge_video(video.id, LOCAL)
    with pytest.raises(Conflict, match="bytes a day leaves 200"):
        library.begin_upload(None, 201, "a.mp4", {}, limits)
    clock.now += 86401
    assert [one.size for one in library.expired_uploads()] == [800]
    library.begin_upload(None, 1000, "a.mp4", {}, limits)


def test_free_space_is_promised_once(library: Library) -> None:
    first = library.begin_upload(None, 600, "a.mp4", {}, UploadLimits(free=1000))
    with pytest.raises(Conflict, match="free space") as refused:
        library.begin_upload(None, 500, "b.mp4", {}, UploadLimits(free=1000))
    assert refused.value.fields["reason"] == "disk"
    library.note_offset(first.id, 600)  # these bytes are on the disk, so they are not free any more
    library.begin_upload(None, 400, "b.mp4", {}, UploadLimits(free=400))


def test_same_file_of_one_owner_is_one_video(library: Library, accounts: Accounts) -> None:
    ann = accounts.create("ann", role=Role.MEMBER).id
    first = uploaded(library, "First", owner=ann, sha256="aa")
    before = library.usage(ann)
    again = uploaded(library, "Again", owner=ann, sha256="aa")
    assert (again.id, again.title) == (first.id, "First")
    assert library.usage(ann) == before
    (prefix,) = library.old_generations(0)
    assert prefix not in (f"videos/{first.id}/", "videos//")
    other = uploaded(library, "Other", owner=None, sha256="aa")
    assert other.id != first.id
    assert len(library.jobs("waiting")) == 2
    for owner, size in ((ann, 999), (ann, 1000)):
        video = uploaded(library, owner=owner, sha256="aa", size=size)
        assert (video.id == first.id) == (size == 1000)


def test_file_that_was_refused_or_deleted_may_be_sent_again(library: Library) -> None:
    refused = uploaded(library, sha256="aa")
    job = claimed(library)
    found = library.refused(job.id, job.attempt, "this is no video")
    assert (found.state, found.reason, found.size) == (VideoState.FAILED, "this is no video", 0)
    assert library.old_generations(0) == [f"videos/{refused.id}/original"]
    with pytest.raises(Conflict, match="upload it again"):
        library.retry_job(job.id)
    again = uploaded(library, sha256="aa")
    assert again.id != refused.id
    library.delete_video(again.id, LOCAL)
    assert uploaded(library, sha256="aa").id != again.id


def test_offset_never_goes_back_and_never_beyond_the_size(library: Library, clock: Clock) -> None:
    upload = library.begin_upload(None, 100, "a.mp4", {"filename": "a.mp4"}, UNLIMITED)
    library.note_offset(upload.id, 60)
    for wrong in (59, 101, -1):
        with pytest.raises(Invalid, match="60 to 100"):
            library.note_offset(upload.id, wrong)
    clock.now += 3600
    assert library.note_offset(upload.id, 60, expiry_s=86400).expires_at == clock.now + 86400
    assert library.upload(upload.id).offset == 60
    assert library.upload(upload.id).metadata == {"filename": "a.mp4"}
    clock.now += 86400
    assert [one.id for one in library.expired_uploads()] == [upload.id]
    assert library.drop_upload(upload.id).video == upload.video
    with pytest.raises(NotFound):
        library.upload(upload.id)
    with pytest.raises(NotFound):
        library.video(upload.video, LOCAL)


def test_upload_whose_video_was_deleted_ends(library: Library) -> None:
    upload = library.begin_upload(None, 100, "a.mp4", {}, UNLIMITED)
    library.note_offset(upload.id, 100)
    library.delete_video(upload.video, LOCAL)
    assert [one.id for one in library.expired_uploads()] == [upload.id]
    with pytest.raises(NotFound, match="was deleted"):
        library.finish_upload(upload.id, "aa")
    assert library.videos(LOCAL, state="deleted").videos == ()


def test_names_are_shown_and_never_paths(library: Library) -> None:
    for given, kept, title in (
        ("../../etc/passwd", "passwd", "passwd"),
        ("C:\\videos\\My_trip.MP4", "My_trip.MP4", "My trip"),
        ("a\0b\u202egpj.mp4", "abgpj.mp4", "abgpj"),
        ("", "", "Video"),
        ("/", "", "Video"),
        (".mp4", ".mp4", ".mp4"),
        ("x" * 5000 + ".mp4", "x" * 255, "x" * 120),
    ):
        upload = library.begin_upload(None, 1, given, {}, UNLIMITED)
        assert (upload.filename, library.video(upload.video, LOCAL).title) == (kept, title)
    upload = library.begin_upload(None, 1, "a.mp4", {"title": "T", "visibility": "public"}, UNLIMITED)
    assert library.video(upload.video, LOCAL).visibility is Visibility.PUBLIC
    for wrong in ({"visibility": "all"}, {"title": "x" * 121}, {"title": "a\nb"}):
        with pytest.raises(Invalid):
            library.begin_upload(None, 1, "a.mp4", wrong, UNLIMITED)
    for size in (0, -1, True, 1 << 60):
        with pytest.raises(Invalid, match="the size of an upload"):
            library.begin_upload(None, size, "a.mp4", {}, UNLIMITED)


def test_storage_says_who_has_what(library: Library, accounts: Accounts) -> None:
    ann = accounts.create("ann", role=Role.MEMBER).id
    ready(library, owner=ann, size=700)
    binned = ready(library, size=50)
    library.delete_video(binned.id, LOCAL)
    library.begin_upload(ann, 30, "a.mp4", {}, UNLIMITED)
    uploaded(library, size=20, owner=ann)
    job = claimed(library)
    library.checked(job.id, job.attempt, FACTS)
    found = library.storage()
    assert (found.videos, found.originals, found.generations) == (4, 770, 400)
    assert (found.bin_videos, found.bin_bytes, found.reserved, found.removals) == (1, 50, 30, 0)
    assert found.states == {"ready": 2, "uploading": 1, "processing": 1}
    assert found.jobs == {"done": 5, "waiting": 1}
    assert [(one.name, one.usage) for one in found.owners] == [
        ("ann", Usage(720, 30, 2)),
        ("", Usage(50, 0, 1)),
    ]
