"""Addresses that may reach certain networks only: what servers, playlists, cameras and resolvers name, and a canary that nothing reaches.

The servers are at 127.0.0.1, which the networks name. The canary listens at 127.0.0.9 and ::1, which they do not.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from framecast import sources
from framecast.errors import Denied, SourceError
from framecast.model import Source, StreamSpec
from tests.client.remote_node import RemoteNode
from tests.sources.rtsp.test_receiver import SDP, clip_units, player
from tests.sources.running import Running
from tests.sources.test_zmq import FRAME, IMAGE, Program
from tests.support.http_sources import HttpSources, pictures
from tests.support.media_files import Clip, hls_folder
from tests.support.scripted_http import ScriptedHttp, whole
from tests.support.scripted_rtsp import ScriptedRtsp, response
from tests.support.tls import TlsFront

HERE = ("127.0.0.1",)
CLIP = Clip(size=(320, 240), seconds=2)
PLAYLIST = "application/vnd.apple.mpegurl"


class Canary:
    """Listens where nobody may come, and counts those who do; each is hung up on."""

    def __init__(self, host: str) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.host = f"[{host}]" if ":" in host else host
        self.port: int = self._listener.getsockname()[1]
        self.place = f"{self.host}:{self.port}"
        self._visits = threading.Semaphore(0)
        self._own: set[int] = set()
        self.visits = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, who = self._listener.accept()
                self.visits += who[1] not in self._own
                sock.close()
                self._visits.release()

    def was_reached(self) -> bool:
        """Return whether somebody came before this call: connections are accepted in their order, and the last one is our own."""
        with socket.socket(self._listener.family) as own:
            own.bind((self.host.strip("[]"), 0))
            self._own.add(own.getsockname()[1])
            before = self.visits
            own.connect(self._listener.getsockname()[:2])
            assert own.recv(1) == b""
        return self.visits > 0 or before > 0

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture(params=["127.0.0.9", "::1"])
def canary(request: pytest.FixtureRequest) -> Iterator[Canary]:
    found = Canary(request.param)
    yield found
    found.close()


@pytest.fixture
def other() -> Iterator[Canary]:
    found = Canary("127.0.0.9")
    yield found
    found.close()


# --- what a web server may name


def moved(url: str) -> bytes:
    return whole(b"", "text/plain", f"Location: {url}", status="302 Found")


def media(*lines: str) -> bytes:
    text = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1", *lines, "#EXT-X-ENDLIST", ""]
    return whole("\n".join(text).encode(), PLAYLIST)


NAMING: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "redirection of a camera": ("/snapshot.jpg", lambda place: moved(f"http://{place}/x.jpg")),
    "redirection of a file": ("/clip.mp4", lambda place: moved(f"http://{place}/x.mp4")),
    "redirection of a playlist": ("/index.m3u8", lambda place: moved(f"http://{place}/x.m3u8")),
    "segment": ("/index.m3u8", lambda place: media("#EXTINF:1.0,", f"http://{place}/part0.ts")),
    "variant": (
        "/index.m3u8",
        lambda place: whole(
            f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\nhttp://{place}/v.m3u8\n".encode(), PLAYLIST
        ),
    ),
    "key": (
        "/index.m3u8",
        lambda place: media(
            f'#EXT-X-KEY:METHOD=AES-128,URI="http://{place}/key"', "#EXTINF:1.0,", f"http://{place}/part0.ts"
        ),
    ),
}


@pytest.mark.parametrize("how", NAMING)
@pytest.mark.parametrize("networks", [HERE, None])
def test_what_a_web_server_names_is_reached_only_if_it_is_admitted(
    how: str, networks: Sequence[str] | None, other: Canary
) -> None:
    path, answer = NAMING[how]
    with (
        ScriptedHttp(lambda _asked: answer(other.place)) as server,
        Running(server.url(path), networks=networks) as source,
    ):
        error = source.wait_for_end()
        assert server.asked
    assert isinstance(error, SourceError)
    assert other.was_reached() is (networks is None)
    if networks is not None:
        assert error.reason == "forbidden"
        assert "may not reach" in str(error)


@pytest.mark.parametrize("scheme", ["httpproxy", "tcp", "file", "crypto+http", "data", "rtp"])
def test_a_playlist_names_no_other_protocol_either(scheme: str, other: Canary) -> None:
    script = media("#EXTINF:1.0,", f"{scheme}://{other.place}/127.0.0.1:1")
    with (
        ScriptedHttp(lambda _asked: script) as server,
        Running(server.url("/index.m3u8"), networks=HERE) as source,
    ):
        assert isinstance(source.wait_for_end(), SourceError)
        assert not source.publisher.tracks
    assert not other.was_reached()


# --- what is admitted plays as it does without networks


@pytest.mark.parametrize("what", ["mjpeg", "jpeg", "hls", "live_hls", "mp4"])
def test_what_is_admitted_plays(what: str) -> None:
    with HttpSources(CLIP) as web, Running(getattr(web, what)(), networks=HERE, interval_s=0.1) as source:
        assert len(source.take(12, "video")) == 12


def test_a_file_whose_index_is_at_its_end_is_searched_by_parts() -> None:
    data = replace(CLIP, container="mp4").path().read_bytes()
    index = data.index(b"moov") - 4
    size = int.from_bytes(data[index : index + 4], "big")
    assert index < data.index(b"mdat")
    # `free` in its old place keeps the offsets of the samples right.
    behind = (
        data[:index]
        + data[index : index + 4]
        + b"free"
        + bytes(size - 8)
        + data[index + size :]
        + data[index : index + size]
    )

    def script(asked: Any) -> bytes:
        first = int(asked.headers["range"].removeprefix("bytes=").partition("-")[0])
        extent = f"Content-Range: bytes {first}-{len(behind) - 1}/{len(behind)}"
        return whole(behind[first:], "video/mp4", extent, status="206 Partial Content")

    with ScriptedHttp(script) as server, Running(server.url("/clip.mp4"), networks=HERE) as source:
        assert len(source.take(60, "video")) == 60  # one pass has 50
        places = {asked.headers["range"] for asked in server.asked}
    assert len(places) > 1


def test_a_segment_that_is_missing_is_left_out() -> None:
    def script(asked: Any) -> bytes:
        if asked.target == "/index.m3u8":
            return media(*("#EXTINF:1.0,", "none.ts", "#EXTINF:1.0,", "part0.ts"))
        if asked.target == "/none.ts":
            return whole(b"", status="404 Not Found")
        return whole(segment, "video/mp2t")

    segment = (hls_folder(CLIP) / "part0.ts").read_bytes()
    with ScriptedHttp(script) as server, Running(server.url("/index.m3u8"), networks=HERE) as source:
        assert source.take(5, "video")


# --- what a camera may name


@pytest.mark.parametrize("networks", [HERE, None])
def test_a_redirection_of_a_camera_is_followed_only_into_the_networks(
    networks: Sequence[str] | None, other: Canary
) -> None:
    to = response("302 Found", {"Location": f"rtsp://{other.place}/x"})
    with (
        ScriptedRtsp(SDP, player(clip_units(1)), answers={"DESCRIBE": lambda *_: to}) as server,
        Running(server.url(), networks=networks) as source,
    ):
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert other.was_reached() is (networks is None)
    assert (error.reason == "forbidden") is (networks is not None)


def test_addresses_in_a_description_and_its_base_are_not_connected_to(canary: Canary) -> None:
    sdp = SDP.replace("s=scripted", f"s=scripted\nc=IN IP4 {canary.host}").replace(
        "a=control:track0", f"a=control:rtsp://{canary.place}/track0"
    )
    headers = {"DESCRIBE": f"Content-Base: rtsp://{canary.place}/"}
    with (
        ScriptedRtsp(sdp, player(clip_units(3)), headers=headers) as server,
        Running(server.url(), networks=HERE) as source,
    ):
        assert source.take(1, "video")
        assert server.wait_for("SETUP").url == f"rtsp://{canary.place}/track0"
    assert not canary.was_reached()


@pytest.mark.parametrize("networks", [HERE, None])
def test_a_sender_that_a_camera_names_gets_packets_only_in_the_networks(
    networks: Sequence[str] | None,
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as canary:
        canary.bind(("127.0.0.9", 0))
        port = canary.getsockname()[1]
        setup = f"Transport: RTP/AVP;unicast;source=127.0.0.9;server_port={port}-{port}\nSession: 1"
        with (
            ScriptedRtsp(SDP, lambda _camera: None, headers={"SETUP": setup}) as server,
            Running(server.url(), networks=networks, transport="udp", timeout_s=1) as source,
        ):
            server.wait_for("PLAY")
            assert isinstance(source.wait_for_end(), SourceError)
        canary.setblocking(False)
        if networks is None:
            assert canary.recv(100)
        else:
            with pytest.raises(BlockingIOError):
                canary.recv(100)


def test_ffmpeg_gets_no_camera_that_may_reach_certain_networks_only() -> None:
    with (
        ScriptedRtsp(SDP.replace("H264/90000", "VP8/90000"), lambda _camera: None) as server,
        Running(server.url(), networks=HERE) as source,
    ):
        error = source.wait_for_end()
        asked = [one for one in server.requests if one.method == "DESCRIBE"]
    assert isinstance(error, SourceError)
    assert error.reason == "unsupported"
    assert "an administrator may add the stream" in str(error)
    assert len(asked) == 1  # of our own client


# --- what a resolver answers


class Resolver:
    """Answers the name camera.example by one list of hosts after the other, the last one again and again."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self._real = socket.getaddrinfo
        self.asked = 0

    def __call__(self, host: Any, port: Any, *args: Any, **options: Any) -> Any:
        if host != "camera.example" or options.get("flags", 0) & socket.AI_NUMERICHOST:
            return self._real(host, port, *args, **options)
        self.asked += 1
        hosts = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [found for one in hosts for found in self._real(one, port, *args, **options)]


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Resolver]:
    def answer(*answers: Sequence[str]) -> Resolver:
        resolver = Resolver(*answers)
        monkeypatch.setattr(socket, "getaddrinfo", resolver)
        return resolver

    return answer


@pytest.mark.parametrize("networks", [HERE, None])
def test_a_name_that_means_another_address_the_second_time_leads_nowhere(
    networks: Sequence[str] | None, other: Canary, resolved: Callable[..., Resolver]
) -> None:
    resolver = resolved(["127.0.0.1"], ["127.0.0.9"])
    server = socket.create_server(("127.0.0.1", other.port))  # the same port, where the first answer leads
    try:
        url = f"http://camera.example:{other.port}/snapshot.jpg"
        with Running(url, networks=networks, timeout_s=2) as source, server.accept()[0] as first:
            first.recv(4096)
            first.sendall(moved(f"http://camera.example:{other.port}/again.jpg"))
            first.close()
            error = source.wait_for_end()
    finally:
        server.close()
    assert resolver.asked >= 2
    assert isinstance(error, SourceError)
    assert other.was_reached() is (networks is None)
    assert (error.reason == "forbidden") is (networks is not None)
    assert "127.0.0.9" not in str(error)  # where a name leads is not for strangers to know


def test_of_several_addresses_only_an_admitted_one_is_connected_to(
    canary: Canary, resolved: Callable[..., Resolver]
) -> None:
    resolved([canary.host.strip("[]"), "127.0.0.1"])
    picture = pictures(CLIP)[0]
    with ScriptedHttp(lambda _asked: whole(picture)) as server:
        url = server.url("/snapshot.jpg").replace("127.0.0.1", "camera.example")
        with Running(url, networks=HERE, interval_s=0.1) as source:
            assert len(source.take(3, "video")) == 3
    assert not canary.was_reached()


def test_libzmq_connects_to_the_address_that_was_checked(resolved: Callable[..., Resolver]) -> None:
    resolver = resolved(["127.0.0.1"], ["127.0.0.9"])
    program = Program()
    try:
        url = program.url("door/frames/bgr").replace("127.0.0.1", "camera.example")
        with Running(url, networks=HERE) as source:
            program.wait()
            program.send("door/frames/bgr$", FRAME, IMAGE)
            program.send("door/frames/bgr$", FRAME, IMAGE)
            assert source.take(1)
    finally:
        program.close()
    assert resolver.asked == 1


def test_grpc_connects_to_the_address_that_was_checked_and_checks_the_name(
    tmp_path: Path, resolved: Callable[..., Resolver], monkeypatch: pytest.MonkeyPatch
) -> None:
    with RemoteNode(tmp_path, {"dice": "numbers:?period=0.02"}) as node:
        front = TlsFront(tmp_path, node.port)
        monkeypatch.setenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", str(front.authority))
        monkeypatch.setenv("SSL_CERT_FILE", str(front.authority))
        resolver = resolved(["127.0.0.1"])
        try:
            with Running(f"grpcs://localhost:{front.port}/dice", networks=HERE) as dice:
                assert dice.take(2, "data")
            with Running(f"grpc://camera.example:{node.port}/dice", networks=HERE) as dice:
                assert dice.take(2, "data")
        finally:
            front.close()
        assert resolver.asked == 1


@pytest.mark.parametrize("scheme", ["rtsp", "http", "zmq", "imagezmq", "grpc"])
def test_no_kind_of_source_connects_elsewhere(
    scheme: str, canary: Canary, resolved: Callable[..., Resolver]
) -> None:
    resolved([canary.host.strip("[]")])
    address = f"{scheme}://camera.example:{canary.port}" + ("" if scheme == "imagezmq" else "/x")
    with Running(address, networks=HERE, retry_max_s=0.1) as source:
        if scheme == "grpc":  # it tries again by itself
            assert source.wait_for_state("offline") == "forbidden"
        else:
            error = source.wait_for_end()
            assert isinstance(error, SourceError)
            assert error.reason == "forbidden"
    assert not canary.was_reached()


# --- what may be added


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0", "[fe80::1]"]
)
def test_an_ip_address_in_no_network_is_refused_when_it_is_added(address: str) -> None:
    spec = StreamSpec("x", Source(f"rtsp://{address}/x"))
    sources.check(spec)
    sources.check(spec, [])
    with pytest.raises(Denied, match="in a network that this stream may not reach"):
        sources.check(spec, [], ["public"])


@pytest.mark.parametrize("address", ["x.sdp", "http://8.8.8.8/x.sdp", "imagezmq+rep://127.0.0.1"])
def test_ports_of_this_machine_are_opened_for_administrators_only(address: str) -> None:
    spec = StreamSpec("x", Source(address))
    sources.check(spec)
    with pytest.raises(Denied, match="needs an administrator"):
        sources.check(spec, None, ["any"])


@pytest.mark.parametrize(
    "address",
    ["rtsp://camera.example/x", "http://8.8.8.8/x", "pattern:", "numbers:", "grpcs://node.example/x"],
)
def test_names_public_addresses_and_patterns_may_be_added(address: str) -> None:
    sources.check(StreamSpec("x", Source(address)), [], ["public"])
