"""What a process tells who started it, and how it stands in for a container's init."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from framecast import process
from tests.cli.running import Node

LIMIT_S = 60

# As in a container: whoever is orphaned below comes to this process (PR_SET_CHILD_SUBREAPER).
INIT = """
import ctypes, os, signal, subprocess, sys, time
from framecast import process
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
process.become_init((signal.SIGTERM, signal.SIGHUP))
def heard(number, frame):
    print("heard", number, flush=True)
    if number == signal.SIGTERM:
        sys.exit(7)
signal.signal(signal.SIGTERM, heard)
signal.signal(signal.SIGHUP, heard)
orphan = "import os; child = os.fork(); print('orphan', child, flush=True) if child else os.read(0, 1)"
subprocess.run([sys.executable, "-c", orphan])
print("ready", os.getpid(), flush=True)
while True:
    signal.pause()
"""


@pytest.fixture
def listener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The manager's end of sd_notify: a real datagram socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(LIMIT_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield sock


def test_manager_hears_what_is_said(listener: socket.socket) -> None:
    process.notify("READY=1")
    assert listener.recv(100) == b"READY=1"


def test_manager_in_the_abstract_namespace_hears_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"framecast-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("\0" + name)
        sock.settimeout(LIMIT_S)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name)
        process.notify("STOPPING=1")
        assert sock.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize("address", [None, "", "nonsense", "/nowhere/at/all"])
def test_without_a_manager_nothing_happens(monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if address is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    process.notify("READY=1")


def test_manager_that_does_not_read_does_not_hold_up_the_process(listener: socket.socket) -> None:
    for _ in range(10_000):  # more than its queue takes
        process.notify("STATUS=x")
    assert listener.recv(100) == b"STATUS=x"


def test_node_says_when_it_is_ready_and_when_it_ends(listener: socket.socket, tmp_path: Path) -> None:
    with Node(tmp_path, "door=pattern:") as node:
        assert listener.recv(100) == b"READY=1"
        assert node.end() == 0
        assert listener.recv(100) == b"STOPPING=1"


def test_node_that_cannot_start_never_says_that_it_is_ready(listener: socket.socket, tmp_path: Path) -> None:
    with Node(tmp_path, "door=pattern:") as node:
        assert listener.recv(100) == b"READY=1"
        assert node.command("serve", "--port", "0").returncode != 0
    assert listener.recv(100) == b"STOPPING=1"
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.recv(100)


def said(init: subprocess.Popen[str]) -> list[str]:
    assert init.stdout
    return init.stdout.readline().split()


@pytest.fixture
def init() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", INIT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        yield started
        started.kill()


def test_init_passes_signals_on_and_ends_with_the_status_of_its_child(init: subprocess.Popen[str]) -> None:
    assert said(init)[0] == "orphan"
    assert said(init)[0] == "ready"
    init.send_signal(signal.SIGHUP)
    assert said(init) == ["heard", str(int(signal.SIGHUP))]
    init.send_signal(signal.SIGTERM)
    assert said(init) == ["heard", str(int(signal.SIGTERM))]
    assert init.wait(LIMIT_S) == 7


def test_init_reaps_orphans(init: subprocess.Popen[str]) -> None:
    orphan = int(said(init)[1])
    ready = said(init)
    assert psutil.Process(orphan).ppid() == init.pid
    assert init.stdin
    init.stdin.close()  # the orphan waits for it
    deadline = time.monotonic() + LIMIT_S
    while psutil.pid_exists(orphan):
        assert time.monotonic() < deadline, "the orphan was not reaped"
        os.sched_yield()
    assert psutil.pid_exists(int(ready[1])), "the child goes on"


def test_init_tells_a_child_that_was_killed_as_a_shell_does(init: subprocess.Popen[str]) -> None:
    said(init)
    os.kill(int(said(init)[1]), signal.SIGKILL)
    assert init.wait(LIMIT_S) == 128 + signal.SIGKILL


def test_child_of_a_killed_init_dies_with_it(init: subprocess.Popen[str]) -> None:
    said(init)
    child = psutil.Process(int(said(init)[1]))
    init.kill()
    init.wait(LIMIT_S)
    child.wait(LIMIT_S)


def test_who_is_not_the_first_process_is_no_init() -> None:
    before = os.getpid()
    process.serve_as_init((signal.SIGTERM,))
    assert os.getpid() == before


def test_descriptors_get_their_numbers_although_these_are_taken_by_each_other() -> None:
    code = """
import os
from framecast import process
first, second = (os.memfd_create(name) for name in ("first", "second"))
other = os.memfd_create("other")
process.place({second: first, first: second, 0: os.dup(first)})
names = {fd: os.readlink(f"/proc/self/fd/{fd}").partition(":")[2] for fd in (first, second, 0)}
found = [names[first], names[second], names[0], os.get_inheritable(0), os.get_inheritable(first)]
try:
    os.fstat(other)
except OSError:
    found.append("closed")
print(*found)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        *("second", "(deleted)", "first", "(deleted)", "first", "(deleted)"),
        *("True", "False", "closed"),
    ]
