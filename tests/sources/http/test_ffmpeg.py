"""Playlists as servers write them: segments of any name, times that begin again, other sizes midway."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources.running import Running
from tests.sources.test_http import serving
from tests.support.media_files import Clip, hls_folder, made
from tests.support.scripted_http import Asked, ScriptedHttp, whole

HEAD = "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:2\n"
CLIP = Clip(size=(320, 240), seconds=2)


def playlist(*segments: str, head: str = HEAD) -> bytes:
    return (head + "".join(f"{line}\n" for line in segments) + "#EXT-X-ENDLIST\n").encode()


@pytest.mark.parametrize("name", ["s0", "seg.php?n=1", "part.bin", "a.b/c", "x.jpg", "s0.ts?token=1.mp4"])
def test_a_segment_may_have_any_name(name: str) -> None:
    segment = (hls_folder(CLIP) / "part0.ts").read_bytes()
    pages = {"/index.m3u8": playlist("#EXTINF:1.0,", name), f"/{name}": segment}
    with serving(pages, kind="video/mp2t") as address, Running(f"{address}/index.m3u8") as source:
        assert len(source.take(10, "video")) == 10


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "/etc/passwd", "file:/etc/hostname", "crypto+file:/etc/passwd"]
)
def test_a_name_leads_to_no_file_of_this_machine(target: str) -> None:
    pages = {"/index.m3u8": playlist("#EXTINF:1.0,", target)}
    with serving(pages) as address, Running(f"{address}/index.m3u8") as source:
        assert source.wait_for_end() is not None
    assert not source.publisher.tracks


def segment(begins_at_s: int, size: str) -> Path:
    """A second of pictures and sound, whose sound comes in lumps of a quarter of a second."""
    pictures = ["-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d=1", "-f", "lavfi", "-i", "sine=r=44100:d=1"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "0", "-c:a", "aac", "-b:a", "32k"]
    place = ["-output_ts_offset", str(begins_at_s), "-f", "mpegts"]
    return made(f"segment-{begins_at_s}-{size}.ts", *pictures, *coding, *place)


@pytest.fixture
def broken_times() -> Iterator[str]:
    """A playlist of five seconds: times that go on, jump far, begin again twice; another size."""
    parts = [(0, "320x240"), (1, "320x240"), (5000, "320x240"), (0, "640x360"), (0, "320x240")]
    lines: list[str] = []
    pages = {}
    for number, (begins_at_s, size) in enumerate(parts):
        pages[f"/s{number}"] = segment(begins_at_s, size).read_bytes()
        lines += [*(["#EXT-X-DISCONTINUITY"] if number > 1 else []), "#EXTINF:1.0,", f"s{number}"]
    with serving({"/index.m3u8": playlist(*lines), **pages}, kind="video/mp2t") as address:
        yield f"{address}/index.m3u8"


def test_pictures_and_sound_stay_in_step_over_discontinuities(broken_times: str) -> None:
    with (
        Running(broken_times, loop=False) as source,
        source.read("video") as video,
        source.read("audio", "queue(1000)") as audio,
    ):
        pictures = [video.read(30) for _ in range(125)]
        sounds = [audio.read(30) for _ in range(190)]
    base = pictures[0].info.time_base
    steps = [float((after.pts - before.pts) * base) for before, after in itertools.pairwise(pictures)]
    assert max(steps) < 0.2
    seen = float((pictures[-1].pts - pictures[0].pts) * base)
    heard = float((sounds[-1].pts - sounds[0].pts) * sounds[0].info.time_base)
    assert abs(seen - 4.96) < 0.25
    assert abs(heard - 190 * 1024 / 44100) < 0.25
    assert {record.info.width for record in pictures} == {320, 640}


def test_ffmpeg_takes_no_password_to_another_server() -> None:
    challenge = 'WWW-Authenticate: Basic realm="x"'

    def refusal(_: Asked) -> bytes:
        return whole(b"", "text/html", challenge, status="401 Unauthorized")

    with ScriptedHttp(refusal) as other:

        def script(asked: Asked) -> bytes:
            if "authorization" not in asked.headers:
                return refusal(asked)
            return whole(b"", "text/html", f"Location: {other.url('/x.ts')}", status="302 Found")

        with ScriptedHttp(script) as server, Running(server.url("/a.ts", "admin:p")) as source:
            assert source.wait_for_end() is not None
    assert "authorization" in server.asked[-1].headers
    assert other.asked
    assert all("authorization" not in asked.headers for asked in other.asked)
