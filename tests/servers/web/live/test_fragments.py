"""Fragments of a live MP4 for many viewers: each on its own time line, everything else shared."""

from __future__ import annotations

import json
import struct

import pytest

from framecast.clock import NS
from framecast.media.fmp4 import Fmp4Muxer, Fragment
from framecast.model import Kind, TrackInfo
from framecast.protocols.websocket import Opcode, head
from framecast.servers.web.live.fragments import Fragments
from tests.fanout.records import record_of

SOUND = TrackInfo("audio", Kind.PACKETS, codec="aac", sample_rate=48_000, channels=2)


def fragment(number: int) -> Fragment:
    """Return a fragment of sound that begins `number` seconds after the time line."""
    found = Fmp4Muxer(None, SOUND).mux(record_of(SOUND, 0, 100))
    assert found is not None
    found.dts = number * found.timescale
    return found


def fragments(*numbers: int, has_clock: bool = False) -> Fragments:
    return Fragments(tuple(map(fragment, numbers)), 1234, opens=True, has_clock=has_clock)


def time_of(whole: bytes) -> int:
    """Return the time in tfdt."""
    at = whole.index(b"tfdt") + 8
    return int(struct.unpack_from(">Q", whole, at)[0])


def test_file_of_a_viewer_begins_at_its_own_zero() -> None:
    found = fragments(5)
    scale = found.items[0].timescale
    for zero_s in (0, 2, 5):
        buffers, size = found.buffers(zero_s * NS)
        whole = b"".join(buffers)
        assert time_of(whole) == (5 - zero_s) * scale
        assert len(whole) == size == found.size


def test_what_was_before_the_viewer_is_left_out() -> None:
    found = fragments(5, 1)  # sound that came with the picture and is older
    assert found.start_ns == 5 * NS
    buffers, size = found.buffers(5 * NS)
    assert size == found.items[0].size
    assert b"".join(buffers) == found.items[0].whole(5 * NS)
    messages, _ = found.messages(5 * NS)
    assert b"".join(messages) == head(Opcode.BINARY, size) + found.items[0].whole(5 * NS)
    assert found.buffers(6 * NS) == ([], 0)


def test_viewers_of_one_time_line_share_messages_and_all_share_payloads() -> None:
    found = fragments(5)
    assert found.messages(0) is found.messages(0)
    first, other = found.messages(0)[0], found.messages(NS)[0]
    assert first[0] != other[0]
    assert first[1] is other[1] is found.items[0].payload
    assert sum(map(len, first)) == found.messages(0)[1]


@pytest.mark.parametrize("has_clock", [False, True])
def test_clock_is_said_if_there_is_one(has_clock: bool) -> None:
    found = fragments(5, has_clock=has_clock)
    text = b"".join(found.messages(0)[0])
    assert (b"framecast/clock" in text) is has_clock
    numbered = found.numbered(9, "door")
    assert (b'"src": "door"' in numbered) is has_clock
    if has_clock:
        clock = json.loads(text[text.rindex(b'{"type"') :])
        assert clock["value"]["captured_ms"] == 1234
        assert "src" not in clock


def test_numbered_messages_are_the_same_object_and_on_the_time_line_of_the_live_mp4() -> None:
    found = fragments(5, 6)
    message = found.numbered(9, "door")
    assert found.numbered(9, "door") is message
    expected = b"".join(
        head(Opcode.BINARY, 4 + item.size) + b"\0\0\0\x09" + item.whole() for item in found.items
    )
    assert message == expected
