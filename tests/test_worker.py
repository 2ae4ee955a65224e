"""Jobs in processes of their own, as the forkserver starts them; this test is the node."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from framecast.bus import Channel
from framecast.errors import FramecastError
from framecast.model import StreamSpec
from framecast.streams import CheckJob, Job, RenditionJob, SourceJob, job_to_json
from framecast.worker import DONE, FAILED

PROGRAM = """
import json, socket, sys
from framecast import worker
from framecast.bus import Channel
from framecast.streams import job_from_json
job, fd = job_from_json(json.loads(sys.stdin.read())), int(sys.argv[1])
sys.exit(worker.run(job, Channel(socket.socket(fileno=fd))))
"""


class Worked:
    """A process that does one job, and what it has reported."""

    def __init__(self, job: Job, ours: socket.socket, theirs: socket.socket) -> None:
        self.channel = Channel(ours)
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(theirs.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
        )
        assert self.process.stdin
        self.process.stdin.write(json.dumps(job_to_json(job)).encode())
        self.process.stdin.close()

    def reported(self) -> Iterator[dict[str, Any]]:
        """Yield its messages until it ends."""
        try:
            while True:
                yield self.channel.wait(60).fields
        except FramecastError:
            return

    def wait_for(self, **expected: object) -> dict[str, Any]:
        """Return the first message that has these fields."""
        return next(fields for fields in self.reported() if expected.items() <= fields.items())


@contextmanager
def working(job: Job) -> Iterator[Worked]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        worked = Worked(job, ours, theirs)
    try:
        yield worked
    finally:
        worked.process.kill()
        worked.process.wait()
        worked.channel.close()


def spec(source: str, **options: object) -> StreamSpec:
    return StreamSpec.from_json("door", {"source": source, **options})


def test_source_announces_its_tracks_and_ends_when_it_is_asked_to() -> None:
    with working(SourceJob(spec("numbers:?period=0.02"), epoch=7)) as worked:
        assert worked.wait_for(op="track")["info"]["epoch"] == 7
        worked.wait_for(op="state", state="live")
        worked.channel.send({"op": "stop"})
        assert worked.process.wait(60) == DONE


def test_source_that_fails_reports_the_reason_without_its_password(tmp_path: Path) -> None:
    with working(SourceJob(spec("rtsp://user:hunter2@127.0.0.1:9/1"))) as worked:
        report = worked.wait_for(op="state", state="offline")
        assert worked.process.wait(60) == FAILED
    assert report["reason"]
    assert "hunter2" not in str(report)


def test_file_outside_of_the_allowed_folders_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"")
    with working(SourceJob(spec(str(tmp_path / "clip.mp4")), folders=())) as worked:
        assert worked.wait_for(op="state", state="offline")["reason"] == "forbidden"
        assert worked.process.wait(60) == FAILED


@pytest.mark.parametrize(
    ("source", "error"),
    [("pattern:", None), ("gopher://camera/1", "Invalid"), ("pattern:?size=huge", "Invalid")],
)
def test_check_reports_that_it_has_begun_and_then_its_answer(source: str, error: str | None) -> None:
    with working(CheckJob(spec(source))) as worked:
        begun, answer = worked.reported()
        assert begun == {"begun": True}
        assert answer.get("error") == error
        assert worked.process.wait(60) == DONE


@pytest.mark.parametrize(("is_new", "error"), [(True, "Invalid"), (False, None)])
def test_check_of_a_new_address_looks_for_its_file(tmp_path: Path, is_new: bool, error: str | None) -> None:
    with working(CheckJob(spec(str(tmp_path / "clip.mp4")), is_new=is_new)) as worked:
        _, answer = worked.reported()
        assert answer.get("error") == error
        assert not is_new or f"there is no file {tmp_path}/clip.mp4" in answer["message"]
        assert worked.process.wait(60) == DONE


def test_rendition_without_a_node_fails_with_a_reason(tmp_path: Path) -> None:
    job = RenditionJob("door", "jpeg/80", "jpeg", str(tmp_path / "node.sock"), 0, 1 << 24)
    with working(job) as worked:
        assert worked.wait_for(op="state", state="offline")["detail"]
        assert worked.process.wait(60) == FAILED


def test_end_of_the_nodes_socket_ends_the_source() -> None:
    with working(SourceJob(spec("numbers:?period=0.02"))) as worked:
        worked.wait_for(op="state", state="live")
        worked.channel.close()
        worked.process.wait(60)


@pytest.mark.parametrize(
    "job",
    [
        CheckJob(spec("numbers:?period=0.02")),
        SourceJob(spec("numbers:?period=0.02"), epoch=7),
    ],
)
def test_job_of_a_node_that_has_gone_ends_without_a_word(job: Job) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        ours.close()
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(theirs.fileno())],
            input=json.dumps(job_to_json(job)).encode(),
            capture_output=True,
            pass_fds=[theirs.fileno()],
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (DONE, b"")
