"""A camera that is joined in the middle of a long group of pictures."""

from __future__ import annotations

import struct
import threading

import pytest

from framecast.sources.standing import WAITING
from tests.sources.rtsp.test_receiver import SDP, SETS, clip_units
from tests.sources.running import PATIENCE_S, Running, number
from tests.support.rtp import Sender
from tests.support.scripted_rtsp import Camera, ScriptedRtsp

FEEDBACK = {"pli": "a=rtcp-fb:96 nack pli\n", "fir": "a=rtcp-fb:* ccm fir\n", "": ""}


class Encoder:
    """Sends pictures that need a key frame until `wanted` is set, and then a whole group."""

    def __init__(self, every_s: float = 0.04) -> None:
        self.wanted = threading.Event()
        self._every_s = every_s

    def play(self, camera: Camera) -> None:
        group = clip_units(25)
        sender, sent = Sender(), 0
        while not camera.over.is_set():
            units = group if self.wanted.is_set() else group[5:15]
            for unit in units:
                for packet in sender.picture(unit, sent * 3600):
                    camera.send(0, packet)
                sent += 1
                if camera.over.wait(self._every_s):
                    return


@pytest.mark.parametrize(
    "sets", [SETS, "x=y"], ids=["the description has the sets", "only the stream has them"]
)
def test_who_waits_for_a_key_frame_is_told(sets: str) -> None:
    encoder = Encoder()
    with (
        ScriptedRtsp(SDP.replace(SETS, sets), encoder.play) as camera,
        Running(camera.url(), timeout_s=1) as source,
    ):
        source.wait_for_detail(WAITING)
        if sets == SETS:
            assert source.wait_for_fact("waiting") == WAITING
        encoder.wanted.set()
        assert number(source.take(1)[0]) < 25
        source.wait_for_detail("")
        assert source.states[-1] == ("live", "")


def test_a_key_frame_that_is_away_for_very_many_pictures_is_still_what_is_waited_for() -> None:
    encoder = Encoder(every_s=0.008)
    with (
        ScriptedRtsp(SDP, encoder.play) as camera,
        Running(camera.url()) as source,
        source.read("video") as packets,
    ):
        source.wait_for_detail(WAITING)
        packets.read(PATIENCE_S)  # the packets are given out now, for who can use them
        packets.read(PATIENCE_S)
        assert source.details[-1] == WAITING
        encoder.wanted.set()
        source.wait_for_detail("")


@pytest.mark.parametrize("way", ["pli", "fir", ""])
def test_a_camera_that_listens_is_asked_for_a_key_frame(way: str) -> None:
    encoder = Encoder()
    with ScriptedRtsp(SDP + FEEDBACK[way], encoder.play) as camera, Running(camera.url()) as source:
        if not way:
            source.wait_for_fact("waiting")
            assert not [packet for packet in camera.reports if packet[1] == 206]
            return
        request = camera.wait_for_report(206)
        assert request[0] & 31 == {"pli": 1, "fir": 4}[way]
        sender = struct.unpack_from(">I", request, 8 if way == "pli" else 12)
        assert sender == (Sender().ssrc,)
        encoder.wanted.set()
        assert number(source.take(1)[0]) < 25
