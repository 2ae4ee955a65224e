"""Objects in a real S3 server, which refuses wrong secrets; and the library on it. In `make soak`, because the server has to be built."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from framecast.errors import Broken, Denied, NotFound
from framecast.model.video import VideoState
from framecast.model.video_job import JobKind, JobState
from framecast.servers.library.loop import JobLoop
from tests.servers.library.rig import Rig, Tasks, until
from tests.store.test_objects import check_conformance
from tests.support.s3_server import S3Server, s3_server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.mark.parametrize("prefix", ["", "of/this-node"])
def test_server_keeps_the_promises_of_a_store(server: S3Server, prefix: str, tmp_path: Path) -> None:
    check_conformance(server.objects(prefix=prefix), tmp_path)


def test_large_file_goes_up_in_parts_and_comes_back_whole(server: S3Server, tmp_path: Path) -> None:
    content = bytes(range(256)) * (40 << 12)  # 40 MiB
    (tmp_path / "large").write_bytes(content)
    objects = server.objects()
    objects.take_file("videos/large/original", tmp_path / "large")
    objects.fetch("videos/large/original", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == content
    assert objects.read("videos/large/original", 20 << 20, (20 << 20) + 5) == b"\0\1\2\3\4"
    assert objects.delete("videos/large") == 1


def test_wrong_secret_and_missing_bucket_are_named_at_every_request(server: S3Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    for objects, kind in (
        (server.objects("wrong-secret"), Denied),
        (server.objects(bucket="nothere"), Broken),
    ):
        with pytest.raises(kind):
            objects.put("videos/a/original", b"1")
        with pytest.raises(kind):
            objects.put_file("videos/a/original", tmp_path / "file")
        with pytest.raises(kind):
            list(objects.keys("videos"))
    with pytest.raises(Denied):
        server.objects("wrong-secret").size("videos/a/original")
    with pytest.raises(NotFound):
        server.objects().size("videos/a/original")


def test_video_is_published_into_the_bucket(server: S3Server, tmp_path: Path) -> None:
    rig = Rig(tmp_path, server.objects(prefix="library"))
    id, tasks = rig.upload(), Tasks(ladder={})

    async def work() -> None:
        loop = asyncio.create_task(
            JobLoop(rig.desk, rig.layout, 1, run=tasks, known=tuple(JobKind), look_s=0.01).work()
        )
        await until(lambda: {job.state for job in rig.library.jobs()} == {JobState.DONE}, "all jobs are done")
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)

    asyncio.run(work())
    video = rig.video(id)
    assert video.state is VideoState.READY
    assert video.media is not None
    files = video.media.manifest["files"].items()
    wanted = {f"videos/{id}/{one['from'] or video.media.generation}/{name}" for name, one in files}
    assert wanted < set(rig.objects.keys("videos"))
    assert rig.files() == set(), "nothing is left in the folder"
    rig.close()
