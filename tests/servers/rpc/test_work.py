"""Jobs for workers on other machines: a real node that works on nothing itself, and real workers. Killed, hostile, late."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest

from framecast.v1 import uploads_pb2, uploads_pb2_grpc, videos_pb2, videos_pb2_grpc, work_pb2, work_pb2_grpc
from tests.node.running import folder
from tests.processing.results import clicking
from tests.servers.rpc.house import DEADLINE_S, Client, RpcNode, refused
from tests.support.media_files import Clip
from tests.support.waiting import until

CLIP = Clip(size=(320, 180), seconds=3, gop_s=1)
DONE_S = 120.0


class Bench:
    """A node whose library works on nothing, and its services."""

    def __init__(self, node: RpcNode, client: Client, place: Path) -> None:
        self.node, self.place = node, place
        self.library = place / "framecast" / "library"
        self.uploads: Any = uploads_pb2_grpc.UploadsStub(client.channel)  # type: ignore[no-untyped-call]
        self.videos: Any = videos_pb2_grpc.VideosStub(client.channel)  # type: ignore[no-untyped-call]
        self.work: Any = work_pb2_grpc.WorkStub(client.channel)  # type: ignore[no-untyped-call]

    def upload(self, data: bytes) -> str:
        begun = self.uploads.BeginUpload(
            uploads_pb2.BeginUploadRequest(size=len(data), filename="a.mp4"),
            wait_for_ready=True,
            timeout=DEADLINE_S,
        )
        request = uploads_pb2.SendUploadRequest(id=begun.id, data=data)
        return str(self.uploads.SendUpload(iter([request]), timeout=DEADLINE_S).video)

    def video(self, id: str) -> videos_pb2.Video:
        found: videos_pb2.Video = self.videos.GetVideo(videos_pb2.GetVideoRequest(id=id), timeout=DEADLINE_S)
        return found

    def claim(self, *kinds: str) -> work_pb2.Job:
        """A job; the upload that makes it was answered already."""
        request = work_pb2.ClaimJobRequest(worker="a test", kinds=kinds)
        answer = self.work.ClaimJob(request, timeout=DEADLINE_S)
        assert answer.HasField("job")
        job: work_pb2.Job = answer.job
        return job

    def is_known(self, job: work_pb2.Job) -> bool:
        request = work_pb2.KeepJobRequest(ticket=job.ticket)
        with suppress(grpc.RpcError):  # of the old server's connection
            self.work.KeepJob(request, wait_for_ready=True, timeout=DEADLINE_S)
            return True
        return False

    def end(self, job: work_pb2.Job, outcome: str, **fields: Any) -> None:
        request = work_pb2.EndJobRequest(ticket=job.ticket, outcome=outcome, **fields)
        self.work.EndJob(request, timeout=DEADLINE_S)

    def commit(self, job: work_pb2.Job, result: object, *parts: dict[str, Any]) -> None:
        first = work_pb2.CommitJobRequest(ticket=job.ticket, result=json.dumps(result))
        rest = [work_pb2.CommitJobRequest(**part) for part in parts]
        self.work.CommitJob(iter([first, *rest]), timeout=DEADLINE_S)

    def worker(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "framecast", "worker", f"grpc://{self.node.address}", "--jobs", "1"]
        return subprocess.Popen([*command, *arguments], text=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with folder() as place:
        (place / "framecast.yaml").write_text("library: {workers: 0}\n")
        with (
            RpcNode(place, "--config", str(place / "framecast.yaml")) as node,
            Client(node.address) as client,
        ):
            yield Bench(node, client, place)


def stopped(worker: subprocess.Popen[str]) -> int:
    worker.send_signal(signal.SIGTERM)
    return worker.wait(60)


def until_ready(bench: Bench, id: str, worker: subprocess.Popen[str]) -> videos_pb2.Video:
    deadline = time.monotonic() + DONE_S
    while time.monotonic() < deadline:
        video = bench.video(id)
        assert video.state != "failed", video.reason
        if video.state == "ready":
            return video
        assert worker.poll() is None, "the worker has ended"
        time.sleep(0.1)
    raise AssertionError("the video is not ready")


def test_another_machine_makes_a_video_playable_also_after_a_worker_was_killed(
    bench: Bench, tmp_path: Path
) -> None:
    id = bench.upload(clicking("click-3s.mp4", CLIP).read_bytes())
    first = bench.claim("check")  # of a worker that is killed with it: nothing is heard of it any more
    bench.end(first, "given-back", reason="it was killed")
    worker = bench.worker("--work-dir", str(tmp_path))
    try:
        video = until_ready(bench, id, worker)
        assert (video.width, video.height) == (320, 180)
    finally:
        assert stopped(worker) == 0
    assert not [path for path in tmp_path.rglob("*") if path.is_file()], "a worker leaves no files"
    assert not [path for path in (bench.library / "remote").rglob("*") if path.is_file()]
    late, before = checked({"duration_s": 1.0}), bench.video(id)
    for outcome in (lambda: bench.end(first, "failed"), lambda: bench.commit(first, late)):
        code, said = refused(outcome)
        assert (code, "not this attempt's" in said) == (grpc.StatusCode.FAILED_PRECONDITION, True)
    assert bench.video(id) == before, "what comes late from a worker that was cut off changes nothing"


def test_inputs_come_whole_from_any_offset_and_a_restarted_server_knows_the_ticket(bench: Bench) -> None:
    data = clicking("click-3s.mp4", CLIP).read_bytes() + b"\0another file"
    bench.upload(data)
    job = bench.claim("check")
    order = bench.work.GetOrder(work_pb2.GetOrderRequest(ticket=job.ticket), timeout=DEADLINE_S)
    assert json.loads(order.request)["input"] == {"framecast.input": 0}
    assert str(bench.place) not in order.request
    assert [one.size for one in order.inputs] == [len(data)]
    bench.node.server.kill()
    request = work_pb2.ReadInputRequest(ticket=job.ticket, offset=7)
    until(lambda: bench.is_known(job), "the new server knows the ticket", DEADLINE_S)
    parts = bench.work.ReadInput(request, timeout=DEADLINE_S)
    assert b"".join(part.data for part in parts) == data[7:]
    wrong = work_pb2.ReadInputRequest(ticket=job.ticket, input=1)
    assert (
        refused(lambda: list(bench.work.ReadInput(wrong, timeout=DEADLINE_S)))[0] is grpc.StatusCode.NOT_FOUND
    )
    bench.end(job, "refused", reason="It is no video.")


def test_what_a_hostile_worker_brings_is_not_taken(bench: Bench) -> None:
    id = bench.upload(clicking("click-3s.mp4", CLIP).read_bytes() + b"\0a third file")
    job = bench.claim("check")
    for ticket in ("", "x", job.ticket[:-1] + ("0" if job.ticket[-1] != "0" else "1"), f"{job.id}.1."):
        request = work_pb2.KeepJobRequest(ticket=ticket)
        code, _ = refused(partial(bench.work.KeepJob, request, timeout=DEADLINE_S))
        assert code is grpc.StatusCode.PERMISSION_DENIED
    results: tuple[object, ...] = ([], {"container": "nonsense"}, {"video": {"width": -1}})
    for result in results:
        code, said = refused(partial(bench.commit, job, result))
        assert (code, "result of the task" in said) == (grpc.StatusCode.INVALID_ARGUMENT, True)
    assert bench.video(id).state == "checking"
    facts = {
        "container": "mov",
        "duration_s": 3.0,
        "can_remux": True,
        "video": {"width": 320, "height": 180, "fps": 25.0},
    }
    facts = checked(facts)
    bench.commit(job, facts)
    job = bench.claim("publish")
    manifest: dict[str, Any] = {"hls": "index.m3u8", "files": {"main.mp4": {"size": 4, "from": None}}}
    for parts, words in (
        ([{"data": b"1234"}], "before the name"),
        ([{"file": "../main.mp4"}], "is not the name of a file"),
        ([{"file": "main.mp4"}, {"file": "main.mp4"}], "comes once"),
        ([{"file": "main.mp4", "data": b"1234"}], "not as it must be"),
        ([{"file": "main.mp4", "data": b"1234"}, {"file": "evil.html", "data": b"<"}], "not as it must be"),
    ):
        _, said = refused(partial(bench.commit, job, manifest, *parts))
        assert words in said
    assert bench.video(id).state == "processing"
    assert not list(bench.library.glob("videos/*/g*/main.mp4")) or bench.video(id).state != "ready"
    bench.end(job, "refused", reason="It cannot be published.")
    assert bench.video(id).state == "failed"
    assert bench.video(id).reason == "It cannot be published."


def checked(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts of the shape that the check's task gives."""
    from framecast.processing.check import run

    path = clicking("click-3s.mp4", CLIP)
    return {**run({"input": str(path)}, lambda _: None), "duration_s": facts["duration_s"]}
