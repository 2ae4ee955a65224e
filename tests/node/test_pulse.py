"""Publishers that are suspended: told, and where the node started them, ended and started anew."""

import signal
import subprocess
import sys

from framecast.model import State
from tests.node.running import RunningNode, read, until

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
