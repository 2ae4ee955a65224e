"""Whatever bytes come: one declared error at most, and bounded memory."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from framecast.media import sps
from framecast.protocols import sdp
from framecast.protocols.rtp import header, rtcp
from framecast.protocols.rtp.h264 import H264
from framecast.protocols.rtp.h265 import H265
from framecast.protocols.rtp.nal import NalDepacketiser
from framecast.protocols.rtp.order import DecodeOrder
from framecast.protocols.rtp.sound import G711, Aac, AacMode, Opus
from framecast.protocols.rtp.unit import MAX_BYTES, Damaged, Depacketiser
from framecast.protocols.sdp import Unfit

# Heads that mean something are much rarer among random bytes than among those of cameras.
HEADS = st.sampled_from(
    [
        b"",
        b"\x65\x88",
        b"\x41\x9a",
        b"\x67",
        b"\x7c\x85",
        b"\x7c\x05",
        b"\x7c\x45",
        b"\x78\x00\x03",
        b"\x26\x01\xaf",
    ]
)
HEVC = st.sampled_from(
    [b"\x62\x01\x93", b"\x62\x01\x13", b"\x62\x01\x53", b"\x60\x01\x00\x04", b"\x00\x10\x00\x20"]
)
PAYLOADS = st.builds(bytes.__add__, HEADS | HEVC, st.binary(max_size=40))
PACKETS = st.lists(st.tuples(PAYLOADS, st.integers(0, 3), st.booleans(), st.booleans()), max_size=60)


@settings(max_examples=150, deadline=None)
@given(
    PACKETS, st.sampled_from([H264, H265, Opus, G711, lambda: Aac(AacMode()), lambda: Aac(AacMode(6, 2, 2))])
)
def test_depacketisers_never_fail_otherwise_and_stay_bounded(packets: list, make: type[Depacketiser]) -> None:
    track = make()
    taken = given_out = 0
    for payload, ticks, marker, lost in packets:
        taken += len(payload)
        try:
            units = track.take(payload, ticks, marker, lost)
        except Damaged:
            continue
        assert all(unit.payload for unit in units)
        given_out += sum(len(unit.payload) for unit in units)
    # A start code for each unit of at least a byte; a first picture may be given twice.
    assert given_out <= 2 * 5 * taken
    if isinstance(track, NalDepacketiser):
        assert track._size <= MAX_BYTES


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80))
def test_heads_reports_and_parameter_sets(data: bytes) -> None:
    rtcp.report_of(data)
    rtcp.has_goodbye(data)
    for parse in (header.parse, lambda bits: sps.parse(b"\x67\x64" + bits), sps.parse):
        try:
            parse(data)
        except Damaged:
            pass


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.booleans())
def test_descriptions(text: str, audio: bool) -> None:
    for whole in (
        text,
        f"v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 {text}",
        f"v=0\nm={text}",
    ):
        try:
            sdp.parse(whole, audio=audio)
        except Unfit:
            pass


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(-(2**34), 2**34), max_size=60), st.integers(0, 16))
def test_decoding_times_are_never_behind_their_own_line_of_time(stamps: list[int], delay: int) -> None:
    order = DecodeOrder(delay, 3600, 90_000)
    for pts in stamps:
        order.dts(pts)
    assert len(order._waiting) <= 16
