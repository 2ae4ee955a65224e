"""Movies over plain HTTP, as FFmpeg, VLC, Safari and downloads get them."""

from __future__ import annotations

import itertools
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from urllib.parse import urljoin

import pytest

from framecast.errors import Invalid
from framecast.servers.web.viewers.mp4_routes import wanted_of
from tests.cli.running import Node
from tests.servers.web.mp4_client import pictures_of, tracks_of
from tests.support import needs
from tests.support.media_files import Clip, frame_number
from tests.support.rtsp_server import RtspServer

SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1"
CAMERA, MODERN = Clip(size=(640, 360), audio="aac", seconds=4, gop_s=1.0), Clip(video="h265", size=(640, 360))
LONG = Clip(size=(640, 360), gop_s=4.0, seconds=8)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with RtspServer({"/camera": CAMERA, "/modern": MODERN, "/long": LONG}) as server:
        names = ("camera", "modern", "long")
        streams = [f"{name}={server.url(f'/{name}')}" for name in names]
        with Node(tmp_path_factory.mktemp("node"), *streams, "numbers=numbers:") as running:
            yield running


def get(node: Node, path: str, **headers: str) -> tuple[int, Message, bytes]:
    """Ask without following anything."""
    wish = urllib.request.Request(
        urljoin(node.url, path), headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    opener = urllib.request.build_opener(_Stay)
    try:
        with opener.open(wish, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


def test_live_mp4_of_some_seconds_is_a_file_that_begins_at_zero(node: Node) -> None:
    status, headers, body = get(node, "api/stream.mp4?src=camera&duration=2&filename=door%201.mp4")
    assert status == 200
    assert headers["Content-Type"].startswith('video/mp4; codecs="avc1.')
    assert headers["Content-Disposition"] == 'attachment; filename="door 1.mp4"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    tracks = tracks_of(body)
    assert set(tracks) == {"h264", "aac"}
    assert tracks["h264"][0].dts == 0
    last = tracks["h264"][-1]
    assert last.dts is not None
    assert 1.9 < float(last.dts * last.time_base) < 2.1
    assert pictures_of(body)[0][0] == 0


def test_ffmpeg_plays_live_mp4_without_a_word(node: Node) -> None:
    done = subprocess.run(
        [needs.ffmpeg(), "-v", "warning", "-t", "2", "-i", f"{node.url}api/stream.mp4?src=camera", "-f", "null", "-"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("query", "codecs"),
    [
        ("src=modern", {"hevc"}),
        ("src=modern&mp4", {"hevc"}),
        ("src=modern&video=h264", {"h264"}),
        ("src=camera&video=h264", {"h264"}),
        ("src=camera&audio=aac", {"aac"}),
        ("src=camera&mp4=all", {"h264", "aac"}),
    ],
)
def test_query_says_which_codecs_can_be_played(node: Node, query: str, codecs: set[str]) -> None:
    _, _, body = get(node, f"api/stream.mp4?{query}&duration=1")
    assert set(tracks_of(body)) == codecs


def test_safari_is_sent_to_hls_which_it_plays(node: Node) -> None:
    status, headers, _ = get(node, "api/stream.mp4?src=camera", User_Agent=SAFARI)
    assert (status, headers["Location"]) == (307, "stream.m3u8?src=camera")
    assert get(node, "api/stream.mp4?src=camera&duration=1", User_Agent=SAFARI)[0] == 200


def test_key_frame_as_mp4_is_one_picture_with_a_length(node: Node) -> None:
    status, headers, body = get(node, "api/frame.mp4?src=camera")
    assert status == 200
    assert int(headers["Content-Length"]) == len(body)
    ((time, picture),) = pictures_of(body)
    assert time == 0
    assert frame_number(picture) % 25 == 0  # a key frame of this clip


@pytest.mark.parametrize("route", ["stream.mp4", "frame.mp4", "stream.m3u8"])
def test_what_cannot_be_is_refused_in_words(node: Node, route: str) -> None:
    assert get(node, f"api/{route}?src=nowhere")[0] == 404
    assert get(node, f"api/{route}?src=../x")[0] == 400
    assert get(node, f"api/{route}?src=camera&video=theora")[0] == 400
    status, _, body = get(node, f"api/{route}?src=numbers")
    assert (status, b"numbers has no" in body) == (404, True)


def test_file_name_cannot_write_headers(node: Node) -> None:
    for name in ("a%22;b", "a%0d%0aX:1", "%C3%A4"):
        assert get(node, f"api/stream.mp4?src=camera&duration=1&filename={name}")[0] == 400


# --- HLS


def lines_of(node: Node, address: str) -> list[str]:
    status, headers, body = get(node, address)
    assert (status, headers["Content-Type"]) == (200, "application/vnd.apple.mpegurl"), body
    return body.decode().splitlines()


def playlist(node: Node, src: str, query: str = "") -> tuple[str, list[str]]:
    """Return the address and the lines of a stream's playlist."""
    master = lines_of(node, f"api/stream.m3u8?src={src}")
    assert master[0] == "#EXTM3U"
    assert "#EXT-X-INDEPENDENT-SEGMENTS" in master
    address = urljoin("api/stream.m3u8", master[-1])
    return address, lines_of(node, address + query)


def test_playlist_names_codecs_size_and_whole_groups_of_pictures(node: Node) -> None:
    master = lines_of(node, "api/stream.m3u8?src=camera")
    assert 'CODECS="avc1.' in master[-2]
    assert "RESOLUTION=640x360" in master[-2]
    address, lines = playlist(node, "camera")
    durations = [float(line.split(":")[1].rstrip(",")) for line in lines if line.startswith("#EXTINF")]
    assert durations
    assert all(duration == pytest.approx(1.0, abs=0.05) for duration in durations)
    target = int(next(line.split(":")[1] for line in lines if "TARGETDURATION" in line))
    assert max(durations) <= target
    (init,) = [line.split('"')[1] for line in lines if line.startswith("#EXT-X-MAP")]
    start = get(node, urljoin(address, init))[2]
    for segment in [line for line in lines if not line.startswith("#")]:
        packets = tracks_of(start + get(node, urljoin(address, segment))[2])["h264"]
        assert packets[0].is_keyframe
        assert len(packets) == 25


def test_parts_of_a_segment_are_the_segment(node: Node) -> None:
    address, lines = playlist(node, "long")
    parts = [line.split('"')[1] for line in lines if line.startswith("#EXT-X-PART:")]
    segment = next(line for line in lines if not line.startswith("#"))
    number = segment.rsplit("n=", 1)[1]
    own = [part for part in parts if f"&n={number}&" in part]
    assert len(own) == 9  # of half a second at most, in four
    whole = b"".join(get(node, urljoin(address, part))[2] for part in own)
    assert whole == get(node, urljoin(address, segment))[2]
    longest = max(
        float(line.split("=")[1].split(",")[0]) for line in lines if line.startswith("#EXT-X-PART:")
    )
    target = float(next(line.split("=")[1] for line in lines if line.startswith("#EXT-X-PART-INF")))
    assert longest <= target
    assert all(
        "INDEPENDENT=YES" in line for line in lines if line.startswith("#EXT-X-PART:") and "&p=0" in line
    )


def test_next_part_is_waited_for(node: Node) -> None:
    address, lines = playlist(node, "long")
    for _ in range(4):
        hint = next(line.split('"')[1] for line in lines if line.startswith("#EXT-X-PRELOAD-HINT"))
        number, part = hint.split("&n=")[1].split("&p=")
        lines = lines_of(node, f"{address}&_HLS_msn={number}&_HLS_part={part}")
        assert any(hint in line for line in lines if line.startswith("#EXT-X-PART:"))
        assert get(node, urljoin(address, hint))[0] == 200


def test_what_is_gone_or_far_ahead_is_not_found(node: Node) -> None:
    address, _ = playlist(node, "camera")
    for path in (
        "segment.m4s?id={}&n=999",
        "part.m4s?id={}&n=999&p=0",
        "init.mp4?id={}&v=9",
        "playlist.m3u8?id={}&_HLS_msn=99",
    ):
        assert get(node, urljoin(address, path.format(address.split("id=")[1])))[0] == 404, path
    assert get(node, "api/hls/playlist.m3u8?id=unknown")[0] == 404


def test_all_players_share_one_packager(node: Node) -> None:
    assert playlist(node, "camera")[0] == playlist(node, "camera")[0]


def test_ffmpeg_plays_hls_in_order(node: Node, tmp_path: Path) -> None:
    out = tmp_path / "copy.mp4"
    subprocess.run(
        [needs.ffmpeg(), "-v", "error", "-t", "5", "-i", f"{node.url}api/stream.m3u8?src=camera", "-c", "copy", str(out)],
        check=True, timeout=90,
    )  # fmt: skip
    file = out.read_bytes()
    numbers = [frame_number(picture) for _, picture in pictures_of(file)]
    assert len(numbers) > 100
    assert {(after - before) % CAMERA.frames for before, after in itertools.pairwise(numbers)} == {1}
    assert len(tracks_of(file)["aac"]) > 200


@pytest.mark.parametrize(
    ("mp4", "video", "audio", "anything", "has"),
    [
        (None, None, None, True, set()),
        ("all", None, None, True, set()),
        ("", None, None, False, {"h264", "hevc", "aac"}),
        (None, "h264,h265", "aac,opus", False, {"h264", "hevc", "aac", "opus"}),
        (None, "av1", None, False, {"av1"}),
        (None, None, "none", False, {"h264", "hevc", "av1", "vp9"}),
    ],
)
def test_queries(
    mp4: str | None, video: str | None, audio: str | None, anything: bool, has: set[str]
) -> None:
    wanted = wanted_of(mp4, video, audio)
    assert (wanted.anything, set(wanted.strings)) == (anything, has)


def test_codec_that_is_not_known_is_named() -> None:
    with pytest.raises(Invalid, match="theora"):
        wanted_of(None, "theora", None)
