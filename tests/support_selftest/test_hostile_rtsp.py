"""The hostile servers are hostile: no picture can be had from them."""

import socket
import subprocess

import pytest

from tests.support import needs
from tests.support.hostile_rtsp import BEHAVIOURS, HostileRtsp
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer

# FFmpeg itself may spin for ever on garbage between packets: `-timeout` ends waiting for bytes, not reading bad ones.
PATIENCE_S = 5


def picture(url: str) -> bytes:
    """Return the first picture at an address, or nothing."""
    to_pipe = ["-frames:v", "1", "-f", "rawvideo", "pipe:1"]
    command = [
        needs.ffmpeg(),
        "-loglevel",
        "quiet",
        "-nostdin",
        "-rtsp_transport",
        "tcp",
        "-timeout",
        "1000000",
    ]
    try:
        return subprocess.run([*command, "-i", url, *to_pipe], capture_output=True, timeout=PATIENCE_S).stdout
    except subprocess.TimeoutExpired as ended:
        return ended.stdout or b""


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_no_picture_comes(behaviour: str) -> None:
    with HostileRtsp(behaviour) as server:
        assert picture(server.url()) == b""
        assert server.connections >= 1


def test_a_picture_comes_from_a_good_server() -> None:
    with RtspServer(Clip(size=(640, 360), seconds=2)) as camera:
        assert len(picture(camera.url())) == 640 * 360 * 3 // 2


def test_redirect_names_a_file_of_the_client() -> None:
    with HostileRtsp("redirect") as server, socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"DESCRIBE rtsp://127.0.0.1/test RTSP/1.0\r\nCSeq: 7\r\n\r\n")
        assert b"CSeq: 7\r\nLocation: file:///etc/passwd\r\n" in client.recv(4096)
