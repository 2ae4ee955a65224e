"""One track: what of RTP becomes packets, with which times, and what reports and goodbyes change."""

from __future__ import annotations

import itertools
import struct

import pytest

from framecast.clock import NS
from framecast.model import EncodedPacket
from framecast.protocols.rtp.header import Late
from framecast.protocols.rtp.implementation import Implementation
from framecast.protocols.rtp.track import RtpTrack
from framecast.protocols.rtp.unit import Damaged
from tests.support.rtp import START, Sender, report

KEY, DELTA = START + b"\x65\x88key", START + b"\x41\x88delta"


def video(rtp: Implementation) -> RtpTrack:
    return rtp.track(96, 90_000, rtp.h264(), 0)


def taken(track: RtpTrack, packets: list[bytes], at_ns: int = 0) -> list[EncodedPacket]:
    return [track.packet(unit) for packet in packets for unit in track.units(packet, at_ns)]


def test_a_picture_becomes_a_packet_when_its_last_part_is_there(rtp: Implementation) -> None:
    track, sender = video(rtp), Sender()
    first, *rest = sender.picture(START + b"\x65" + bytes(range(200, 0, -1)), 5000, mtu=80)
    assert taken(track, [first]) == []
    (packet,) = taken(track, rest)
    assert packet.payload == START + b"\x65" + bytes(range(200, 0, -1))
    assert (packet.track, packet.is_key, packet.is_corrupt, packet.wall_ns) == (0, True, False, None)
    (following,) = taken(track, sender.picture(DELTA, 5000 + 3600))
    assert not following.is_key
    assert packet.pts is not None
    assert (following.pts, following.dts) == (packet.pts + 3600, packet.pts + 3600)


def test_pictures_of_a_coder_that_reorders_get_decoding_times(rtp: Implementation) -> None:
    track, sender = video(rtp), Sender()
    track.order = rtp.order(1, 3600, 90_000, is_exact=True)
    found = [taken(track, sender.picture(KEY, at))[0] for at in (3600, 10_800, 7200, 18_000, 14_400)]
    times = [(packet.pts or 0, packet.dts or 0) for packet in found]
    assert all(dts <= pts for pts, dts in times)
    assert [b - a for (_, a), (_, b) in itertools.pairwise(times)] == [3600] * 4


def test_a_lost_packet_marks_the_next_picture_and_is_counted(rtp: Implementation) -> None:
    track, sender = video(rtp), Sender()
    taken(track, sender.picture(KEY, 0))
    parts = sender.picture(START + b"\x41" + bytes(range(200, 0, -1)), 3600, mtu=80)
    del parts[1]
    assert taken(track, parts) == []
    (packet,) = taken(track, sender.picture(DELTA, 7200))
    assert packet.is_corrupt
    assert track.lost == 1


def test_a_packet_that_came_already_is_late_and_one_without_a_header_is_damaged(rtp: Implementation) -> None:
    track, sender = video(rtp), Sender()
    (first,) = sender.picture(KEY, 0)
    taken(track, [first])
    with pytest.raises(Late):
        track.units(first, 0)
    with pytest.raises(Damaged):
        track.units(b"\x80\x60", 0)


def test_reports_tell_the_wall_clock_and_audio_follows_the_video_of_its_sender(rtp: Implementation) -> None:
    picture, sound = video(rtp), rtp.track(8, 8000, rtp.g711(1), 1)
    cameras, microphone = Sender(), Sender(payload_type=8, ssrc=9)
    taken(picture, cameras.picture(KEY, 0))
    taken(sound, [microphone.packet(bytes(160), 0)], at_ns=NS // 10)
    picture.report(report(cameras.ssrc, 1000.0, 0), picture)
    sound.report(report(microphone.ssrc, 1000.0, 0), picture)
    (packet,) = taken(picture, cameras.picture(DELTA, 9000))
    assert abs((packet.wall_ns or 0) - 1000.1 * NS) < 1000
    (block,) = taken(sound, [microphone.packet(bytes(160), 160)])
    assert (block.pts, block.duration, block.is_key) == (160, 160, True)  # 100 ms earlier than it came


def test_another_sender_takes_over_when_the_first_one_has_said_goodbye(rtp: Implementation) -> None:
    track, first, second = video(rtp), Sender(), Sender(ssrc=0x9999, sequence=7)
    goodbye = struct.pack(">BBHI", 0x81, 203, 1, first.ssrc)
    taken(track, first.picture(KEY, 0))
    assert taken(track, second.picture(KEY, 50_000)) == []
    assert track.sender == first.ssrc
    track.report(goodbye, track)
    assert not track.is_over
    assert [packet.is_key for packet in taken(track, second.picture(KEY, 53_600))] == [True]
    assert track.sender == second.ssrc


def test_the_goodbye_of_the_only_sender_ends_the_track(rtp: Implementation) -> None:
    track, sender = video(rtp), Sender()
    taken(track, sender.picture(KEY, 0))
    track.report(struct.pack(">BBHI", 0x81, 203, 1, sender.ssrc), track)
    assert track.is_over


def test_packets_of_other_payload_types_are_of_other_tracks(rtp: Implementation) -> None:
    (packet,) = Sender(payload_type=97).picture(KEY, 0)
    assert not video(rtp).is_mine(packet)
    assert not video(rtp).is_mine(b"")
    assert video(rtp).is_mine(Sender().picture(KEY, 0)[0])
