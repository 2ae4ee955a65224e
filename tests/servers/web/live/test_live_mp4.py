"""Live movies from a real node: one muxer and one encoder for all, picture at once, sound in step, sources that come back."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import numpy as np
import pytest

from framecast.bus import Channel, Record, StreamStatus
from framecast.clock import Clock, monotonic_ns
from framecast.errors import FramecastError, NodeUnavailable
from framecast.fanout.coding import NATIVE
from framecast.media.testpicture import read_blocks
from framecast.servers.web.live.fragments import Fragments
from framecast.servers.web.live.live_mp4 import LiveMp4
from framecast.servers.web.live.silence import Silence
from tests.cli.running import Node
from tests.media.packets import tracks_of as file_tracks
from tests.servers.web.mp4_client import (
    ALL,
    NO_HEVC,
    Player,
    pictures_of,
    player,
    socket_at,
    sound_of,
    tracks_of,
)
from tests.support import needs
from tests.support.media_files import CACHE, Clip, frame_number
from tests.support.rtsp_server import RtspServer
from tests.support.waiting import until

SMALL = (640, 360)
H264, H265 = Clip(size=SMALL, audio="aac"), Clip(video="h265", size=SMALL)
PHONE = Clip(size=SMALL, audio="pcma")
LONG_GOP = Clip(size=SMALL, gop_s=4.0, seconds=8)
WALL_CODECS = "avc1.640029,mp4a.40.2"


@pytest.fixture(scope="module")
def cameras() -> Iterator[RtspServer]:
    with RtspServer({"/h264": H264, "/h265": H265, "/phone": PHONE, "/long": LONG_GOP}) as server:
        yield server


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, cameras: RtspServer) -> Iterator[Node]:
    streams = [f"{name}={cameras.url(f'/{name}')}" for name in ("h264", "h265", "phone", "long")]
    with Node(
        tmp_path_factory.mktemp("node"), "pattern=pattern:?size=640x360&id=7", "numbers=numbers:", *streams
    ) as running:
        yield running


def movie(found: Player, count: int = 60) -> bytes:
    """The file that `count` more messages make with all before."""
    found.take(count)
    return b"".join(found.media)


def metric(node: Node, name: str) -> float:
    text = urllib.request.urlopen(node.url + "metrics").read().decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))


def test_player_is_told_the_real_codecs_and_gets_a_movie_that_begins_with_a_key_frame(node: Node) -> None:
    with player(node.url, "h264") as found:
        mime = found.play()
        file = movie(found)
    assert mime.startswith('video/mp4; codecs="avc1.')
    assert mime.endswith(',mp4a.40.2"')
    tracks = tracks_of(file)
    assert tracks["h264"][0].is_keyframe
    assert tracks["h264"][0].pts == 0
    assert len(tracks["aac"]) > 10
    numbers = [frame_number(picture) for _, picture in pictures_of(file)]
    steps = {(after - before) % H264.frames for before, after in itertools.pairwise(numbers)}
    assert steps == {1}


def test_codec_string_is_that_which_ffprobe_reads(node: Node, tmp_path: Path) -> None:
    with player(node.url, "h264") as found:
        mime = found.play()
        (tmp_path / "movie.mp4").write_bytes(movie(found, 30))
    asked = [needs.ffprobe(), "-v", "error", "-select_streams", "v", "-show_entries", "stream=profile,level"]
    said = subprocess.run(
        [*asked, "-of", "csv=p=0", str(tmp_path / "movie.mp4")], capture_output=True, text=True, check=True
    ).stdout
    profile, level = said.strip().split(",")
    number = {"Constrained Baseline": "42", "Baseline": "42", "Main": "4d", "High": "64"}[profile]
    assert f"avc1.{number}" in mime
    assert mime.split(",")[0].endswith(f"{int(level):02x}")


def test_late_viewer_begins_at_the_kept_key_frame_with_a_time_line_of_its_own(node: Node) -> None:
    with player(node.url, "long") as early:
        early.play()
        movie(early, 110)
        with player(node.url, "long") as late:
            late.play()
            file = movie(late, 20)
        packets = tracks_of(file)["h264"]
    assert packets[0].is_keyframe
    assert packets[0].dts == 0
    # What was kept came at once: the newest key frame, not the next one four seconds later.
    clocks = [text["value"] for text in late.texts if text["type"] == "framecast/clock"]
    assert len(clocks) < 4


def test_all_viewers_of_a_coding_share_one_movie(node: Node) -> None:
    with player(node.url, "h264") as one, player(node.url, "h264") as two:
        one.play()
        two.play()
        one.take(10)
        two.take(10)
        assert readers(node, "h264", "video") == 1
        assert metric(node, 'framecast_http_viewers{stream="h264"}') == 2


def readers(node: Node, name: str, track: str) -> int:
    """How many web servers read a track."""
    text = urllib.request.urlopen(node.url + "metrics").read().decode()
    start = 'framecast_reader_records_total{id="'
    return sum(
        line.startswith(start)
        and f'stream="{name}"' in line
        and f'track="{track}"' in line
        and 'reader="web"' in line
        for line in text.splitlines()
    )


def test_h265_goes_as_it_is_to_who_has_it_and_once_encoded_as_h264_to_others(node: Node) -> None:
    with (
        player(node.url, "h265") as modern,
        player(node.url, "h265") as old,
        player(node.url, "h265") as other,
    ):
        assert "hvc1.1." in modern.play(ALL)
        for found in (old, other):
            assert 'codecs="avc1.' in found.play(NO_HEVC)
            assert [frame_number(picture) for _, picture in pictures_of(movie(found, 40))]
        assert readers(node, "h265", "video/h264") == 1
        assert list(tracks_of(movie(modern, 20))) == ["hevc"]


def test_sound_of_a_telephone_becomes_aac(node: Node) -> None:
    with player(node.url, "phone") as found:
        assert found.play().endswith(',mp4a.40.2"')
        tracks = tracks_of(movie(found, 120))
    assert len(tracks["aac"]) > 10
    assert len(tracks["h264"]) > 20


def test_player_without_sound_gets_none(node: Node) -> None:
    with player(node.url, "h264") as found:
        assert "mp4a" not in found.play("avc1.640029")
        assert list(tracks_of(movie(found, 20))) == ["h264"]


def test_frames_of_a_program_are_a_movie_with_sound_too(node: Node) -> None:
    with player(node.url, "pattern") as found:
        assert found.play().endswith(',mp4a.40.2"')
        file = movie(found, 90)
    blocks = [read_blocks(picture) for _, picture in pictures_of(file)]
    assert {found.stream_id for found in blocks if found} == {7}
    frames = [found.frame for found in blocks if found]
    # The encoder takes the newest picture: on a busy machine it leaves some out, but none comes twice or late.
    assert len(frames) == len(blocks)
    assert frames == sorted(set(frames))


def test_stream_without_pictures_and_sound_says_so(node: Node) -> None:
    with player(node.url, "numbers") as found:
        found.say(type="mse", value=ALL)
        error = found.until_type("error")["value"]
    assert error.startswith("mse: ")
    assert "data" in error


def test_unknown_stream_says_so_and_the_socket_stays(node: Node) -> None:
    with player(node.url, "nowhere") as found:
        for kind in ("mse", "mjpeg", "mp4", "hls"):
            found.say(type=kind, value="")
            assert found.until_type("error")["value"].startswith(f"{kind}: there is no stream 'nowhere'")


def test_state_and_clock_are_told(node: Node) -> None:
    with player(node.url, "pattern") as found:
        found.play()
        clock = found.until_type("framecast/clock")["value"]
    states = [text["value"] for text in found.texts if text["type"] == "framecast/state"]
    assert {"state": "live", "reason": "", "detail": "", "live": True} in states
    assert 0 <= clock["now_ms"] - clock["captured_ms"] < 5000


def test_clock_belongs_to_the_picture_before_it(node: Node) -> None:
    with player(node.url, "pattern") as found:
        found.play()
        found.take(30)
        with player(node.url, "pattern") as fresh:
            fresh.play()
            captured = fresh.until_type("framecast/clock")["value"]["captured_ms"]
            file = b"".join(fresh.media)
    times = [found.time_ms for _, picture in pictures_of(file) for found in [read_blocks(picture)] if found]
    assert abs(times[-1] - captured) <= 2


def test_jpeg_pictures_come_over_the_same_socket(node: Node) -> None:
    with socket_at(node.url, "api/ws?src=pattern&w=320") as found:
        found.say(type="mjpeg")
        found.until_type("mjpeg")
        pictures = found.take(5)
    assert all(picture[:3] == b"\xff\xd8\xff" for picture in pictures)


def test_key_frames_come_as_files_of_their_own(node: Node) -> None:
    with player(node.url, "h264") as found:
        found.say(type="mp4", value=ALL)
        assert "avc1." in found.until_type("mse")["value"]
        files = found.take(2)
    for file in files:
        assert len(pictures_of(file)) == 1


def test_webrtc_is_refused_in_the_form_that_players_wait_for_and_disturbs_nothing(node: Node) -> None:
    with player(node.url, "h264") as found:
        found.play()
        found.say(type="webrtc/offer", value="v=0")
        assert found.until_type("error")["value"].startswith("webrtc/offer: ")
        found.say(type="webrtc/candidate", value="")
        found.take(30)


def test_new_wish_ends_the_one_before(node: Node) -> None:
    with player(node.url, "pattern") as found:
        found.play()
        found.take(10)
        found.say(type="mjpeg")
        found.until_type("mjpeg")
        assert all(picture[:2] == b"\xff\xd8" for picture in found.take(10))


def test_walls_get_the_very_same_bytes(node: Node) -> None:
    with socket_at(node.url, "api/ws/wall") as one, socket_at(node.url, "api/ws/wall") as two:
        walls = (one, two)
        for wall in walls:
            wall.say(type="open", src="h264", value=WALL_CODECS)
            wall.say(type="open", src="pattern", value=WALL_CODECS)
        numbers: dict[str, int] = {}
        for wall in walls:
            opened = [wall.until_type("mse") for _ in range(2)]
            numbers = {message["src"]: message["id"] for message in opened}
            assert len(set(numbers.values())) == 2

        def parts(wall: Player, name: str) -> list[bytes]:
            prefix = numbers[name].to_bytes(4, "big")
            return [part[4:] for part in wall.media if part[:4] == prefix]

        shared: dict[str, int] = {}
        for _ in range(40):  # one of them may have begun later
            for wall in walls:
                wall.take(25)
            shared = {name: len(set(parts(one, name)) & set(parts(two, name))) for name in numbers}
            if min(shared.values()) > 20:
                break
        assert min(shared.values()) > 20, shared
        assert numbers == {message["src"]: message["id"] for message in one.texts if message["type"] == "mse"}
        assert all(pictures_of(b"".join(parts(two, name))) for name in numbers)
        assert all(text["src"] in numbers for text in two.texts)


def test_wall_closes_one_stream_and_keeps_the_other(node: Node) -> None:
    with socket_at(node.url, "api/ws/wall") as wall:
        wall.say(type="open", src="h264", value=WALL_CODECS)
        first = wall.until_type("mse")["id"]
        wall.say(type="open", src="pattern", value=WALL_CODECS)
        second = wall.until(lambda text: text["type"] == "mse" and text["src"] == "pattern")["id"]
        wall.say(type="close", src="h264")
        wall.say(type="open", src="nowhere", value=WALL_CODECS)
        error = wall.until_type("error")
        assert error["src"] == "nowhere"
        wall.take(20)
        newest = {int.from_bytes(part[:4], "big") for part in wall.take(20)}
        assert newest == {second}
        wall.say(type="open", src="h264", value=WALL_CODECS)
        assert wall.until_type("mse")["id"] == first


@pytest.mark.parametrize(
    "wish",
    [
        {"type": "open"},
        {"type": "open", "src": "../x"},
        {"type": "open", "src": "h264", "value": 7},
        {"src": "h264"},
    ],
)
def test_wall_says_what_is_wrong_with_a_wish(node: Node, wish: dict[str, object]) -> None:
    with socket_at(node.url, "api/ws/wall") as wall:
        wall.say(**wish)
        assert wall.until_type("error")["value"].startswith("mse: ")
        wall.say(type="open", src="h264", value=WALL_CODECS)
        wall.until_type("mse")


def test_wall_has_room_for_64_streams(node: Node) -> None:
    with socket_at(node.url, "api/ws/wall") as wall:
        for number in range(65):
            wall.say(type="open", src=f"unknown{number}", value=WALL_CODECS)
        error = wall.until(lambda text: text["type"] == "error" and text["src"] == "unknown64")
        assert "64" in error["value"]


# --- sources that go and come back


def test_source_dies_and_returns_on_the_same_socket(tmp_path: Path) -> None:
    with (
        RtspServer(H264) as camera,
        Node(tmp_path, f"door={camera.url()}") as running,
        player(running.url, "door") as found,
    ):
        found.play()
        found.take(20)
        camera.kill()
        gone = found.until(lambda text: text["type"] == "framecast/state" and not text["value"]["live"])
        assert gone["value"]["detail"] or gone["value"]["state"] == "connecting"
        camera.start()
        found.until(lambda text: text["type"] == "framecast/state" and text["value"]["live"])
        file = movie(found, 60)
    packets = tracks_of(file)["h264"]
    times = [packet.dts * packet.time_base for packet in packets if packet.dts is not None]
    assert times == sorted(times)
    # The coding is the same, so the file goes on: no second init segment.
    assert [text["type"] for text in found.texts].count("mse") == 1
    assert file.count(b"ftyp") == 1
    assert len(pictures_of(file)) == len(packets)


def test_another_size_comes_with_a_fresh_init_segment(tmp_path: Path) -> None:
    with RtspServer(H264) as camera, Node(tmp_path, f"door={camera.url()}") as running:
        with player(running.url, "door") as found:
            found.play()
            found.take(20)
            camera.set_size(320, 240)
            found.until_type("mse")
            begin = len(found.media)
            found.take(20)
        pictures = pictures_of(b"".join(found.media[begin:]))
    assert {picture.shape for _, picture in pictures} == {(240, 320)}
    assert pictures[0][0] >= 0


def test_viewers_get_h264_when_the_camera_changes_to_a_codec_that_mp4_cannot_hold(tmp_path: Path) -> None:
    camera = RtspServer(H264)
    changed = RtspServer(Clip(video="mjpeg", size=(320, 240)), port=camera.port)
    with Node(tmp_path, f"door={camera.url()}") as running:
        with camera, player(running.url, "door") as found, socket_at(running.url, "api/ws/wall") as wall:
            assert urllib.request.urlopen(running.url + "api/stream.m3u8?src=door").status == 200
            wall.say(type="open", src="door", value=WALL_CODECS)
            first = wall.until_type("mse")["id"]
            found.play()
            found.take(20)
            camera.kill()
            with changed:
                assert "avc1" in found.until_type("mse")["value"]
                begin = len(found.media)
                found.take(20)
                opened = wall.until_type("mse")
                wall.take(5)
                playlist = urllib.request.urlopen(running.url + "api/stream.m3u8?src=door").read().decode()
                assert "RESOLUTION=320x240" in playlist
        pictures = pictures_of(b"".join(found.media[begin:]))
    assert {picture.shape for _, picture in pictures} == {(240, 320)}
    assert opened["id"] != first


def test_viewer_may_come_before_the_camera_is_switched_on(tmp_path: Path) -> None:
    camera = RtspServer(H264)
    with Node(tmp_path, f"door={camera.url()}") as running, player(running.url, "door") as found:
        found.say(type="mse", value=ALL)
        found.until(lambda text: text["type"] == "framecast/state" and text["value"]["state"] == "offline")
        with camera:
            assert "avc1" in found.until_type("mse")["value"]
            found.take(5)


def test_viewers_of_a_stream_that_is_removed_are_told(tmp_path: Path) -> None:
    with Node(tmp_path) as running:
        put = urllib.request.Request(running.url + "api/streams?name=x&src=pattern:", method="PUT")
        urllib.request.urlopen(put).close()
        with player(running.url, "x") as found:
            found.play()
            delete = urllib.request.Request(running.url + "api/streams?src=x", method="DELETE")
            urllib.request.urlopen(delete).close()
            assert "removed" in found.until_type("error")["value"]


def test_hundred_joins_and_leaves_leave_nothing_behind(tmp_path: Path) -> None:
    with Node(tmp_path, "pattern=pattern:?size=320x180&audio=0") as running:
        web = running.server_process("web")
        with player(running.url, "pattern") as stays:
            stays.play()

            def visit() -> None:
                with player(running.url, "pattern") as found:
                    found.play()
                    found.take(3)
                with socket_at(running.url, "api/ws/wall") as wall:
                    wall.say(type="open", src="pattern", value=WALL_CODECS)
                    wall.until_type("mse")
                stays.take(10)

            metric(running, "framecast_http_movies")  # the first scrape starts the thread that reads /proc
            for _ in range(5):
                visit()
            before = web.num_fds(), len(web.threads()), metric(running, "framecast_http_movies")
            for _ in range(50):
                visit()
            stays.take(30)
            until(lambda: metric(running, "framecast_http_connections") == 1)
            after = web.num_fds(), len(web.threads()), metric(running, "framecast_http_movies")
            assert metric(running, 'framecast_http_viewers{stream="pattern"}') == 1
    assert after[0] <= before[0] + 2
    assert after[1:] == before[1:]


# --- sound in step


def flashing_file() -> Path:
    """Black for a second with silence, then a white flash and a tone of 200 ms, again and again; G.711 sound."""
    path = CACHE / "flashes-2.mkv"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [
                needs.ffmpeg(), "-v", "error", "-y",
                "-f", "lavfi", "-i", "color=black:s=320x180:r=25,geq=lum='if(lt(mod(T,1),0.2),235,16)':cb=128:cr=128",
                "-f", "lavfi", "-i", "aevalsrc='if(lt(mod(t,1),0.2),sin(2*PI*1000*t),0)':s=8000",
                "-t", "10", "-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "25", "-pix_fmt", "yuv420p",
                "-c:a", "pcm_alaw", "-f", "matroska", str(path.with_suffix(".part")),
            ],
            check=True,
        )  # fmt: skip
        path.with_suffix(".part").rename(path)
    return path


class Onlooker:
    """A viewer that notes what goes out together: 'v' and 'a'."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.got_sound = asyncio.Event()  # without a picture
        self.failures: list[FramecastError] = []

    def begin(self) -> None:
        """Nothing to do."""

    def show(self, fragments: Fragments) -> None:
        self.sent.append("".join("v" if one.is_video else "a" for one in fragments.items))
        if self.sent[-1][0] == "a":
            self.got_sound.set()

    def fail(self, error: FramecastError) -> None:
        self.failures.append(error)


def no_node() -> Channel:
    raise NodeUnavailable("there is no node in this test")


def records(clip: Clip) -> Iterator[Record]:
    """The packets of a file as the bus gives them, in the order of their time."""
    _, packets = file_tracks(clip.path())
    for one in sorted(packets, key=lambda one: one.captured_at):
        flags, clock, size = int(one.is_key), int(Clock.ARRIVAL), len(one.payload)
        times = (one.duration, one.pts, one.dts, one.captured_at, monotonic_ns(), monotonic_ns())
        yield Record(one.info, (0, flags, clock, 0, 0, 0, 0, 0, size, *times), one.payload)


@pytest.mark.anyio
async def test_sound_goes_out_with_the_next_picture_and_alone_when_none_comes() -> None:
    mp4 = LiveMp4("camera", NATIVE, no_node, Silence(monotonic(), StreamStatus()))
    onlooker = Onlooker()
    mp4.viewers.add(onlooker)
    sounds = 0
    for record in records(H264):
        mp4._on_record(record)
        sounds += record.info.name == "audio" and mp4.muxer is not None
        if sounds > 40 and record.info.name == "audio":
            break
    pictures = [sent for sent in onlooker.sent if "v" in sent]
    assert pictures == onlooker.sent, "no sound went alone"
    assert set(pictures) <= {"v", "va", "vaa", "vaaa"}
    assert any("aa" in sent for sent in pictures)
    async with asyncio.timeout(20):
        await onlooker.got_sound.wait()
    assert not onlooker.failures
    mp4.close()


@pytest.mark.parametrize("codecs", [ALL, "hvc1.1.6.L153.B0,avc1.42e01e,mp4a.40.2"])
def test_sound_and_picture_are_in_step(tmp_path: Path, codecs: str) -> None:
    """As they are with B-frames, and both encoded anew (the file is High profile)."""
    with Node(tmp_path, f"flashes={flashing_file()}") as running, player(running.url, "flashes") as found:
        found.play(codecs)
        file = movie(found, 400)
    flashes = rises([(time, float(picture.mean())) for time, picture in pictures_of(file)], 120)
    begin, rate, samples = sound_of(file)
    loud = np.abs(samples[: len(samples) // 32 * 32]).reshape(-1, 32).max(axis=1)
    beeps = rises([(begin + at * 32 / rate, float(value)) for at, value in enumerate(loud)], 0.3)
    assert len(flashes) >= 3
    pairs = [(flash, min(beeps, key=lambda beep: abs(beep - flash))) for flash in flashes[1:-1]]
    apart = [beep - flash for flash, beep in pairs]
    assert max(map(abs, apart)) < 0.080, apart


def rises(values: list[tuple[float, float]], level: float) -> list[float]:
    """The times at which a value goes from below a level to above."""
    return [time for (_, before), (time, value) in itertools.pairwise(values) if before < level <= value]
