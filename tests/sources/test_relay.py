"""From a camera to the bus: pictures as they come, whatever its clock says, and never far behind."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import pytest

from framecast.clock import NS
from framecast.media.decoder import Decoded, Decoder
from tests.sources.rtsp.test_receiver import SDP, clip_units
from tests.sources.running import PATIENCE_S, Running, number
from tests.support.rtp import Sender, report
from tests.support.scripted_rtsp import Camera, ScriptedRtsp

PICTURES = 100


def paced(
    rate: float, clock: Callable[[int], int], holes: dict[int, float] | None = None
) -> Callable[[Camera], None]:
    """Send `rate` pictures a second with the time stamps of `clock`; before those in `holes` nothing comes for so many seconds."""

    def play(camera: Camera) -> None:
        sender, due = Sender(), time.monotonic()
        for index, unit in enumerate(itertools.islice(itertools.cycle(clip_units(PICTURES)), 4 * PICTURES)):
            due += 1 / rate
            time.sleep((holes or {}).get(index, 0))
            if camera.over.wait(max(0.0, due - time.monotonic())):
                return
            for packet in sender.picture(unit, clock(index)):
                camera.send(0, packet)
            if index % 10 == 0:
                camera.send(1, report(sender.ssrc, time.time(), clock(index)))

    return play


@pytest.mark.parametrize(
    ("rate", "clock"),
    [
        (10, lambda index: index * 3600),
        (25, lambda _: 1),
        (25, lambda index: index * 3600 + index // 40 % 2 * 3600 * 90_000),
        (25, lambda index: index * 90_000),
    ],
    ids=["too slow", "stands still", "jumps by an hour", "a second a picture"],
)
def test_pictures_come_whatever_the_clock_of_the_camera_says(
    rate: float, clock: Callable[[int], int]
) -> None:
    """At a third of the rate that its time stamps name, a camera was once taken for one that is seconds late."""
    with ScriptedRtsp(SDP, paced(rate, clock)) as camera, Running(camera.url()) as source:
        records, ages = [], []
        with source.read() as reader:
            for _ in range(50):
                records.append(reader.read(PATIENCE_S))
                ages.append(time.time_ns() - records[-1].captured_at)
        assert [(number(b) - number(a)) % PICTURES for a, b in itertools.pairwise(records)] == [1] * 49
        assert all(a.pts < b.pts for a, b in itertools.pairwise(records))
        assert min(ages) > -2 * NS
        assert sorted(ages)[len(ages) // 2] < 2 * NS
        moved_ns = (records[-1].pts - records[10].pts) * records[0].info.time_base * NS
        passed_ns = records[-1].arrived_ns - records[10].arrived_ns
        assert abs(moved_ns - passed_ns) < 1.5 * NS


def test_pictures_that_the_network_has_held_up_are_all_shown() -> None:
    """They are late on their way, and not because this process is slow: to skip some of them would help nobody."""
    with (
        ScriptedRtsp(SDP, paced(25, lambda index: index * 3600, holes={20: 1.6})) as camera,
        Running(camera.url()) as source,
    ):
        numbers = [number(record) for record in source.take(70)]
        assert [(b - a) % PICTURES for a, b in itertools.pairwise(numbers)] == [1] * 69


@pytest.mark.parametrize("step", [3600, 0], ids=["a good clock", "a useless clock"])
def test_a_decoder_that_is_too_slow_skips(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Also where no time stamp says how late a picture is: what comes without waiting for it was waiting here."""
    decode = Decoder.decode

    def slow(
        decoder: Decoder, payload: bytes, pts: int | None = None, dts: int | None = None
    ) -> list[Decoded]:
        time.sleep(0.12)
        return decode(decoder, payload, pts, dts)

    monkeypatch.setattr(Decoder, "decode", slow)
    with (
        ScriptedRtsp(SDP, paced(25, lambda index: index * step)) as camera,
        Running(camera.url()) as source,
        source.read("frames", "latest"),
    ):
        assert "skipped to a key frame" in source.wait_for_fact("decoding")
