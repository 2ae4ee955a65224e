"""How long a request may take: as a whole, and by its silence once its body was admitted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from framecast.servers.web.http.request_clock import SHORT_BYTES, RequestClock, is_short


class Timer:
    """One call that waits."""

    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at, self.call, self.is_cancelled = at, call, False

    def cancel(self) -> None:
        self.is_cancelled = True


class Loop:
    """A loop whose time moves by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, call: Callable[..., None], *arguments: Any) -> Timer:
        timer = Timer(self.now + delay, lambda: call(*arguments))
        self.timers.append(timer)
        return timer

    def move(self, seconds: float) -> None:
        until = self.now + seconds
        while due := [one for one in self.timers if one.at <= until and not one.is_cancelled]:
            timer = min(due, key=lambda one: one.at)
            self.timers.remove(timer)
            self.now = timer.at
            timer.call()
        self.now = until


class Desk:
    """A clock, and what it has said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.is_reading = True
        self.own = Loop()
        self.clock = RequestClock(self.said.append, lambda: self.is_reading, 20, 30)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return cast("asyncio.AbstractEventLoop", self.own)


def test_a_whole_request_must_be_here_in_time() -> None:
    desk = Desk()
    desk.clock.run(desk.loop)
    desk.own.move(19)
    desk.clock.run(desk.loop)  # it runs already: bytes that drip in do not help
    desk.own.move(2)
    assert desk.said == ["a request must be here within 20 s"]
    desk.clock.run(desk.loop)
    desk.clock.stop()
    desk.clock.stop()
    desk.own.move(100)
    assert len(desk.said) == 1


def test_an_admitted_body_takes_its_time_but_is_not_silent() -> None:
    desk = Desk()
    desk.clock.run(desk.loop)
    desk.clock.admit(desk.loop)
    for _ in range(10):
        desk.own.move(29)
        desk.clock.hear(desk.loop)
    assert not desk.said
    desk.own.move(29)
    assert not desk.said
    desk.own.move(2)
    assert desk.said == ["nothing of the body has come for 30 s"]
    desk.own.move(100)
    assert len(desk.said) == 1


def test_while_the_server_reads_nothing_the_client_is_not_to_blame() -> None:
    desk = Desk()
    desk.clock.admit(desk.loop)
    desk.is_reading = False
    desk.own.move(300)
    assert not desk.said
    desk.is_reading = True
    desk.own.move(61)
    assert len(desk.said) == 1


def test_the_next_request_has_its_own_time() -> None:
    desk = Desk()
    desk.clock.admit(desk.loop)
    desk.own.move(15)
    desk.clock.stop()
    desk.clock.hear(desk.loop)
    desk.clock.run(desk.loop)
    desk.own.move(21)
    assert desk.said == ["a request must be here within 20 s"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], True),
        ([(b"content-length", b"0")], True),
        ([(b"content-length", str(SHORT_BYTES).encode())], True),
        ([(b"content-length", str(SHORT_BYTES + 1).encode())], False),
        ([(b"content-length", b"9" * 19)], False),
        ([(b"transfer-encoding", b"chunked")], False),
    ],
)
def test_short_bodies_are_read_for_nothing(headers: list[tuple[bytes, bytes]], expected: bool) -> None:
    assert is_short(headers) is expected
