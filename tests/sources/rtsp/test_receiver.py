"""The client of our own against FFmpeg's, and against cameras that are not as they should be."""

from __future__ import annotations

import itertools
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import av
import pytest

from framecast.errors import SourceError
from framecast.media import annexb
from framecast.model import EncodedPacket, Source, StreamSpec
from framecast.protocols.sdp import Unfit
from framecast.sources import rtsp
from framecast.sources.rtsp import ffmpeg
from framecast.sources.rtsp.receiver import Receiver
from framecast.sources.stamps import Shift, Stamps
from tests.sources.running import Running, number
from tests.support.media_files import Clip
from tests.support.rtp import START, Sender, access_units, report
from tests.support.rtsp_server import RtspServer
from tests.support.scripted_rtsp import Camera, Request, ScriptedRtsp, response

SMALL = (640, 360)
CLIP = Clip(size=SMALL)
SETS = "sprop-parameter-sets=Z2QAHqy0BQF/y4CIAAADAAgAAAMBkHixdQ==,aO8Pyw=="
SDP = f"""v=0
o=- 0 0 IN IP4 127.0.0.1
s=scripted
t=0 0
a=control:*
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1;{SETS}
a=control:track0
"""
HEVC_SETS = ("sprop-vps", "sprop-sps", "sprop-pps")
SOUND = "m=audio 0 RTP/AVP 8\na=control:track1\n"


def spec_of(url: str, **options: Any) -> StreamSpec:
    return StreamSpec("camera", Source(url), **{"timeout_s": 5.0, "stall_s": 5.0, **options})


@contextmanager
def opened(url: str, **options: Any) -> Iterator[Receiver]:
    stop = threading.Event()
    with rtsp.opened(spec_of(url, **options), stop) as receiver:
        yield receiver
        stop.set()


def pictures(receiver: Receiver) -> Iterator[EncodedPacket]:
    return (packet for packet in receiver.packets() if packet.track == receiver.video_index)


def clip_units(count: int, clip: Clip = CLIP) -> list[bytes]:
    return [payload for payload, *_ in itertools.islice(access_units(clip), count)]


def player(
    units: list[bytes], *, step: int = 3600, first: int = 0, codec: str = "h264"
) -> Callable[[Camera], None]:
    def play(camera: Camera) -> None:
        sender = Sender()
        for index, unit in enumerate(units):
            for packet in sender.picture(unit, first + index * step, codec):
                camera.send(0, packet)

    return play


pytestmark = pytest.mark.usefixtures("chosen")  # both implementations of RTP

# --- the point of it


@pytest.mark.parametrize(("video", "codec"), [("h264", "h264"), ("h265", "hevc")])
def test_a_picture_is_there_although_no_next_one_has_begun(video: str, codec: str) -> None:
    """The server sends two pictures, and nothing more ever: FFmpeg gives the second one out when it gives up waiting."""
    units = clip_units(2, Clip(video, size=SMALL))
    sets = [b64encode(unit).decode() for unit in annexb.parameter_sets(codec, units[0])]
    told = (
        f"sprop-parameter-sets={','.join(sets)}"
        if codec == "h264"
        else ";".join(map("{}={}".format, HEVC_SETS, sets))
    )
    sdp = SDP.replace(SETS, told).replace("H264", video.upper())
    with ScriptedRtsp(sdp, player(units, codec=codec)) as server:
        with opened(server.url()) as receiver:
            packets = list(itertools.islice(receiver.packets(), 2))
            assert [bytes(packet.payload) for packet in packets] == units
            assert [packet.is_key for packet in packets] == [True, False]
        begun = time.monotonic()
        with ffmpeg.opened(spec_of(server.url(), timeout_s=1.0, stall_s=1.0)) as demuxer:
            given = demuxer.packets()
            assert bytes(next(given).payload) == units[0]
            assert bytes(next(given).payload) == units[1]
            assert time.monotonic() - begun > 0.9
            with pytest.raises(SourceError, match="nothing came"):
                next(given)


# --- the same as FFmpeg's


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(("video", "audio"), [("h264", "aac"), ("h265", "opus"), ("h264", "pcma")])
def test_tracks_and_packets_are_those_of_ffmpeg(video: str, audio: str, transport: str) -> None:
    with (
        RtspServer(Clip(video, audio, SMALL, seconds=10)) as camera,
        opened(camera.url(), transport=transport) as receiver,
    ):
        ours: dict[int, list[EncodedPacket]] = {0: [], 1: []}
        enough = threading.Event()

        def receive() -> None:
            for packet in receiver.packets():
                ours[packet.track].append(packet)
                if enough.is_set():
                    return

        thread = threading.Thread(target=receive)
        thread.start()
        try:
            with ffmpeg.opened(spec_of(camera.url())) as demuxer:
                assert (receiver.video, receiver.audio) == (demuxer.video, demuxer.audio)
                assert receiver.coding == demuxer.coding
                theirs: dict[int, list[EncodedPacket]] = {0: [], 1: []}
                for packet in demuxer.packets():
                    theirs[packet.track].append(packet)
                    if min(map(len, theirs.values())) >= 50:
                        break
        finally:
            enough.set()
            thread.join()
    for index in (0, 1):
        wanted, found = theirs[index], ours[index]
        begin = [bytes(packet.payload) for packet in found].index(bytes(wanted[0].payload))
        run = found[begin : begin + len(wanted)]
        assert len(run) >= 45
        for one, other in zip(run, wanted, strict=False):
            assert bytes(one.payload) == bytes(other.payload)
            assert (one.is_key, one.is_corrupt) == (other.is_key, other.is_corrupt)
            assert not index or one.duration == other.duration
        # FFmpeg's times begin with none, and are moved once by the first report.
        steps = [ticks_between(run, at) == ticks_between(wanted, at) for at in range(1, len(run))]
        assert sum(steps) >= 0.8 * len(steps)


def ticks_between(packets: list[EncodedPacket], at: int) -> int:
    return (packets[at].pts or 0) - (packets[at - 1].pts or 0)


def test_pictures_out_of_order_have_the_times_of_their_encoder() -> None:
    units = list(reordered())
    shown = [pts for _, pts, _ in units]
    assert shown != sorted(shown), "the encoder makes no B-frames"

    def play(camera: Camera) -> None:
        sender = Sender()
        for payload, pts, _ in units:
            for packet in sender.picture(payload, pts + 2**32 - 50_000):
                camera.send(0, packet)

    stamps = Stamps(Fraction(1, 90_000), 3600, Shift())
    with ScriptedRtsp(SDP.replace(SETS, ""), play) as server, opened(server.url()) as receiver:
        packets = itertools.islice(receiver.packets(), len(units))
        times = [stamps.repair(packet.pts, packet.dts, packet.duration, 0) for packet in packets]
    assert times[0] is not None
    zero = times[0].pts - units[0][1]
    assert [time.pts - zero for time in times if time] == shown
    assert [time.dts - zero for time in times if time] == [dts for _, _, dts in units]


def reordered() -> Iterator[tuple[bytes, int, int]]:
    """Sixty pictures of x264: payload, pts and dts in ticks of 90 kHz."""
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = 320, 240, "yuv420p"
    context.framerate, context.time_base = Fraction(25), Fraction(1, 90_000)
    context.options = {"bf": "3", "x264-params": "b-adapt=0:scenecut=0:b-pyramid=normal", "g": "25"}
    for index in range(61):
        frame = None
        if index < 60:
            frame = av.VideoFrame(320, 240, "yuv420p")
            frame.pts, frame.time_base = index * 3600, Fraction(1, 90_000)
        for packet in context.encode(frame):
            assert packet.pts is not None
            assert packet.dts is not None
            yield b"".join(START + unit for unit in annexb.units(bytes(packet))), packet.pts, packet.dts


# --- cameras


def test_parameter_sets_in_the_stream_alone_are_enough() -> None:
    units = clip_units(30)
    with (
        ScriptedRtsp(SDP.replace(SETS, "x=y"), player(units[5:] + units)) as server,
        opened(server.url()) as receiver,
    ):
        assert receiver.video is not None
        assert (receiver.video.width, receiver.video.height) == SMALL
        assert next(pictures(receiver)).payload == units[25]


def test_a_camera_that_never_tells_what_its_picture_is_times_out() -> None:
    with (
        ScriptedRtsp(SDP.replace(SETS, ""), player(clip_units(5)[1:])) as server,
        pytest.raises(SourceError) as caught,
    ):
        rtsp.opened(spec_of(server.url(), timeout_s=0.5), threading.Event())
    assert caught.value.reason == "timeout"


def test_packets_before_the_answer_to_play_and_on_other_channels() -> None:
    units = clip_units(3)
    early = b"".join(
        b"$\x07" + len(one).to_bytes(2, "big") + one for one in Sender(sequence=1).picture(units[0], 0)
    )
    count = len(Sender().picture(units[0], 0))

    def play(camera: Camera) -> None:
        sender = Sender(sequence=1 + count)
        for index in (1, 2):
            for packet in sender.picture(units[index], index * 3600):
                camera.send(9 if index == 1 else 7, packet)

    headers = {"SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=7-8"}
    with ScriptedRtsp(SDP, play, headers=headers, early=early) as server, opened(server.url()) as receiver:
        assert [bytes(packet.payload) for packet in itertools.islice(receiver.packets(), 3)] == units


def test_controls_credentials_and_a_password_for_each_method() -> None:
    """Asked anew for each method, with a new nonce; the Content-Base has a slash, the track is named in full."""
    asked: set[str] = set()

    def ask(_camera: Camera, request: Request) -> bytes | None:
        if request.method in asked:
            assert f'nonce="{request.method}"' in request.headers["authorization"]
            assert "Digest username=" in request.headers["authorization"]
            return None
        asked.add(request.method)
        told = {
            "CSeq": request.headers["cseq"],
            "WWW-Authenticate": f'Digest realm="cam", nonce="{request.method}"',
        }
        return response("401 Unauthorized", told)

    methods = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY")
    server = ScriptedRtsp(
        SDP + SOUND,
        player(clip_units(1)),
        headers={"DESCRIBE": "Content-Base: rtsp://camera/live/"},
        answers=dict.fromkeys(methods, ask),
    )
    with server, opened(server.url("/live?x=1", "me:secret@")) as receiver:
        next(receiver.packets())
        asked_for = dict.fromkeys((request.method, request.url) for request in server.requests)
        assert list(asked_for) == [
            ("OPTIONS", server.url("/live?x=1")),
            ("DESCRIBE", server.url("/live?x=1")),
            ("SETUP", "rtsp://camera/live/track0"),
            ("SETUP", "rtsp://camera/live/track1"),
            ("PLAY", "rtsp://camera/live/"),
        ]
        assert "secret" not in repr(server.requests)


def test_a_wrong_password_is_tried_once() -> None:
    def refuse(_camera: Camera, request: Request) -> bytes:
        return response("401 Unauthorized", {"WWW-Authenticate": 'Digest realm="cam", nonce="n"'})

    with ScriptedRtsp(SDP, answers={"OPTIONS": refuse}) as server:
        with pytest.raises(SourceError) as caught:
            rtsp.opened(spec_of(server.url(login="me:secret@")), threading.Event())
        assert caught.value.reason == "bad-auth"
        assert "secret" not in str(caught.value)
        assert server.methods() == ["OPTIONS", "OPTIONS"]


def test_a_session_is_kept_alive_and_torn_down() -> None:
    headers = {"SETUP": "Session: 0815;timeout=2"}
    with ScriptedRtsp(SDP, player(clip_units(1)), headers=headers) as server:
        with opened(server.url(), stall_s=30) as receiver:
            packets = receiver.packets()
            next(packets)
            thread = threading.Thread(target=lambda: next(packets, None))
            thread.start()
            kept = server.wait_for("GET_PARAMETER", 2)
            assert kept.headers["session"] == "0815"
            receiver._stop.set()
            thread.join()
        assert server.wait_for("TEARDOWN").headers["session"] == "0815"


def test_stopping_ends_a_silent_camera() -> None:
    with ScriptedRtsp(SDP) as server:
        stop = threading.Event()
        with rtsp.opened(spec_of(server.url(), stall_s=60), stop) as receiver:
            stop.set()
            assert list(receiver.packets()) == []
        server.wait_for("TEARDOWN")


def test_the_camera_s_clock_reaches_packets() -> None:
    now = time.time()
    (unit,) = clip_units(1)

    def play(camera: Camera) -> None:
        sender = Sender()
        for stamp in (0, 3600):
            for packet in sender.picture(unit, stamp):
                camera.send(0, packet)
            camera.send(1, report(sender.ssrc, now, 0))

    with ScriptedRtsp(SDP, play) as server, opened(server.url()) as receiver:
        _first, second = itertools.islice(receiver.packets(), 2)
        assert abs((second.wall_ns or 0) - (now + 0.04) * 1e9) < 1000


def test_lost_packets_mark_their_picture() -> None:
    units = clip_units(3)

    def play(camera: Camera) -> None:
        sender = Sender()
        for index, unit in enumerate(units):
            for part, packet in enumerate(sender.picture(unit, index * 3600)):
                if (index, part) != (1, 1):
                    camera.send(0, packet)

    with ScriptedRtsp(SDP, play) as server, opened(server.url()) as receiver:
        assert [packet.is_corrupt for packet in itertools.islice(receiver.packets(), 2)] == [False, True]
        assert (receiver.lost_packets(0), receiver.lost_packets(1)) == (1, 0)


def test_goodbye_ends_the_try() -> None:
    goodbye = b"\x81\xcb\x00\x01\x00\x00\x124"
    with (
        ScriptedRtsp(SDP, lambda camera: camera.send(1, goodbye)) as server,
        opened(server.url()) as receiver,
    ):
        with pytest.raises(SourceError) as caught:
            list(receiver.packets())
        assert caught.value.reason == "closed"


def test_a_redirection_to_another_camera_is_followed_without_the_password() -> None:
    with ScriptedRtsp(SDP, player(clip_units(1))) as second:
        target = second.url("/elsewhere")

        def away(_camera: Camera, _request: Request) -> bytes:
            return response("302 Moved", {"Location": target})

        with (
            ScriptedRtsp(SDP, answers={"DESCRIBE": away}) as first,
            opened(first.url(login="me:secret@")) as receiver,
        ):
            next(receiver.packets())
        assert second.requests[0].url == target
        assert not any("authorization" in request.headers for request in second.requests)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"RTSP/1.0 100 Continue\r\n\r\n" * 50, "bad-data"),
        (b"RTSP/1.0 404 Not Found\r\n\r\n", "not-found"),
        (b"RTSP/1.0 403 Forbidden\r\n\r\n", "bad-auth"),
        (b"RTSP/1.0 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", "forbidden"),
        (b"RTSP/1.0 302 Found\r\n\r\n", "forbidden"),
    ],
)
def test_answers_that_end_a_try(answer: bytes, reason: str) -> None:
    with ScriptedRtsp(SDP, answers={"DESCRIBE": lambda *_: answer}) as server:
        with pytest.raises(SourceError) as caught:
            rtsp.opened(spec_of(server.url()), threading.Event())
        assert caught.value.reason == reason


def test_another_transport_is_asked_for_in_words() -> None:
    refusal = response("461 Unsupported Transport", {})
    with ScriptedRtsp(SDP, answers={"SETUP": lambda *_: refusal}) as server:
        with pytest.raises(SourceError, match="try another one") as caught:
            rtsp.opened(spec_of(server.url(), transport="udp"), threading.Event())
        assert caught.value.reason == "failed"


# --- what is left to FFmpeg


@pytest.mark.parametrize("method", ["DESCRIBE", "SETUP", "PLAY"])
def test_an_answer_that_is_not_expected_is_left_to_ffmpeg(method: str) -> None:
    answer = response("451 Parameter Not Understood", {})
    with (
        ScriptedRtsp(SDP, answers={method: lambda *_: answer}) as server,
        pytest.raises(Unfit, match=f"{method} is answered by 451"),
    ):
        rtsp.opened(spec_of(server.url()), threading.Event())


def test_a_second_picture_that_sends_nothing_keeps_nobody_waiting() -> None:
    second = "m=video 0 RTP/AVP 97\na=rtpmap:97 H264/90000\na=control:track1\n"
    with ScriptedRtsp(SDP + second, live(clip_units(100))) as server, Running(server.url()) as source:
        source.take(5, "video")
        assert source.facts["client"].startswith("FFmpeg")


def test_beside_sound_that_ffmpeg_receives_the_rate_is_that_of_pictures() -> None:
    """FFmpeg, which has looked at hardly any, names twice that."""
    sound = "m=audio 0 RTP/AVP 97\na=rtpmap:97 G726-32/8000\na=control:track1\n"
    with (
        ScriptedRtsp(SDP + sound, live(clip_units(100), sound=True)) as server,
        Running(server.url()) as source,
    ):
        (record, *_) = source.take(5, "video")
        assert record.info.rate == 25
        assert source.facts["client"] == "FFmpeg: audio as G726-32"


def live(units: list[bytes], *, sound: bool = False) -> Callable[[Camera], None]:
    """Send 25 pictures a second, and 50 blocks of G.726."""

    def play(camera: Camera) -> None:
        sender, other = Sender(), Sender(97, ssrc=7)
        for index, unit in enumerate(units):
            for packet in sender.picture(unit, index * 3600):
                camera.send(0, packet)
            if index % 25 == 0:
                camera.send(1, report(sender.ssrc, time.time(), index * 3600))
            for half in (0, 1):
                if sound:
                    camera.send(2, other.packet(bytes(80), index * 320 + half * 160, marker=True))
                if camera.over.wait(0.02):
                    return

    return play


def test_which_client_receives_is_told() -> None:
    with RtspServer(CLIP) as camera, Running(camera.url()) as source:
        source.take(2, "video")
        assert (source.facts["client"], source.facts["format"]) == ("framecast", "rtsp")
    with RtspServer(Clip("mjpeg", size=SMALL)) as camera, Running(camera.url()) as source:
        assert [number(record) for record in source.take(2)]
        assert (source.facts["client"], source.facts["format"]) == ("FFmpeg: video as JPEG", "rtsp")
