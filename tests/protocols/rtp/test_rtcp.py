"""Reports of senders."""

from __future__ import annotations

import struct

from framecast.clock import NS
from framecast.protocols.rtp.rtcp import Report, has_goodbye, report_of, sign_of_life
from tests.support.rtp import report

WALL_S = 1_800_000_000


def test_a_report_may_stand_behind_another_part_and_may_tell_nothing() -> None:
    receiver = struct.pack(">BBHI", 0x80, 201, 1, 9)
    assert report_of(receiver + report(7, WALL_S, 3)) == Report(7, WALL_S * NS, 3)
    assert report_of(report(7, -2_208_988_800, 3)) is None
    assert report_of(b"\x80\xc8\x00\x06short") is None
    assert report_of(b"") is None


def test_goodbye() -> None:
    goodbye = struct.pack(">BBHI", 0x81, 203, 1, 9)
    assert has_goodbye(report(7, WALL_S, 3) + goodbye)
    assert not has_goodbye(report(7, WALL_S, 3))


def test_a_sign_of_life_is_a_receiver_report_with_a_name() -> None:
    packet = sign_of_life(7)
    assert packet[:8] == bytes.fromhex("80c9000100000007")
    assert packet[8:10] == b"\x81\xca"
    assert len(packet) == 8 + 4 + 4 * int.from_bytes(packet[10:12], "big")
    assert b"\x01\x09framecast\x00" in packet
    assert report_of(packet) is None
    assert not has_goodbye(packet)
