"""A source whose FFmpeg never returns is ended by its own watchdog, with the reason in everybody's sight."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

import framecast
from framecast.model import State
from tests.support.media_files import Clip
from tests.support.waiting import until
from tests.system.house import House

STALL_S, TIMEOUT_S = 1.0, 1.0


def test_a_pipe_that_nobody_writes_to_times_out(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.ts"
    os.mkfifo(pipe)
    with House(tmp_path) as house:
        house.client.put("pipe", str(pipe), stall_s=STALL_S, timeout_s=TIMEOUT_S)
        with framecast.open("pipe", node=house.runtime) as reader:
            reader.fileno()
            first = house.source("pipe")
            status = house.wait_for_state("pipe", State.OFFLINE)
            assert status.reason == "timeout"
            until(lambda: first not in [one.pid for one in house.processes()])


@pytest.mark.flaky(
    reruns=2, reason="on a busy machine its reader sometimes hears of the end alone, not of the stall before"
)
def test_a_pipe_that_falls_silent_is_stalled_and_its_process_ends(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.ts"
    os.mkfifo(pipe)
    content = Clip(size=(320, 240), seconds=2, container="ts").path().read_bytes()
    states: list[State] = []
    with House(tmp_path) as house:
        house.client.put("pipe", str(pipe), stall_s=STALL_S, timeout_s=10.0, idle_s=60)
        with framecast.open(
            "pipe", node=house.runtime, on_state=lambda state, _: states.append(state)
        ) as reader:
            reader.fileno()
            # Opened for both, so that it neither waits for a reader here nor ends there.
            end = os.open(pipe, os.O_RDWR)
            try:
                os.write(end, content)
                assert reader.read(30).width == 320
                first = house.source("pipe")  # on a busy machine not the first that tried
                until(lambda: first not in [one.pid for one in house.processes()])
            finally:
                os.close(end)
            until(lambda: State.OFFLINE in since_live(reader, states))
    since = since_live(reader, states)
    assert State.STALLED in since, states
    assert since.index(State.STALLED) < since.index(State.OFFLINE), states


def since_live(reader: framecast.Reader, states: list[State]) -> list[State]:
    """Return the states after the newest `LIVE`. The reader hears of them while it reads."""
    with suppress(framecast.WouldBlock, framecast.Closed):
        reader.read(0)
    return states[len(states) - states[::-1].index(State.LIVE) :]
