"""Control requests: slow ones hold up nobody, and what an address does to its check stays in the check's process."""

import signal
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from framecast.bus import Channel
from framecast.errors import FramecastError, Invalid, WouldBlock
from tests.node.running import DEADLINE_S, RunningNode, folder, gone, read, served
from tests.support.waiting import until

NUMBERS = "numbers:?period=0.02"
# Python imports this in every process of the node; in the forkserver some addresses become hostile ones.
HOSTILE = """
import sys, time
if {"framecast.node.forkserver", "framecast.node.parent"} & set(sys.orig_argv):
    from framecast import sources
    real = sources.check
    def check(spec, *rest):
        text = spec.source.reveal()
        if "sleep" in text:
            time.sleep(1000)
        if "spin" in text:
            while True: pass
        if "eat" in text:
            bytearray(1 << 40)
        if "crash" in text:
            import ctypes; ctypes.string_at(0)
        real(spec, *rest)
    sources.check = check
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningNode]:
    with folder() as place:
        (place / "sitecustomize.py").write_text(HOSTILE)
        with served(place, f"lively={NUMBERS}", PYTHONPATH=str(place)) as running:
            yield running


@pytest.fixture
def node(shared: RunningNode) -> RunningNode:
    """The same for all tests of this file, without the streams of the one before."""
    for status in shared.client.streams():
        if status.configured == "api":
            shared.client.delete(status.name)
    return shared


def put(name: str, source: str, **more: object) -> dict[str, Any]:
    return {"op": "put", "name": name, "stream": {"source": source}, **more}


def check_process(node: RunningNode, name: str) -> psutil.Process:
    title = f"fc?{name}"
    found: psutil.Process = until(
        lambda: next((child for child in node.forkserver.children() if child.name() == title), None), title
    )
    return found


@pytest.mark.flaky(
    reruns=2,
    reason="if its process waits for a processor, the request ends by its deadline before the check does",
)
def test_slow_request_holds_up_neither_its_own_connection_nor_another(node: RunningNode) -> None:
    with node.connect() as line, node.connect() as other:
        line.send(put("slow", "sleep", id=1))
        check_process(node, "slow")
        line.send({"op": "info", "id": 2})
        line.send(put("quick", NUMBERS, id="three"))
        line.send({"op": "try", "name": "tried", "stream": {"source": NUMBERS}, "id": 4})
        answers = [line.wait(DEADLINE_S).fields for _ in range(3)]
        assert {str(answer["id"]) for answer in answers} == {"2", "three", "4"}
        assert not [answer for answer in answers if "error" in answer]
        assert other.call(put("another", NUMBERS), DEADLINE_S)["name"] == "another"
        late = line.wait(DEADLINE_S).fields
        assert (late["id"], late["error"]) == (1, "Invalid")
        assert "slow could not be checked in time" in late["message"]


def test_requests_without_an_id_are_answered_in_order(node: RunningNode) -> None:
    with node.connect() as line:
        line.send(put("first", NUMBERS))
        for name in ("first", "lively"):
            line.send({"op": "stream", "name": name})
        assert [line.wait(DEADLINE_S).fields["name"] for _ in range(3)] == ["first", "first", "lively"]


def test_flood_of_requests_is_answered_in_full(node: RunningNode) -> None:
    with node.connect() as line:
        for number in range(500):
            line.send({"op": "stats", "id": number})
        assert {line.wait(DEADLINE_S).fields["id"] for _ in range(500)} == set(range(500))


@pytest.mark.parametrize(
    ("address", "error", "words"),
    [
        ("spin", Invalid, "in time"),
        ("eat", Invalid, "too much memory"),
        ("crash", FramecastError, "killed by SIGSEGV"),
    ],
)
def test_address_that_hurts_its_check_hurts_no_stream(
    node: RunningNode, address: str, error: type[Exception], words: str
) -> None:
    read(node.subscribe("lively"))
    before = node.source_process("lively").pid, node.forkserver.pid
    with pytest.raises(error, match=words):
        node.put("door", address)
    assert (node.source_process("lively").pid, node.forkserver.pid) == before
    assert [status.name for status in node.client.streams()] == ["lively"]
    node.put("door", NUMBERS)


def test_check_that_is_killed_or_stopped_is_an_error_of_that_request_alone(node: RunningNode) -> None:
    read(node.subscribe("lively"))
    source = node.source_process("lively")
    for number, told in ((signal.SIGKILL, "FramecastError"), (signal.SIGSTOP, "Invalid")):
        with node.connect() as line:
            line.send(put("door", "sleep"))
            process = check_process(node, "door")
            process.send_signal(number)
            assert line.wait(DEADLINE_S).fields["error"] == told
            gone([process])
    assert source.is_running()


def test_request_is_answered_while_the_forkserver_is_stopped(node: RunningNode) -> None:
    forkserver = node.forkserver
    with node.connect() as line:
        forkserver.suspend()
        try:
            with pytest.raises(WouldBlock, match="the node is busy"):
                line.call(put("door", NUMBERS), DEADLINE_S)
        finally:
            forkserver.resume()


def test_two_changes_of_one_stream_happen_in_the_order_in_which_they_came(node: RunningNode) -> None:
    with node.connect() as line:
        _change_often(line)
        assert "count=19" in line.call({"op": "stream", "name": "door"}, DEADLINE_S)["source"]


def _change_often(line: Channel) -> None:
    for number in range(1, 20):
        line.send(put("door", f"{NUMBERS}&count={number}", id=number))
    for _ in range(1, 20):
        assert "error" not in line.wait(DEADLINE_S).fields
