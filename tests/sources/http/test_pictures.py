"""Snapshot cameras and streams of JPEG pictures, right and wrong, by a server that the test writes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from framecast.clock import NS, Clock
from framecast.errors import SourceError
from tests.sources.running import Running, number
from tests.support.http_sources import pictures
from tests.support.media_files import Clip, hls_folder
from tests.support.scripted_http import Asked, ScriptedHttp, whole

PICTURES = pictures(Clip(size=(640, 360)))
SMALL = pictures(Clip(size=(320, 240), seconds=1))


def each(asked: Asked) -> bytes:
    """The next picture with every request."""
    return whole(PICTURES[asked.number % len(PICTURES)])


def test_a_picture_comes_as_often_as_the_interval_says() -> None:
    with ScriptedHttp(each) as server, Running(server.url("/snap.jpg"), interval_s=0.25) as source:
        records = source.take(8)
        assert source.wait_for_fact("format") == "snapshot"
    assert [(after - before) % 100 for before, after in itertools.pairwise(map(number, records))] == [1] * 7
    assert (records[-1].published_ns - records[0].published_ns) / NS >= 7 * 0.25 - 0.1
    assert records[0].clock is Clock.ARRIVAL
    assert server.connections == 1, "one connection is kept"
    assert records[0].info.rate == 4


def test_the_packets_are_the_camera_s_own_pictures() -> None:
    with ScriptedHttp(each) as server, Running(server.url(), interval_s=0.05) as source:
        records = source.take(4, "video")
        assert records[0].info.codec == "mjpeg"
        assert all(bytes(record.payload) in PICTURES for record in records)
        assert source.publisher.tracks["frames"].wanted is False


def test_a_picture_that_has_not_changed_is_a_sign_of_life() -> None:
    def script(asked: Asked) -> bytes:
        if asked.headers.get("if-none-match") == '"one"':
            return b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\n\r\n'
        return whole(PICTURES[5], "image/jpeg", 'ETag: "one"', "Last-Modified: Sun, 29 Nov 2026 10:00:00 GMT")

    with ScriptedHttp(script) as server, Running(server.url(), interval_s=0.3, stall_s=0.5) as source:
        records = source.take(6)
        assert {number(record) for record in records} == {5}
        assert [state for state, _ in source.states] == ["live"]
    assert server.asked[-1].headers["if-modified-since"] == "Sun, 29 Nov 2026 10:00:00 GMT"
    assert server.connections == 1


def test_the_same_picture_again_is_a_sign_of_life() -> None:
    with (
        ScriptedHttp(lambda _: whole(PICTURES[5])) as server,
        Running(server.url(), interval_s=0.3, stall_s=0.5) as source,
    ):
        assert len(source.take(6)) == 6


def test_a_slow_camera_gets_no_second_request_meanwhile() -> None:
    inside: set[int] = set()
    together: list[int] = []

    def script(asked: Asked) -> Iterator[bytes]:
        inside.add(asked.number)
        together.append(len(inside))
        answer = each(asked)
        for begin in range(0, len(answer), 1 + len(answer) // 5):
            yield answer[begin : begin + 1 + len(answer) // 5]
            server.over.wait(0.05)
        inside.discard(asked.number)

    with ScriptedHttp(script) as server, Running(server.url(), interval_s=0.05) as source:
        assert len(source.take(5)) == 5
    assert set(together) == {1}


def chunked(body: bytes) -> bytes:
    pieces = [body[at : at + 3000] for at in range(0, len(body), 3000)]
    coded = b"".join(b"%x;name=value\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + coded + b"0\r\nTrailer: x\r\n\r\n"


def unlike(head: str, body: bytes) -> bytes:
    return head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body


SNAPSHOTS: dict[str, Callable[[bytes], list[bytes]]] = {
    "chunked": lambda body: [chunked(body)],
    "no length": lambda body: [unlike("HTTP/1.1 200 OK\nContent-Type: image/jpeg", body), b""],
    "old protocol": lambda body: [
        unlike(f"HTTP/1.0 200 OK\nContent-Length: {len(body)}\nConnection: close", body),
        b"",
    ],
    "bare line ends": lambda body: [b"HTTP/1.1 200 OK\nContent-Length: %d\n\n" % len(body) + body],
    "image/jpg": lambda body: [whole(body, "image/jpg")],
    "octet-stream": lambda body: [whole(body, "application/octet-stream")],
    "text/html": lambda body: [whole(body, "text/html")],
    "no type": lambda body: [unlike(f"HTTP/1.1 200 OK\nContent-Length: {len(body)}", body)],
    "length a little too large": lambda body: [
        whole(body)[: -len(body)].replace(b"Length: ", b"Length: 9"),
        body,
        b"",
    ],
    "length too large, connection kept": lambda body: [
        unlike(f"HTTP/1.1 200 OK\nContent-Length: {len(body) + 3}", body)
    ],
    "junk behind it": lambda body: [whole(body + b"\r\n\0\0")],
    "hangs up after each": lambda body: [whole(body), b""],
    "an interim answer": lambda body: [b"HTTP/1.1 102 Processing\r\n\r\n" + whole(body)],
}


@pytest.mark.parametrize("how", SNAPSHOTS)
def test_snapshots_as_cameras_answer_them(how: str) -> None:
    script = lambda asked: SNAPSHOTS[how](PICTURES[asked.number % 100])  # noqa: E731
    with (
        ScriptedHttp(script) as server,
        Running(server.url("/cgi-bin/snapshot.cgi?channel=1"), interval_s=0.1) as source,
    ):
        shown = [number(record) for record in source.take(4)]
    assert [after - before for before, after in itertools.pairwise(shown)] == [1] * 3


def test_the_size_may_change_between_pictures() -> None:
    script = lambda asked: whole((SMALL if asked.number >= 3 else PICTURES)[asked.number])  # noqa: E731
    with ScriptedHttp(script) as server, Running(server.url(), interval_s=0.2) as source:
        records = source.take(6)
    assert [record.info.width for record in records][-1] == 320
    assert {record.info.width for record in records} == {320, 640}


def test_a_broken_picture_is_left_out() -> None:
    script = lambda asked: whole(PICTURES[asked.number][: -200 if asked.number % 2 else None])  # noqa: E731
    with ScriptedHttp(script) as server, Running(server.url(), interval_s=0.05) as source:
        shown = {number(record) % 2 for record in source.take(5)}
    assert shown == {0}


REFUSED = {
    "web page": (whole(b"<html>please log in</html>" * 9, "text/html"), "unsupported", "web page"),
    "png": (whole(b"\x89PNG\r\n\x1a\n" + bytes(200), "image/png"), "unsupported", "PNG"),
    "webp": (whole(b"RIFF\0\0\0\0WEBPVP8 " + bytes(200), "image/webp"), "unsupported", "image/webp"),
    "half a picture": (whole(PICTURES[0][:900]), "bad-data", "not whole"),
    "not HTTP": (b"RTSP/1.0 200 OK\r\n\r\n", "bad-data", "HTTP"),
    "503": (whole(b"", status="503 Busy"), "failed", "503"),
    "404": (whole(b"", status="404 Not Found"), "not-found", "404"),
    "a head without end": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20000, "bad-data", "head"),
    "a length of many digits": (
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        "bad-data",
        "Length",
    ),
    "a chunk without a length": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "bad-data",
        "chunk",
    ),
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_is_no_picture_is_told_as_what_it_is(how: str) -> None:
    answer, reason, words = REFUSED[how]
    with ScriptedHttp(lambda _: answer) as server, Running(server.url("/snapshot")) as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == reason
    assert words in str(error)


def test_an_answer_without_end_is_bounded() -> None:
    def script(_: Asked) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff\xda\x00\x02"
        while not server.over.is_set():
            yield bytes(1 << 20)

    with ScriptedHttp(script) as server, Running(server.url(), memory_limit_mb=16) as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "bad-data"


def drip(server: ScriptedHttp, data: bytes) -> Iterator[bytes]:
    for byte in data:
        yield bytes((byte,))
        if server.over.wait(0.1):
            return


@pytest.mark.parametrize("where", ["head", "body"])
def test_a_server_that_drips_is_given_up_in_time(where: str) -> None:
    def script(asked: Asked) -> Iterator[bytes]:
        answer = each(asked)
        if where == "body":
            yield answer[:100]
        yield from drip(server, answer[100 * (where == "body") :])

    with ScriptedHttp(script) as server, Running(server.url(), timeout_s=1) as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "timeout"


def test_a_camera_that_falls_silent_later_is_stalled() -> None:
    def script(asked: Asked) -> Iterator[bytes]:
        yield each(asked) if asked.number < 3 else each(asked)[:300]
        if asked.number >= 3:
            server.over.wait()

    with ScriptedHttp(script) as server, Running(server.url(), interval_s=0.05, stall_s=0.6) as source:
        assert source.take(2)
        error = source.wait_for_end()
        assert source.wait_for_state("stalled") == "stalled"
    assert isinstance(error, SourceError)
    assert error.reason == "stalled"


MULTIPART = {
    "quoted": 'multipart/x-mixed-replace; boundary="--my boundary"',
    "plain": "multipart/x-mixed-replace;boundary=myboundary",
    "mixed": "multipart/mixed; boundary=--x",
    "no boundary": "multipart/x-mixed-replace",
}


@pytest.mark.parametrize("kind", MULTIPART)
def test_text_between_pictures_is_skipped(kind: str) -> None:
    def script(_: Asked) -> Iterator[bytes]:
        yield f"HTTP/1.1 200 OK\r\nContent-Type: {MULTIPART[kind]}\r\n\r\na preamble\r\n".encode()
        for index in itertools.count():
            picture = PICTURES[index % 100]
            yield b"--my boundary\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nmotion=on;\r\n"
            length = len(picture) + index % 5 - 2
            yield (
                b"--my boundary\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % length
                + picture
                + b"\r\n"
            )
            if server.over.wait(0.04):
                return

    with ScriptedHttp(script) as server, Running(server.url("/video.cgi")) as source:
        shown = [number(record) for record in source.take(8)]
        assert source.wait_for_fact("format") == "mpjpeg"
    assert [(after - before) % 100 for before, after in itertools.pairwise(shown)] == [1] * 7


def bare(kind: str, picture: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(picture), picture) if kind == "chunked" else picture


@pytest.mark.parametrize(("gap_s", "count"), [(0.1, 12), (0.5, 4)])
@pytest.mark.parametrize("kind", ["chunked", "no length"])
def test_a_slow_stream_of_bare_pictures_is_no_snapshot(kind: str, gap_s: float, count: int) -> None:
    def script(_: Asked) -> Iterator[bytes]:
        coding = b"Transfer-Encoding: chunked\r\n" if kind == "chunked" else b""
        yield b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n" + coding + b"\r\n"
        for picture in itertools.cycle(PICTURES):
            yield bare(kind, picture)
            if server.over.wait(gap_s):
                return

    with ScriptedHttp(script) as server, Running(server.url("/video"), interval_s=0.05) as source:
        shown = [number(record) for record in source.take(count)]
        assert source.wait_for_fact("format") == "mpjpeg"
        assert len(server.asked) == 1
    assert [(after - before) % 100 for before, after in itertools.pairwise(shown)] == [1] * (count - 1)


def test_a_picture_without_a_length_on_an_open_connection_is_a_snapshot_after_a_while() -> None:
    def script(asked: Asked) -> bytes:
        return unlike("HTTP/1.1 200 OK\nContent-Type: image/jpeg", PICTURES[asked.number % 100])

    with (
        ScriptedHttp(script) as server,
        Running(server.url("/snapshot"), interval_s=0.05, timeout_s=2) as source,
    ):
        shown = [number(record) for record in source.take(3)]
        assert source.wait_for_fact("format") == "snapshot"
    assert [after - before for before, after in itertools.pairwise(shown)] == [1] * 2


HEADS = {
    "no first boundary": b"Content-Type: multipart/x-mixed-replace;boundary=123456789\r\n\r\n",
    "no type, no lengths": b"\r\n--frame\r\n",
}


@pytest.mark.parametrize("how", HEADS)
def test_streams_of_microcontrollers_and_ffmpeg_play(how: str) -> None:
    def script(_: Asked) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n" + HEADS[how]
        for picture in itertools.cycle(PICTURES):
            yield b"Content-Type: image/jpeg\r\n\r\n" + picture + b"\r\n--123456789\r\n"
            if server.over.wait(0.04):
                return

    with ScriptedHttp(script) as server, Running(server.url("/stream.mjpg")) as source:
        shown = [number(record) for record in source.take(6)]
    assert [(after - before) % 100 for before, after in itertools.pairwise(shown)] == [1] * 5


def test_text_alone_keeps_no_camera_alive() -> None:
    def script(_: Asked) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + PICTURES[0]
        while not server.over.wait(0.05):
            yield b"--b\r\nContent-Type: text/plain\r\n\r\nidle\r\n"

    with ScriptedHttp(script) as server, Running(server.url(), stall_s=0.6) as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "stalled"


def test_a_video_without_a_telling_name_is_left_to_ffmpeg() -> None:
    body = (hls_folder(Clip(size=(320, 240), seconds=2)) / "part0.ts").read_bytes()
    with (
        ScriptedHttp(lambda _: whole(body, "video/mp2t")) as server,
        Running(server.url("/stream/1")) as source,
    ):
        assert source.take(5, "video")[0].info.codec == "h264"
