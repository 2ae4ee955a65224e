"""The end of a node: at any moment of its start, and although what it has started does not listen."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.node.running import (
    DEADLINE_S,
    RunningNode,
    command,
    environment,
    gone,
    private_node,
    read,
    served,
)
from tests.support.waiting import until

NUMBERS = "numbers:?period=0.02"


def _at_once(_place: Path, _pid: int) -> bool:
    return True


def _lock_is_there(place: Path, _pid: int) -> bool:
    return (place / "run" / "node.lock").exists()


def _has_forked(_place: Path, pid: int) -> bool:
    return len(psutil.Process(pid).children(recursive=True)) > 1


def _has_two_servers(_place: Path, pid: int) -> bool:
    return len(psutil.Process(pid).children(recursive=True)) > 3


def _socket_is_there(place: Path, _pid: int) -> bool:
    return (place / "run" / "node.sock").exists()


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (_lock_is_there, signal.SIGTERM),
        (_has_forked, signal.SIGINT),
        (_socket_is_there, signal.SIGTERM),
        (_has_two_servers, signal.SIGINT),
    ],
)
def test_signal_during_the_start_ends_it_cleanly(
    place: Path, moment: Callable[[Path, int], bool], number: signal.Signals
) -> None:
    _end_at(place, number, moment, 0)


def test_signal_before_anything_has_begun_ends_it_with_the_status_of_the_signal(place: Path) -> None:
    _end_at(place, signal.SIGTERM, _at_once, -signal.SIGTERM)


def _end_at(place: Path, number: signal.Signals, moment: Callable[[Path, int], bool], code: int) -> None:
    servers = {"FRAMECAST_GRPC__ENABLED": "true", "FRAMECAST_GRPC__PORT": "0"}
    process = subprocess.Popen(
        command(place, f"numbers={NUMBERS}"),
        env=environment(place, **servers),
        cwd=place,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: moment(place, process.pid), "the moment")
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    _, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == code
    assert "Traceback" not in err
    gone(children)
    assert not (place / "run" / "node.sock").exists()


def test_node_whose_processes_are_all_suspended_ends_in_time(place: Path) -> None:
    variables = {f"FRAMECAST_{name}__{key}": value for name in ("GRPC", "ZMQ") for key, value in _ON}
    with served(place, f"numbers={NUMBERS}", **variables) as node:
        read(node.subscribe("numbers"))
        # One that is suspended in the middle of its start, before the node knows it, would be nobody's.
        until(lambda: all(one["answers"] for one in node.client.info()["servers"].values()), "the servers")
        everything = node.processes()
        for process in everything[1:]:
            process.suspend()
        node.process.terminate()
        assert node.process.wait(10) == 0
        gone(everything)
    assert "Traceback" not in (place / "log").read_text()


_ON = (("ENABLED", "true"), ("PORT", "0"))


def test_second_signal_ends_it_although_its_processes_are_suspended(place: Path) -> None:
    with served(place, f"numbers={NUMBERS}") as node:
        read(node.subscribe("numbers"))
        everything = node.processes()
        for process in everything[1:]:
            process.suspend()
        node.process.terminate()
        until(lambda: "ending" in (place / "log").read_text(), "the first signal")
        node.process.terminate()
        assert node.process.wait(DEADLINE_S) == 0
        gone(everything)


# Python imports this in every process of the node: there the disk of the saved streams never answers.
HANGS = """
import os, sys
if "serve" in sys.orig_argv:
    real = os.fsync
    os.fsync = lambda fd: os.read(os.pipe()[0], 1)
"""


def test_node_ends_although_a_disk_does_not_answer(place: Path) -> None:
    (place / "sitecustomize.py").write_text(HANGS)
    with served(place, f"numbers={NUMBERS}", PYTHONPATH=str(place)) as node, node.connect() as line:
        read(node.subscribe("numbers"))
        line.send({"op": "put", "name": "saved", "stream": {"source": NUMBERS}})
        until((place / "data" / "streams.new").exists, "the file that is written")
        _ends(node)


def _ends(node: RunningNode) -> None:
    everything = node.processes()
    node.process.terminate()
    assert node.process.wait(DEADLINE_S) == 0
    gone(everything)


def test_private_node_ends_although_its_processes_are_suspended() -> None:
    with private_node() as node:
        node.put("numbers", NUMBERS)
        read(node.subscribe("numbers"))
        everything, folder = node.processes(), node.socket.parent
        for process in everything[1:]:
            process.suspend()
        os.kill(node.pid, signal.SIGTERM)
        assert node.process.wait(DEADLINE_S) == 0
        gone(everything)
        assert not folder.exists()
