"""Packets under another name."""

import pytest

from framecast.clock import monotonic_ns, utc_ns
from framecast.model import Flag, Meta
from tests.bus.switch import Switch
from tests.media.packets import tracks_of
from tests.renditions.rig import rig
from tests.support.media_files import Clip

H264 = Clip(video="h264", size=(640, 360), seconds=2)


def camera(clip: Clip, base: str) -> tuple[Switch, list[tuple[bytes, Meta]]]:
    infos, packets = tracks_of(clip.path())
    switch = Switch()
    switch.publisher.track(infos[base])
    now, arrived = utc_ns(), monotonic_ns()
    return switch, [
        (one.payload, Meta(one.pts, now, arrived, dts=one.dts, flags=Flag.KEY if one.is_key else Flag.NONE))
        for one in packets
    ]


def test_packets_are_the_same_byte_by_byte_and_so_are_their_times() -> None:
    switch, packets = camera(H264, "video")
    writer = switch.publisher.tracks["video"]
    with rig(switch, "copy", "video/h264") as running:
        writer.send(*packets[0])
        running.wait_ready()
        with running.result.attached("video/h264", "queue(64)") as reader:
            for packet in packets[1:20]:
                writer.send(*packet)
            record = None
            for payload, meta in packets[:20]:
                record = reader.read(20)
                assert bytes(record.payload) == payload
                assert (record.pts, record.dts, record.is_key) == (
                    meta.pts,
                    meta.dts,
                    Flag.KEY in meta.flags,
                )
            assert record is not None
            assert record.info.name == "video/h264"
            assert record.info.extradata == writer.info.extradata


@pytest.mark.parametrize("codec", ["h265", "vp9"])
def test_other_codecs_are_never_passed_on(codec: str) -> None:
    switch, packets = camera(Clip(video=codec, size=(640, 360), seconds=2), "video")
    with rig(switch, "copy", "video/h264") as running:
        switch.publisher.tracks["video"].send(*packets[0])
        running.thread.join(20)
        assert "expected h264" in str(running.failure)
