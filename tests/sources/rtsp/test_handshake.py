"""What a camera says when it is asked to play."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from framecast.errors import SourceError
from framecast.protocols.sdp import Media
from framecast.sources.rtsp.handshake import Track, _begins, _ssrc
from tests.sources.rtsp.test_receiver import SDP, SOUND, clip_units, opened, player
from tests.sources.running import Running, number
from tests.support.rtp import Sender
from tests.support.scripted_rtsp import Camera, Request, ScriptedRtsp, response


def tracks() -> list[Track]:
    media = Media("video", 96, "h264", 90_000)
    return [
        Track(media, "rtsp://camera/live/trackID=0", (0, 1)),
        Track(media, "rtsp://camera/live/trackID=1", (2, 3)),
    ]


@pytest.mark.parametrize(
    ("info", "times"),
    [
        ("", [None, None]),
        (
            "url=rtsp://camera/live/trackID=0;seq=1;rtptime=10,url=rtsp://camera/live/trackID=1;seq=2;rtptime=20",
            [10, 20],
        ),
        ("url=trackID=1;seq=2;rtptime=20, url=trackID=0;seq=1;rtptime=10", [10, 20]),
        ("url=rtsp://10.0.0.1/a;seq=1;rtptime=4294967295,url=rtsp://10.0.0.1/b;rtptime=2", [4294967295, 2]),
        ('url="rtsp://camera/live/trackID=1";rtptime=20', [None, 20]),
        ("url=rtsp://camera/live/trackID=0;seq=1", [None, None]),
        ("url=rtsp://camera/live/trackID=0;rtptime=123456789012", [None, None]),
    ],
)
def test_where_tracks_begin(info: str, times: list[int | None]) -> None:
    found = tracks()
    _begins(found, info)
    assert [track.begins_at for track in found] == times


# --- cameras that are not as the standard says


def once(status: str, path: str = "") -> Callable[[Camera, Request], bytes | None]:
    """Refuse requests for this path, '' for any."""

    def answer(_camera: Camera, request: Request) -> bytes | None:
        if request.url.endswith(path):
            return response(status, {"CSeq": request.headers["cseq"]})
        return None

    return answer


@pytest.mark.parametrize(
    "base",
    [
        "",
        "Content-Base: rtsp://{host}/",
        "Content-Base: rtsp://{host}",
        "Content-Location: rtsp://{host}/live",
    ],
)
def test_a_control_that_begins_with_a_slash_is_a_path_of_the_server(base: str) -> None:
    sdp = SDP.replace("a=control:*\n", "").replace("track0", "/media/1/video/1")
    headers: dict[str, str] = {}
    with ScriptedRtsp(sdp, player(clip_units(2)), headers=headers) as server:
        host = server.url("").removeprefix("rtsp://")
        if base:
            headers["DESCRIBE"] = base.format(host=host)
        with opened(server.url("/live?x=/y")) as receiver:
            next(receiver.packets())
        assert server.wait_for("SETUP").url == f"rtsp://{host}/media/1/video/1"


def test_a_path_that_is_not_found_is_tried_behind_the_session() -> None:
    sdp = SDP.replace("track0", "/track0")

    def refuse(_camera: Camera, request: Request) -> bytes | None:
        return None if request.url.endswith("/live/track0") else response("404 Not Found", {})

    with (
        ScriptedRtsp(sdp, player(clip_units(2)), answers={"SETUP": refuse}) as server,
        opened(server.url()) as receiver,
    ):
        next(receiver.packets())
        assert [request.url for request in server.requests if request.method == "SETUP"] == [
            server.url("/track0"),
            server.url("/live/track0"),
        ]


@pytest.mark.parametrize(
    "status",
    [
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "405 No",
        "454 No Session",
        "500 Error",
        "501 No",
        "505 Version",
    ],
)
def test_where_options_is_refused_describe_decides(status: str) -> None:
    with ScriptedRtsp(SDP, player(clip_units(2)), answers={"OPTIONS": once(status)}) as server:
        with opened(server.url()) as receiver:
            next(receiver.packets())
        assert server.methods()[:3] == ["OPTIONS", "DESCRIBE", "SETUP"]


@pytest.mark.parametrize("status", ["", "400 Bad Request"], ids=["without an answer", "behind its answer"])
def test_a_server_that_hangs_up_when_it_is_greeted_is_not_greeted(status: str) -> None:
    def hang_up(camera: Camera, _request: Request) -> bytes:
        if status:
            camera.write(response(status, {}))
        camera.sock.shutdown(2)
        return b""

    with ScriptedRtsp(SDP, player(clip_units(2)), answers={"OPTIONS": hang_up}) as server:
        with opened(server.url()) as receiver:
            next(receiver.packets())
        assert server.methods().count("OPTIONS") == 1


def test_a_server_that_only_hangs_up_is_closed() -> None:
    def hang_up(camera: Camera, _request: Request) -> bytes:
        camera.sock.shutdown(2)
        return b""

    with (
        ScriptedRtsp(SDP, answers={"OPTIONS": hang_up, "DESCRIBE": hang_up}) as server,
        pytest.raises(SourceError) as caught,
        opened(server.url()),
    ):
        pass
    assert caught.value.reason == "closed"


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(
    "status", ["404 Not Found", "454 No Session", "461 Unsupported Transport", "500 Error"]
)
@pytest.mark.parametrize("refused", ["track0", "track1"])
def test_a_track_that_is_refused_is_left_out(status: str, refused: str, transport: str) -> None:
    with (
        ScriptedRtsp(SDP + SOUND, answers={"SETUP": once(status, refused)}) as server,
        opened(server.url(), transport=transport) as receiver,
    ):
        assert (receiver.video is None) == (refused == "track0")
        assert (receiver.audio is None) == (refused == "track1")
        assert "refuses its " + ("video" if refused == "track0" else "audio") in receiver.refused


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_sound_that_needs_other_rights_is_left_out(status: str) -> None:
    with (
        ScriptedRtsp(SDP + SOUND, answers={"SETUP": once(status, "track1")}) as server,
        opened(server.url()) as receiver,
    ):
        assert receiver.video is not None
        assert receiver.audio is None
        assert "refuses its audio" in receiver.refused


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_rights_that_the_first_track_lacks_are_not_asked_for_again(status: str) -> None:
    with (
        ScriptedRtsp(SDP + SOUND, answers={"SETUP": once(status, "track0")}) as server,
        pytest.raises(SourceError) as caught,
        opened(server.url()),
    ):
        pass
    assert caught.value.reason == "bad-auth"


def test_the_picture_of_a_camera_that_refuses_its_sound_plays() -> None:
    with (
        ScriptedRtsp(
            SDP + SOUND, player(clip_units(20)), answers={"SETUP": once("404 Not Found", "track1")}
        ) as server,
        Running(server.url()) as source,
    ):
        assert number(source.take(1)[0]) < 20
        assert "audio" in source.facts["refused"]
        assert "audio" not in source.publisher.tracks


@pytest.mark.parametrize(
    ("told", "ssrc"),
    [
        ("RTP/AVP/TCP;interleaved=0-1;ssrc=00001234", 0x1234),
        ("RTP/AVP/TCP;SSRC=ABCD;interleaved=0-1", 0xABCD),
        ('RTP/AVP/TCP;ssrc="0x1234"', 0x1234),
        ("RTP/AVP/TCP;ssrc=00000000", None),
        ("RTP/AVP/TCP;ssrc=1234567890", None),
        ("RTP/AVP/TCP;ssrc=xyz", None),
        ("RTP/AVP/TCP", None),
    ],
)
def test_the_sender_that_a_header_names(told: str, ssrc: int | None) -> None:
    assert _ssrc(told) == ssrc


def two_senders(units: list[bytes]) -> Callable[[Camera], None]:
    """One sends the clip, the other, which is the first to send, the same pictures backwards."""

    def play(camera: Camera) -> None:
        first, other = Sender(ssrc=0x1234), Sender(ssrc=0x9999, sequence=30)
        for index, unit in enumerate(units):
            rest = other.picture(units[-1 - index], 90_000_000 + index * 3600)
            for one, another in itertools.zip_longest(first.picture(unit, index * 3600), rest):
                for packet in filter(None, (another, one)):
                    camera.send(0, packet)

    return play


@pytest.mark.parametrize(
    "headers",
    [
        {"SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=00001234"},
        {"PLAY": "RTP-Info: url=track0;seq=1;ssrc=1234;rtptime=0"},
    ],
    ids=["Transport", "RTP-Info"],
)
def test_of_two_senders_the_named_one_plays_whole(headers: dict[str, str]) -> None:
    units = clip_units(50)
    with ScriptedRtsp(SDP, two_senders(units), headers=headers) as server, opened(server.url()) as receiver:
        assert [bytes(packet.payload) for packet in itertools.islice(receiver.packets(), 50)] == units


def test_of_two_senders_that_nobody_names_one_plays_whole() -> None:
    units = clip_units(50)
    with ScriptedRtsp(SDP, two_senders(units)) as server, opened(server.url()) as receiver:
        assert [bytes(packet.payload) for packet in itertools.islice(receiver.packets(), 50)] == units[::-1]


@pytest.mark.parametrize("named", ["", ";ssrc=00001234", ";ssrc=DEADBEEF"])
def test_a_camera_that_changes_its_sender_goes_on(named: str) -> None:
    units = clip_units(100)

    def play(camera: Camera) -> None:
        sender = Sender()
        for index, unit in enumerate(units):
            if index == 50:
                sender = Sender(ssrc=0x77, sequence=12_345)
            for packet in sender.picture(unit, index * 3600 + (index >= 50) * 10**8):
                camera.send(0, packet)
            if camera.over.wait(0.04):
                return

    headers = {"SETUP": f"Transport: RTP/AVP/TCP;unicast;interleaved=0-1{named}"}
    with ScriptedRtsp(SDP, play, headers=headers) as server, opened(server.url()) as receiver:
        count = 50 if "1234" in named else 80  # the other half is kept for up to three seconds
        assert [bytes(packet.payload) for packet in itertools.islice(receiver.packets(), count)] == units[
            :count
        ]
