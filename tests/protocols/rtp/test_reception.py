"""The tracks of a session: which packet is of which track, and what ends the session. Both implementations."""

from __future__ import annotations

import struct

import pytest

from framecast.clock import NS
from framecast.errors import SourceError
from framecast.protocols.rtp.implementation import Implementation
from framecast.protocols.rtp.reception import MAX_DAMAGE, Reception
from framecast.protocols.rtp.track import RtpTrack
from tests.support.rtp import START, Sender, report

KEY = START + b"\x65\x88key"
JUNK = b"\x80\x60"


def tracks(rtp: Implementation) -> tuple[list[RtpTrack], Reception]:
    found = [rtp.track(96, 90_000, rtp.h264(), 0), rtp.track(8, 8000, rtp.g711(1), 1)]
    return found, rtp.reception(found, {0: 0, 1: 0, 2: 1, 3: 1})


def test_a_packet_on_a_wrong_channel_is_known_by_its_payload_type(rtp: Implementation) -> None:
    (video, sound), reception = tracks(rtp)
    block = Sender(payload_type=8, ssrc=9).packet(bytes(160), 0)
    for channel, packet, track in ((2, Sender().picture(KEY, 0)[0], video), (200, block, sound)):
        ((found, unit),) = reception.take(channel, packet, 0)
        assert found is track
        assert unit.is_key
    assert reception.take(0, Sender(payload_type=99).picture(KEY, 0)[0], 0) == []
    assert reception.take(0, b"", 0) == []


def test_tracks_share_one_begin(rtp: Implementation) -> None:
    _, reception = tracks(rtp)
    assert not reception.has_begun
    assert reception.take(0, Sender().picture(KEY, 7)[0], 5 * NS)[0][1].ticks == 0
    assert reception.has_begun
    assert reception.take(2, Sender(payload_type=8, ssrc=9).packet(bytes(160), 7), 6 * NS)[0][1].ticks == 8000


def test_damage_is_forgiven_by_good_packets_and_bounded(rtp: Implementation) -> None:
    _, reception = tracks(rtp)
    sender = Sender()
    for _ in range(3):
        for _ in range(MAX_DAMAGE):
            assert reception.take(0, JUNK, 0) == []
        for _ in range(MAX_DAMAGE):
            assert reception.take(0, sender.picture(KEY, 0)[0], 0)
    reception.hurt(MAX_DAMAGE)
    with pytest.raises(SourceError) as caught:
        reception.take(0, JUNK, 0)
    assert caught.value.reason == "bad-data"


def test_a_late_packet_is_no_damage(rtp: Implementation) -> None:
    _, reception = tracks(rtp)
    packet = Sender().picture(KEY, 0)[0]
    assert reception.take(0, packet, 0)
    for _ in range(2 * MAX_DAMAGE):
        assert reception.take(0, packet, 0) == []


def test_reports_count_for_the_track_of_their_channel_and_goodbyes_end(rtp: Implementation) -> None:
    (video, sound), reception = tracks(rtp)
    sender = Sender()
    reception.take(0, sender.picture(KEY, 0)[0], 0)
    assert reception.take(1, report(sender.ssrc, 1000.0, 0), 0) == []
    assert reception.take(99, report(sender.ssrc, 2000.0, 0), 0) == []
    ((_, unit),) = reception.take(0, sender.picture(KEY, 90_000)[0], 0)
    assert video.packet(unit).wall_ns == 1001 * NS
    goodbye = struct.pack(">BBHI", 0x81, 203, 1, sender.ssrc)
    assert reception.take(1, goodbye, 0) == []
    assert (video.is_over, sound.is_over) == (True, False)
    with pytest.raises(SourceError) as caught:
        reception.take(3, goodbye, 0)
    assert caught.value.reason == "closed"
