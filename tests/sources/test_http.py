"""HTTP: MJPEG, HLS and MP4 from a real server, and what a playlist or a redirection may not do."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from framecast.clock import NS, Clock
from framecast.errors import SourceError
from tests.sources.running import Running, number
from tests.support.http_sources import HttpSources
from tests.support.http_sources import pictures as jpegs
from tests.support.media_files import Clip, hls_folder

CLIP = Clip(size=(640, 360), audio="aac")


def test_mjpeg_is_live_and_timed_by_its_arrival() -> None:
    with HttpSources(CLIP) as web, Running(web.mjpeg()) as source:
        packets = source.take(20, "video")
        assert packets[0].info.codec == "mjpeg"
        assert packets[0].clock is Clock.ARRIVAL
        steps = [(b.pts - a.pts) * packets[0].info.time_base for a, b in itertools.pairwise(packets[5:])]
        assert all(0 < step < 1 for step in steps)
        assert abs(float(sum(steps) / len(steps)) - 0.04) < 0.02
        pictures = [number(record) for record in source.take(5)]
        assert [(b - a) % 100 for a, b in itertools.pairwise(pictures)] == [1] * 4


# What cameras write around their pictures: head, tail, content type.
SLOPPY = {
    "no length": (
        b"--b\r\nContent-Type: image/jpeg\r\n\r\n",
        b"\r\n",
        "multipart/x-mixed-replace; boundary=b",
    ),
    "boundary with dashes": (
        b"--b\r\nContent-Type: image/jpeg\r\n\r\n",
        b"\r\n",
        "multipart/x-mixed-replace;boundary=--b",
    ),
    "bare line ends": (
        b"--b\nContent-Type: image/jpeg\nContent-Length: %d\n\n",
        b"\n",
        "multipart/x-mixed-replace; boundary=b",
    ),
    "no type": (b"--b\r\n\r\n", b"\r\n", "multipart/x-mixed-replace; boundary=b"),
    "another type": (
        b"--b\r\nContent-Type: image/jpg\r\n\r\n",
        b"\r\n",
        "multipart/x-mixed-replace; boundary=b",
    ),
    "no dashes": (b"b\r\nContent-Type: image/jpeg\r\n\r\n", b"\r\n", "multipart/x-mixed-replace; boundary=b"),
    "pictures only": (b"", b"", "application/octet-stream"),
}


@pytest.mark.parametrize("how", SLOPPY)
def test_sloppy_mjpeg_plays(how: str) -> None:
    head, tail, kind = SLOPPY[how]
    clip = Clip(size=(640, 360))
    parts = [head.replace(b"%d", b"%d" % len(picture)) + picture + tail for picture in jpegs(clip)]
    with serving({}, kind=kind, endless=parts) as address, Running(f"{address}/video") as source:
        shown = [number(record) for record in source.take(8)]
    assert [(b - a) % clip.frames for a, b in itertools.pairwise(shown)] == [1] * 7


def test_an_mp4_plays_at_its_own_rate_over_and_over() -> None:
    short = Clip(size=(640, 360), audio="aac", seconds=1)
    with HttpSources(short) as web, Running(web.mp4()) as source:
        records = source.take(60)
        pictures = [number(record) for record in records]
        assert [(b - a) % 25 for a, b in itertools.pairwise(pictures)] == [1] * 59
        assert records[0].clock is Clock.FILE
        taken = (records[-1].published_ns - records[0].published_ns) / NS
        assert 2.2 < taken < 3.5
        steps = {b.pts - a.pts for a, b in itertools.pairwise(records)}
        assert steps == {records[0].duration}


def test_a_finished_playlist_plays_with_its_sound() -> None:
    with HttpSources(CLIP) as web, Running(web.hls()) as source:
        assert len(source.take(10)) == 10
        assert source.take(5, "samples")[0].info.sample_rate == 48000
        assert source.wait_for_fact("format") == "hls"


def test_a_live_playlist_goes_on_over_its_segments() -> None:
    with HttpSources(CLIP) as web, Running(web.live_hls()) as source:
        records = source.take(60, "video")
        assert all(b.dts > a.dts for a, b in itertools.pairwise(records))
        taken = (records[-1].published_ns - records[0].published_ns) / NS
        assert taken > 2


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "bad-auth"), (403, "bad-auth"), (404, "not-found"), (500, "failed")]
)
def test_a_refusal_is_told_as_what_it_is(status: int, reason: str) -> None:
    with HttpSources(CLIP) as web:
        web.status = status
        with Running(web.mjpeg()) as source:
            error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == reason


def test_a_silent_server_is_reported_as_stalled() -> None:
    with HttpSources(CLIP) as web, Running(web.mjpeg(), stall_s=1) as source:
        source.take(2, "video")
        web.stall()
        error = source.wait_for_end()
        assert source.wait_for_state("stalled") == "stalled"
    assert isinstance(error, SourceError)
    assert error.reason == "stalled"


def test_a_cut_connection_ends_the_try() -> None:
    with HttpSources(CLIP) as web, Running(web.mjpeg()) as source:
        source.take(2, "video")
        web.cut()
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "closed"


def test_a_text_is_no_video() -> None:
    with (
        serving({"/page": b"<html>nothing to see</html>" * 100}) as address,
        Running(f"{address}/page") as source,
    ):
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason in ("bad-data", "unsupported")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://127.0.0.1:1/x", "concat:/etc/passwd|x"])
def test_a_playlist_cannot_name_another_protocol(target: str) -> None:
    playlist = f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n{target}\n#EXT-X-ENDLIST\n"
    with serving({"/index.m3u8": playlist.encode()}) as address, Running(f"{address}/index.m3u8") as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert not source.publisher.tracks


def test_a_playlist_cannot_make_a_local_video_public() -> None:
    segment = hls_folder(CLIP) / "part0.ts"
    good = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n{}\n#EXT-X-ENDLIST\n"
    pages = {
        "/bad.m3u8": good.format(f"file://{segment}").encode(),
        "/good.m3u8": good.format("part0.ts").encode(),
        "/part0.ts": segment.read_bytes(),
    }
    with serving(pages) as address:
        with Running(f"{address}/good.m3u8") as source:  # the same segment by the allowed way
            assert source.take(2, "video")
        with Running(f"{address}/bad.m3u8") as source:
            error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "forbidden"


def test_a_redirection_cannot_lead_to_a_file() -> None:
    segment = hls_folder(CLIP) / "part0.ts"
    with serving({}, redirect=f"file://{segment}") as address, Running(f"{address}/x.ts") as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert not source.publisher.tracks


def test_a_secret_in_the_address_is_in_no_message() -> None:
    with HttpSources(CLIP) as web:
        web.status = 404
        address = web.mjpeg().replace("://", "://user:hidden-one@") + "?token=hidden-two"
        with Running(address) as source:
            error = source.wait_for_end()
    assert "hidden" not in str(error)


@contextlib.contextmanager
def serving(
    pages: dict[str, bytes], redirect: str = "", kind: str = "text/html", endless: Sequence[bytes] = ()
) -> Iterator[str]:
    """A web server with these pages; with `redirect` everything leads there; `endless` comes at 25 a second."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if redirect:
                self.send_response(302)
                self.send_header("Location", redirect)
                self.end_headers()
                return
            if endless:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.end_headers()
                with contextlib.suppress(OSError):
                    for part in itertools.cycle(endless):
                        self.wfile.write(part)
                        if over.wait(0.04):
                            break
                return
            page = pages.get(self.path)
            self.send_response(200 if page is not None else 404)
            is_playlist = Path(self.path).suffix == ".m3u8"
            self.send_header("Content-Type", "application/vnd.apple.mpegurl" if is_playlist else kind)
            self.send_header("Content-Length", str(len(page or b"")))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(page or b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        over.set()
        server.shutdown()
        thread.join()
