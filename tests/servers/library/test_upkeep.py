"""What the library removes by itself, and what it never removes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from framecast.model.library_layout import file_key, original_key
from framecast.model.video import LOCAL
from framecast.model.video_job import JobKind, UploadLimits
from framecast.store.objects import UNFINISHED
from tests.accounts.opened import Clock
from tests.servers.library.rig import FACTS, MP4, Rig, manifest


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rig(tmp_path: Path, clock: Clock) -> Iterator[Rig]:
    made = Rig(tmp_path, now=clock)
    yield made
    made.close()


def publish(rig: Rig, video: str, *, store: bool = True) -> str:
    """Publish a generation by the next job; return it."""
    job = rig.library.claim("test", [JobKind.CHECK])
    if job is not None:
        rig.library.checked(job.id, job.attempt, FACTS)
    job = rig.library.claim("test", [JobKind.PUBLISH, JobKind.LADDER])
    assert job is not None
    generation = rig.library.begin_generation(job.id, job.attempt)
    if store:
        rig.objects.put(file_key(video, generation, "main.mp4"), MP4)
        rig.library.publish(
            job.id, job.attempt, generation, manifest({"main.mp4": MP4}), [(JobKind.LADDER, {})]
        )
    return generation


def test_upload_that_has_expired_goes_with_its_file_and_its_video(rig: Rig, clock: Clock) -> None:
    upload = rig.library.begin_upload(None, 10, "a.mp4", {}, UploadLimits(expiry_s=100))
    rig.layout.uploads.mkdir()
    rig.layout.upload(upload.id).write_bytes(b"12345")
    rig.upkeep.sweep()
    assert rig.layout.upload(upload.id).exists()
    clock.now += 101
    rig.upkeep.sweep()
    assert rig.files() == set()
    assert rig.library.videos(LOCAL).videos == ()


def test_file_of_no_upload_goes_after_an_hour(rig: Rig, clock: Clock) -> None:
    rig.layout.uploads.mkdir()
    path = rig.layout.upload("unknown-upload-0000")
    path.write_bytes(b"1")
    os.utime(path, (clock.now, clock.now))
    rig.upkeep.sweep()
    assert path.exists(), "its row may be about to be written"
    clock.now += 3601
    rig.upkeep.sweep()
    assert not path.exists()


def test_bin_is_emptied_after_its_time(rig: Rig, clock: Clock) -> None:
    video = rig.upload()
    publish(rig, video)
    rig.library.delete_video(video, LOCAL)
    clock.now += 86300
    rig.upkeep.sweep()
    assert len(rig.files()) == 2
    clock.now += 101
    rig.upkeep.sweep()
    assert rig.files() == set()
    assert not (rig.settings.folder / "videos").exists()


def test_replaced_generation_goes_after_an_hour_and_one_that_was_given_up_at_once(
    rig: Rig, clock: Clock
) -> None:
    video = rig.upload()
    first = publish(rig, video)
    second = publish(rig, video)
    rig.upkeep.sweep()
    assert {first, second} <= {path.split("/")[2] for path in rig.files()}, (
        "somebody may still play the first"
    )
    given_up = publish(rig, video, store=False)
    rig.objects.put(file_key(video, given_up, "v240.mp4"), MP4)
    rig.upkeep.sweep()
    assert rig.objects.size(file_key(video, given_up, "v240.mp4")), "its attempt is alive"
    rig.library.abandon("test")
    clock.now += 3601
    job = rig.library.claim("another", [JobKind.LADDER])
    assert job is not None
    rig.upkeep.sweep()
    assert rig.files() == {f"videos/{video}/original", f"videos/{video}/{second}/main.mp4"}


def test_lost_objects_go_and_an_original_without_a_video_stays(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    video = rig.upload()
    rig.objects.put(file_key(video, "gffffffffffff", "late.mp4"), MP4)
    rig.objects.put(file_key("unknown", "gffffffffffff", "late.mp4"), MP4)
    rig.objects.put(original_key("restored"), b"of a backup that is newer")
    rig.objects.put("videos/stray", b"1")
    rig.upkeep.sweep()
    rig.upkeep.sweep()
    assert rig.files() == {f"videos/{video}/original", "videos/restored/original"}
    assert caplog.text.count("videos/restored") == 1


def test_work_folders_that_are_not_in_use_go(rig: Rig) -> None:
    for name in ("a-1", "b-2"):
        (rig.layout.works / name / "output").mkdir(parents=True)
    rig.upkeep._working = lambda: {"b-2"}
    rig.upkeep.sweep()
    assert [path.name for path in rig.layout.works.iterdir()] == ["b-2"]


def test_part_that_fails_does_not_keep_the_others_from_being_done(rig: Rig) -> None:
    (rig.layout.works / "a-1").mkdir(parents=True)
    rig.layout.uploads.write_bytes(b"no folder")
    left = rig.settings.folder / UNFINISHED / "left"
    left.parent.mkdir()
    left.write_bytes(b"1")
    os.utime(left, (0, 0))
    rig.upkeep.sweep()
    assert list(rig.layout.works.iterdir()) == []
    assert not left.exists(), "what comes after it is done"
