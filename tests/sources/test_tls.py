"""Cameras and web servers that speak TLS: nothing is said to one whose certificate is not trusted."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from time import monotonic

import pytest

from framecast.errors import SourceError
from framecast.model import Source, StreamSpec
from framecast.sources import tls
from framecast.sources.rtsp import ffmpeg
from tests.sources.running import Running, number
from tests.support.http_sources import HttpSources
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer
from tests.support.scripted_rtsp import ScriptedRtsp
from tests.support.tls import TlsFront, certificate

CLIP = Clip(size=(640, 360), audio="aac")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("certificate"), kind="rsa")


@pytest.fixture
def trusted(pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))


@pytest.fixture(scope="module")
def camera(pair: tuple[Path, Path]) -> Iterator[RtspServer]:
    with RtspServer(CLIP, user="me", password="s3cret", tls=pair) as server:
        yield server


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[HttpSources, TlsFront]]:
    with (
        HttpSources(CLIP) as plain,
        TlsFront(tmp_path, int(plain.url("/").split(":")[2].strip("/"))) as front,
    ):
        yield plain, front


def secure(url: str, front: TlsFront) -> str:
    return f"https://127.0.0.1:{front.port}/{url.split('/', 3)[3]}"


def served(pair: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    return context


@contextmanager
def listening(serve: Callable[[socket.socket], None], host: str = "127.0.0.1") -> Iterator[int]:
    """Let `serve` have a listener in a thread; gives its port, and waits for the thread in the end."""
    with socket.create_server((host, 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield int(listener.getsockname()[1])
        thread.join()


def failure(source: Running) -> SourceError:
    error = source.wait_for_end()
    assert isinstance(error, SourceError)
    return error


@pytest.mark.usefixtures("trusted")
def test_a_camera_with_a_trusted_certificate(camera: RtspServer) -> None:
    with Running(camera.url()) as source:
        pictures = [number(record) for record in source.take(10)]
        assert [(b - a) % 100 for a, b in itertools.pairwise(pictures)] == [1] * 9
        assert source.take(2, "audio")
        assert (source.facts["client"], source.facts["tls"]) == ("framecast", "verified")


def test_a_camera_whose_certificate_nobody_knows_is_told_nothing(camera: RtspServer) -> None:
    before = camera.connections()
    with Running(camera.url()) as source:
        error = failure(source)
    assert error.reason == "bad-certificate"
    assert str(error).startswith("the certificate is not trusted (self-signed certificate): ")
    assert "verify_tls: false" in str(error)
    assert "s3cret" not in str(error)
    assert camera.connections() == before


def test_any_certificate_where_that_is_asked_for(camera: RtspServer) -> None:
    with Running(camera.url(), verify_tls=False) as source:
        source.take(3, "video")
        assert "not checked" in source.facts["tls"]


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_another_name(pair: tuple[Path, Path]) -> None:
    def serve(listener: socket.socket) -> None:
        with pytest.raises(OSError):
            served(pair).wrap_socket(listener.accept()[0], server_side=True)

    with listening(serve, "127.0.0.2") as port, Running(f"rtsps://127.0.0.2:{port}/x") as source:
        error = failure(source)
    assert error.reason == "bad-certificate"
    assert "127.0.0.2" in str(error)


@pytest.mark.usefixtures("trusted")
def test_what_ffmpeg_receives_is_checked_too(pair: tuple[Path, Path]) -> None:
    with RtspServer(Clip("mjpeg", size=(640, 360)), tls=pair) as server, Running(server.url()) as source:
        assert len(source.take(3)) == 3
        assert source.facts["client"] == "FFmpeg: video as JPEG"
        assert source.facts["tls"] == "verified"


@pytest.mark.parametrize("kind", ["mjpeg", "mp4", "hls"])
def test_https(kind: str, web: tuple[HttpSources, TlsFront], monkeypatch: pytest.MonkeyPatch) -> None:
    plain, front = web
    address = secure(getattr(plain, kind)(), front)
    with Running(address) as source:
        assert failure(source).reason == "bad-certificate"
    monkeypatch.setenv("SSL_CERT_FILE", str(front.authority))
    with Running(address) as source:
        assert len(source.take(3)) == 3
        assert source.facts["tls"] == "verified"
    monkeypatch.delenv("SSL_CERT_FILE")
    with Running(address, verify_tls=False) as source:
        assert len(source.take(3)) == 3


def test_ffmpeg_itself_refuses_a_certificate_that_changes_behind_the_check(
    web: tuple[HttpSources, TlsFront], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, front = web
    monkeypatch.setattr("framecast.sources.dial.check_answers", lambda *_args, **_options: None)
    with Running(secure(plain.mjpeg(), front)) as source:
        failure(source)
        assert not source.publisher.tracks


def test_a_server_that_speaks_no_tls() -> None:
    with ScriptedRtsp("") as server, Running(server.url().replace("rtsp:", "rtsps:")) as source:
        error = failure(source)
    assert error.reason in ("failed", "closed")


def test_a_server_that_hangs_in_the_middle_of_tls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = Running(f"rtsps://127.0.0.1:{server.getsockname()[1]}/x", timeout_s=0.5)
        with source:
            assert failure(source).reason == "timeout"


@pytest.mark.usefixtures("trusted")
def test_a_redirection_out_of_tls_is_not_followed(pair: tuple[Path, Path]) -> None:
    heard = []

    def serve(listener: socket.socket) -> None:
        with served(pair).wrap_socket(listener.accept()[0], server_side=True) as sock:
            for number in (1, 2):
                heard.append(sock.recv(4096))
                where = "Location: rtsp://127.0.0.1:9/plain\r\n" if number == 2 else ""
                status = "302 Found" if number == 2 else "200 OK"
                sock.sendall(f"RTSP/1.0 {status}\r\nCSeq: {number}\r\n{where}\r\n".encode())

    with listening(serve) as port, Running(f"rtsps://127.0.0.1:{port}/x") as source:
        error = failure(source)
    assert error.reason == "forbidden"
    assert [line.split()[0] for line in heard] == [b"OPTIONS", b"DESCRIBE"]


@pytest.mark.parametrize("content", [None, "nobody"])
def test_a_list_of_authorities_that_is_none_is_told(
    content: str | None, camera: RtspServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "list.pem"
    if content:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with Running(camera.url()) as source:
        error = failure(source)
    assert error.reason == "failed"
    assert f"the list of trusted authorities {path} cannot be read" in str(error)
    with Running(camera.url(), verify_tls=False) as source:
        source.take(1, "video")


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize(
    ("version", "ciphers"),
    [(ssl.TLSVersion.TLSv1, "ALL"), (ssl.TLSVersion.TLSv1_1, "ALL"), (ssl.TLSVersion.TLSv1_2, "AES128-SHA")],
)
@pytest.mark.filterwarnings("ignore:.*TLSv1")
def test_old_cameras(
    version: ssl.TLSVersion,
    ciphers: str,
    verify: bool,
    pair: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is broken is spoken where nothing is checked; what is only old in any case."""
    monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))
    context = served(pair)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = version
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            context.wrap_socket(listener.accept()[0], server_side=True).close()

    with listening(serve) as port:
        near = socket.create_connection(("127.0.0.1", port))
        is_spoken = not verify or version is ssl.TLSVersion.TLSv1_2
        with nullcontext() if is_spoken else pytest.raises(SourceError, match="does not speak TLS"):
            tls.secured(near, "127.0.0.1", monotonic() + 30, verify=verify).close()
    assert near.fileno() < 0


def test_stopping_ends_a_handshake_that_hangs() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        ExitStack() as held,
        Running(f"rtsps://127.0.0.1:{server.getsockname()[1]}/x", timeout_s=120.0) as source,
    ):
        held.enter_context(server.accept()[0])
        # Leaving the block sets `stop` first, and fails where the source does not end by it.
    assert source.error is None


def test_ffmpeg_s_own_client_says_nothing_to_who_is_not_trusted(pair: tuple[Path, Path]) -> None:
    heard: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        with suppress(OSError), served(pair).wrap_socket(listener.accept()[0], server_side=True) as sock:
            heard.append(sock.recv(4096))

    with listening(serve) as port, pytest.raises(SourceError):
        ffmpeg.opened(StreamSpec("camera", Source(f"rtsps://me:s3cret@127.0.0.1:{port}/x"), timeout_s=5.0))
    assert not b"".join(heard)


def test_what_is_left_to_ffmpeg_is_told_in_words_too(camera: RtspServer) -> None:
    with Running(camera.url(), transport="udp") as source:
        assert failure(source).reason == "bad-certificate"


def test_only_addresses_with_tls_have_anything_to_check() -> None:
    assert tls.ffmpeg_options("http", verify=True) == tls.fact("rtsp", verify=True) == {}
    assert tls.ffmpeg_options("https", verify=False) == {}
    assert tls.ffmpeg_options("https", verify=True)["tls_verify"] == "1"
