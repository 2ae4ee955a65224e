"""What the watchdog knows about calls into FFmpeg."""

from pathlib import Path

import pytest

from framecast.media import calls
from framecast.media.calls import MARGIN_S, READING, Call
from framecast.media.demux import Demuxer
from framecast.media.opening import Opening
from tests.support.media_files import Clip


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(calls, "monotonic", lambda: now[0])
    return now


def test_a_call_is_overdue_when_its_limit_and_the_margin_have_passed(clock: list[float]) -> None:
    call = Call()
    call.begin(READING, 5)
    clock[0] += 5 + MARGIN_S - 0.1
    assert call.overdue == ""
    clock[0] += 0.2
    assert call.overdue == READING


def test_a_call_that_has_returned_is_never_overdue(clock: list[float]) -> None:
    call = Call()
    call.begin(READING, 5)
    call.end()
    clock[0] += 1000
    assert call.overdue == ""


def test_a_demuxer_is_in_no_call_while_its_packets_are_in_hand(clock: list[float]) -> None:
    path: Path = Clip(size=(320, 240), seconds=1).path()
    with Demuxer(Opening(f"file:{path}", "file", "mov,mp4", 5, 5)) as demuxer:
        for _ in demuxer.packets():
            clock[0] += 1000
            assert calls.running.overdue == ""
    assert calls.running.overdue == ""
