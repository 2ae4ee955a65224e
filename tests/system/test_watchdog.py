"""A source whose FFmpeg never returns is ended by its own watchdog, with the reason in everybody's sight."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

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


def test_a_pipe_that_falls_silent_is_stalled_and_its_process_ends(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.ts"
    os.mkfifo(pipe)
    content = Clip(size=(320, 240), seconds=2, container="ts").path().read_bytes()
    states: list[tuple[State, str]] = []
    with House(tmp_path) as house:
        house.client.put("pipe", str(pipe), stall_s=STALL_S, timeout_s=10.0, idle_s=60)
        with framecast.open(
            "pipe", node=house.runtime, on_state=lambda state, detail: states.append((state, detail))
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
            until(lambda: State.OFFLINE in dict(since_live(reader, states)))
    # The process reports the stall and ends: a reader may hear of both at once, and then only of the end, with its reason.
    since = since_live(reader, states)
    assert next(state for state, _ in since if state is not State.STALLED) is State.OFFLINE, states
    why = f"the source stopped sending: no data for {STALL_S:g} s, and the read does not return"
    assert since[0][1] == why, states


def since_live(reader: framecast.Reader, states: list[tuple[State, str]]) -> list[tuple[State, str]]:
    """Return the states after the newest `LIVE`, with their details. The reader hears of them while it reads."""
    with suppress(framecast.WouldBlock, framecast.Closed):
        reader.read(0)
    live = max(at for at, (state, _) in enumerate(states) if state is State.LIVE)
    return states[live + 1 :]
