"""Readers, sources and renditions of a running node are killed at random: nothing torn, nothing left, others gapless."""

from __future__ import annotations

import os
import random
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from framecast.model import State
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer
from tests.support.waiting import until
from tests.system.eyes import of_blocks, of_clip, of_pattern
from tests.system.house import House, pools
from tests.system.witness import Report, Witness

KILLS = 40
DOOR = Clip(size=(320, 240), seconds=4, first=1000)
YARD_ID, YARD_SIZE = 77, (320, 180)
YARD = f"pattern:?size={YARD_SIZE[0]}x{YARD_SIZE[1]}&fps=25&id={YARD_ID}"


@pytest.mark.timeout(240)
def test_forty_kills_tear_nothing_and_leave_nothing(tmp_path: Path) -> None:
    chance = random.Random(2026)
    door, yard = f"door{os.getpid()}", f"yard{os.getpid()}"
    with RtspServer(DOOR) as camera, House(tmp_path) as house:
        house.client.put(door, camera.url(), idle_s=1.0)
        house.client.put(yard, YARD, idle_s=1.0)
        empty = house.at_rest()
        views: list[tuple[str, dict[str, Any], str]] = [
            (door, of_clip(DOOR), "frames"),
            (door, of_clip(DOOR, packets=True), "video"),
            (yard, of_pattern(yard, YARD_ID, YARD_SIZE), "frames"),
            (yard, of_blocks(YARD_ID), "frames/bgr/160x0"),
            (yard, of_blocks(YARD_ID), "jpeg/80"),
        ]
        with ExitStack() as stack:
            witnesses = [stack.enter_context(Witness(house.runtime, *view)) for view in views]
            victims = [stack.enter_context(Witness(house.runtime, *view)) for view in views[:3]]
            for witness in (*witnesses, *victims):
                witness.see(10)
            killed: dict[str, int] = {"reader": 0, door: 0, yard: 0, "convert": 0}
            for _ in range(KILLS):
                target = chance.choices(list(killed), (5, 2, 2, 1))[0]
                killed[target] += 1
                if target == "reader":
                    index = chance.randrange(len(victims))
                    victims[index].kill()
                    victims[index] = stack.enter_context(Witness(house.runtime, *views[index]))
                elif target == "convert":
                    kill_and_wait(house.rendition(yard, "convert"), witnesses[3:4])
                else:
                    kill_and_wait(house.source(target), [w for w in witnesses if w.stream == target])
                for witness in witnesses:
                    witness.see(chance.randint(1, 5))
            assert all(killed.values()), killed
            for victim in victims:
                victim.kill()
            reports = [witness.finish() for witness in witnesses]
        for report in reports:
            check(report)
        assert [report.epochs for report in reports] == [
            1 + killed[door],
            1 + killed[door],
            1 + killed[yard],
            1 + killed[yard] + killed["convert"],
            1 + killed[yard],
        ], "a writer's death is a new epoch for its readers and those of its renditions, and nothing else is"
        house.wait_for_state(door, State.IDLE)
        house.wait_for_state(yard, State.IDLE)
        until(
            lambda: (
                (now := house.footprint()).processes == empty.processes
                and now.descriptors <= empty.descriptors
            )
        )
        assert house.footprint().threads <= empty.threads
        assert not pools(door) + pools(yard)


def kill_and_wait(pid: int, witnesses: list[Witness]) -> None:
    """Kill a writer, and wait until those who read it see its successor."""
    before = [witness.report.epochs for witness in witnesses]
    os.kill(pid, signal.SIGKILL)
    for witness, epochs in zip(witnesses, before, strict=True):
        witness.see_epoch(epochs + 1)


def check(report: Report) -> None:
    """Nothing wrong, and nothing missing but with a process that was killed."""
    assert report.wrong == ()
    assert report.unexplained == 0
    assert report.dropped == 0
    assert report.end == ""
