"""Server-sent events of a room: what is sent, what a reader says that it has, and a reader that does not keep up."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from framecast.servers.upkeep import Upkeep
from framecast.servers.web.rooms.events import EVENT_FRAMES, MOST_UNSENT, EventStream, event_id, place_in


def parsed(frame: bytes) -> dict[str, str]:
    assert frame.endswith(b"\n\n")
    return dict(line.split(": ", 1) for line in frame.decode().strip().split("\n"))


def test_events_have_the_id_of_the_last_one_and_others_have_none() -> None:
    fields = {"type": "events", "epoch": "e", "events": [{"seq": 3, "text": "a\nb\u2028 ü"}, {"seq": 4}]}
    frame = parsed(EVENT_FRAMES.encode(fields))
    assert (frame["id"], frame["event"]) == ("e/4", "events")
    assert json.loads(frame["data"]) == fields, "one line, whatever was said"
    assert (
        parsed(EVENT_FRAMES.encode({"type": "welcome", "epoch": "", "last": 0, "events": []}))["id"] == "/0"
    )
    assert "id" not in parsed(EVENT_FRAMES.encode({"type": "presence", "count": 1}))


def test_place_is_what_the_id_says() -> None:
    assert place_in(event_id("abc", 7)) == ("abc", 7)
    assert place_in(event_id("", 0)) == ("", 0)


@pytest.mark.parametrize("text", ["", "7", "a/", "a/-1", "a/x", "a/٣", "a/" + "9" * 16, "x" * 200 + "/1"])
def test_id_of_another_form_is_no_place(text: str) -> None:
    assert place_in(text) is None


class Transport:
    """A connection that takes nothing."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.is_closed = False

    def writelines(self, buffers: Any) -> None:
        for one in buffers:
            self.written += one

    def get_write_buffer_size(self) -> int:
        return len(self.written)

    def is_closing(self) -> bool:
        return self.is_closed

    def set_write_buffer_limits(self, high: int | None = None) -> None: ...

    def close(self) -> None:
        self.is_closed = True

    abort = close


def test_what_is_sent_before_the_connection_is_there_comes_first_and_one_that_falls_behind_is_let_go() -> (
    None
):
    async def work() -> None:
        stream, transport = EventStream(Upkeep(), None), Transport()  # type: ignore[arg-type]
        stream.send(b"welcome")
        stream.begin(transport, b"head")  # type: ignore[arg-type]
        assert transport.written.startswith(b"headretry: ")
        assert transport.written.endswith(b"welcome")
        assert stream.offer(b"x" * MOST_UNSENT)
        assert not stream.offer(b"y"), "it comes back and asks for what it missed"
        assert transport.is_closed
        stream.on_lost()

    asyncio.run(work())


def test_end_before_the_connection_is_there_ends_it_after_what_was_sent() -> None:
    async def work() -> None:
        stream, transport = EventStream(Upkeep(), None), Transport()  # type: ignore[arg-type]
        stream.send(b"gone")
        stream.close(4001, "")
        stream.begin(transport, b"head")  # type: ignore[arg-type]
        assert transport.written.endswith(b"gone")
        assert transport.is_closed
        stream.on_lost()

    asyncio.run(work())
