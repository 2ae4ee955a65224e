"""Publishers that are suspended: told, and where the node started them, ended and started anew."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from framecast.model import State
from framecast.node import pulse
from framecast.node.pulse import Pulse, weight_of
from tests.node.running import RunningNode, read, served
from tests.support.waiting import until

PROGRAM = """
import sys, framecast
with framecast.publish("program", tracks=["data"], node=sys.argv[1]) as out:
    out.send_data([1])
    sys.stdin.read()
"""


def test_suspended_program_is_stalled_and_live_again_when_it_goes_on(node: RunningNode) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(node.socket.parent)], stdin=subprocess.PIPE
    )
    try:
        assert node.client.wait("program").state is State.LIVE
        process.send_signal(signal.SIGSTOP)
        stalled = node.client.wait("program", State.STALLED)
        assert "suspended" in stalled.detail
        process.send_signal(signal.SIGCONT)
        assert not node.client.wait("program", State.LIVE).detail
    finally:
        process.kill()
        process.communicate()


def test_suspended_source_is_ended_and_started_anew_and_the_others_are_left_alone(node: RunningNode) -> None:
    node.put("numbers", "numbers:?period=0.02", always=True)
    node.put("lively", "numbers:?period=0.02", always=True)
    read(node.subscribe("lively"))
    subscriber = node.subscribe("numbers")
    first = read(subscriber).info.epoch
    suspended, lively = node.source_process("numbers"), node.source_process("lively")
    suspended.suspend()
    until(lambda: not suspended.is_running(), "the suspended process is killed")
    record = read(subscriber)
    while record.info.epoch == first:
        record = read(subscriber)
    assert node.source_process("numbers").pid != suspended.pid
    assert node.source_process("lively").pid == lively.pid


def test_servers_and_what_forks_that_are_suspended_are_replaced_and_streams_go_on(place: Path) -> None:
    variables = {f"FRAMECAST_{name}__{key}": value for name in ("GRPC", "ZMQ") for key, value in _ON}
    with served(place, "numbers=numbers:?period=0.02", **variables) as node:
        reader = node.subscribe("numbers")
        first = read(reader).info.epoch
        before = until(lambda: _all_run(node), "the servers")
        for pid in before.values():
            psutil.Process(pid).suspend()
        after = until(
            lambda: (now := _all_run(node)) and not set(now.values()) & set(before.values()) and now, "others"
        )
        assert after.keys() == {"web", "grpc", "zmq", "parent", "forkserver"}
        record = read(reader)
        while record.info.epoch == first:
            record = read(reader)
        # Orphans of the parent are reaped by the system's first process, in its own time.
        until(lambda: not [pid for pid in before.values() if psutil.pid_exists(pid)], "the end of the others")
        log = (place / "log").read_text()
    assert log.count("a server does not answer and is replaced") == 3
    assert log.count("the forkserver does not answer and is replaced") == 1
    assert log.count("the parent does not answer and is replaced") == 1


_ON = (("ENABLED", "true"), ("PORT", "0"))


def _all_run(node: RunningNode) -> dict[str, int]:
    """The process of each server, of the parent and of the forkserver, once all have answered."""
    info = node.client.info()
    pids = {name: server["pid"] for name, server in info["servers"].items()}
    pids |= {name: info[name]["pid"] for name in ("parent", "forkserver")}
    answer = [part["answers"] for part in (*info["servers"].values(), info["parent"], info["forkserver"])]
    return pids if all(answer) else {}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "_STEP_S", 0.02)
    monkeypatch.setattr(pulse, "_LATE_S", 0.02)


async def _silent_after(blocked_s: float, weight: float = 1.0) -> tuple[bool, int]:
    """Stop the loop itself for a while, then answer; return whether silence was told, and how many seconds were weighed."""
    told, weighed = asyncio.Event(), 0
    answers = asyncio.Event()

    def weigh() -> float:
        nonlocal weighed
        weighed += 1
        if weighed == 20:
            answers.set()
        return weight

    async def ask() -> None:
        await answers.wait()

    beat = Pulse(ask, told.set, weigh=weigh, start_s=0.6, every_s=1000)
    await asyncio.sleep(0)
    time.sleep(blocked_s)  # noqa: ASYNC251  as a suspended machine, a frozen container or one that is loaded heavily
    ends = [asyncio.ensure_future(event.wait()) for event in (told, answers)]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    ends[0].cancel(), ends[1].cancel()
    beat.stop()
    return told.is_set(), weighed


@pytest.mark.usefixtures("quick")
def test_time_in_which_the_node_itself_stood_still_is_not_counted() -> None:
    assert asyncio.run(_silent_after(2.0)) == (False, 20)


@pytest.mark.usefixtures("quick")
def test_silence_is_told_when_the_node_runs_on_time() -> None:
    silent, weighed = asyncio.run(_silent_after(0.0, weight=10.0))
    assert silent
    assert weighed < 20


def test_process_that_runs_counts_less_than_one_that_sleeps_or_is_stopped() -> None:
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        until(lambda: weight_of(process.pid) < 1, "a process that runs")
        process.send_signal(signal.SIGSTOP)
        until(lambda: weight_of(process.pid) == 1, "a process that is stopped")
    finally:
        process.kill()
        process.wait()
    assert weight_of(process.pid) == 1
    assert weight_of(os.getpid()) < 1
