"""Three ways to write a live MP4 into a send queue, and what each leaves out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from framecast.fanout.send_queue import Flow, SendQueue
from framecast.media.fmp4 import Fmp4Muxer
from framecast.protocols.websocket import Opcode, framed
from framecast.servers.web.live.fragments import Fragments
from framecast.servers.web.live.mp4_messages import KeyFrames, Mp4Messages, NumberedMessages, OwnTimeline
from tests.fanout.deliveries import Wire
from tests.servers.web.live.test_fragments import SOUND, fragment

MUXER = Fmp4Muxer(None, SOUND)


class Viewer:
    """A viewer that takes everything, of a live MP4 with the number 7."""

    def __init__(self, kind: str) -> None:
        self.said: list[dict[str, Any]] = []
        self.wire = Wire()
        self.queue = SendQueue(self.wire)
        self.flow = Flow(lambda: None)
        self.flow.skipping = False
        # what these messages read of a live MP4
        self.mp4: Any = SimpleNamespace(muxer=MUXER, number=7)
        self.messages: Mp4Messages
        if kind == "own":
            self.messages = OwnTimeline(self._tell)
        elif kind == "numbered":
            self.messages = NumberedMessages("door", self._tell)
        else:
            self.messages = KeyFrames(self._tell)

    def _tell(self, **fields: Any) -> None:
        self.said.append(fields)

    def show(self, second: int, *, opens: bool) -> Fragments:
        found = Fragments((fragment(second),), 0, opens=opens, has_clock=False)
        self.messages.show(self.queue, self.flow, found, self.mp4)
        return found

    def taken(self) -> bytes:
        data = b"".join(self.wire.unsent)
        self.wire.unsent.clear()
        return data


def test_own_time_line_begins_with_the_first_key_frame() -> None:
    viewer = Viewer("own")
    viewer.messages.begin(viewer.queue, viewer.mp4)
    assert viewer.said == [{"type": "mse", "value": MUXER.mime}]
    assert viewer.taken() == framed(Opcode.BINARY, MUXER.init_segment)
    viewer.show(4, opens=False)
    assert viewer.taken() == b""
    first, second = viewer.show(5, opens=True), viewer.show(6, opens=False)
    zero = first.start_ns
    assert viewer.taken() == b"".join(
        framed(Opcode.BINARY, found.items[0].whole(zero)) for found in (first, second)
    )


def test_numbered_messages_begin_with_the_number_and_name_the_stream() -> None:
    viewer = Viewer("numbered")
    viewer.messages.begin(viewer.queue, viewer.mp4)
    assert viewer.said == [{"type": "mse", "src": "door", "id": 7, "value": MUXER.mime}]
    assert viewer.taken() == framed(Opcode.BINARY, b"\0\0\0\x07" + MUXER.init_segment)
    found = viewer.show(4, opens=False)
    assert viewer.taken() == found.numbered(7, "door")


def test_key_frames_are_files_that_begin_at_zero_and_the_rest_is_left_out() -> None:
    viewer = Viewer("key frames")
    viewer.messages.begin(viewer.queue, viewer.mp4)
    assert viewer.taken() == b""
    viewer.show(4, opens=False)
    assert viewer.taken() == b""
    found = viewer.show(5, opens=True)
    file = MUXER.init_segment + found.items[0].whole(found.start_ns)
    assert viewer.taken() == framed(Opcode.BINARY, file)
    viewer.mp4.muxer = None  # between two codings
    viewer.show(6, opens=True)
    assert viewer.taken() == b""


@pytest.mark.parametrize(("kind", "names"), [("own", {}), ("numbered", {"src": "door"}), ("key frames", {})])
def test_sign_of_life_names_the_stream_where_there_are_several(kind: str, names: dict[str, str]) -> None:
    viewer = Viewer(kind)
    viewer.messages.signal(live=False)
    assert viewer.said == [{"type": "framecast/signal", "value": {"live": False}, **names}]
