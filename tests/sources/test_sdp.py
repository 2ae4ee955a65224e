"""RTP by a session description: sent by a real FFmpeg."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from framecast.errors import SourceError
from tests.sources.running import Running, number
from tests.support import needs
from tests.support.media_files import Clip


@contextlib.contextmanager
def sender(clip: Clip, port: int, sdp: Path) -> Iterator[None]:
    """Sends the clip's pictures over and over at their own rate."""
    command = [needs.ffmpeg(), "-v", "error", "-re", "-stream_loop", "-1", "-i", str(clip.path()), "-an"]
    rtp = [
        "-c",
        "copy",
        "-f",
        "rtp",
        "-sdp_file",
        str(sdp),
        f"rtp://127.0.0.1:{port}",
    ]
    with subprocess.Popen([*command, *rtp]) as process:
        try:
            yield
        finally:
            process.kill()


@pytest.fixture
def even_port(free_ports: Callable[[], int]) -> int:
    return next(port for port in iter(free_ports, None) if port % 2 == 0)


def test_rtp_is_received(tmp_path: Path, even_port: int) -> None:
    sdp = tmp_path / "camera.sdp"
    with sender(Clip(size=(640, 360)), even_port, sdp):
        while not (sdp.exists() and "m=video" in sdp.read_text()):
            pass
        with Running(sdp, timeout_s=20) as source:
            pictures = [number(record) for record in source.take(10)]
            assert [(b - a) % 100 for a, b in itertools.pairwise(pictures)] == [1] * 9
            assert source.facts["transport"] == "rtp"


def test_a_sender_that_stops_is_a_stall(tmp_path: Path, even_port: int) -> None:
    sdp = tmp_path / "camera.sdp"
    with contextlib.ExitStack() as stack:
        sending = stack.enter_context(contextlib.ExitStack())
        sending.enter_context(sender(Clip(size=(640, 360)), even_port, sdp))
        while not (sdp.exists() and "m=video" in sdp.read_text()):
            pass
        source = stack.enter_context(Running(sdp, timeout_s=20, stall_s=1))
        source.take(2, "video")
        sending.close()
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "stalled"


def test_an_absent_description_is_not_found(tmp_path: Path) -> None:
    with Running(tmp_path / "none.sdp") as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "not-found"


def test_a_description_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.sdp"
    path.write_text("This is not a session description.\n")
    with Running(path) as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason in ("bad-data", "unsupported")
