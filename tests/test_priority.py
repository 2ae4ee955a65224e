"""Which process the kernel lets run first: a short slice for live video, niceness for the rest, inside and outside of its session."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from framecast import priority

HAS_GROUPS = Path("/proc/self/autogroup").exists()
# Says its slice and niceness, those of a child, and those after it has given way.
PROGRAM = """
import os
from pathlib import Path
from framecast import priority
def says():
    group = Path("/proc/self/autogroup")
    print(priority.slice_ns(), os.getpriority(os.PRIO_PROCESS, 0), group.read_text().split()[-1] if group.exists() else "", sep=",", flush=True)
says()
priority.be_prompt()
says()
if os.fork() == 0:
    says()
    os._exit(0)
os.wait()
priority.give_way(7)
says()
input()
says()
"""


def kernel() -> tuple[int, ...]:
    """The version of the running kernel."""
    return tuple(int(part) for part in os.uname().release.split(".")[:2])


@pytest.mark.skipif(kernel() < (6, 12), reason="slices of processes begin with Linux 6.12")
def test_a_prompt_process_hands_its_short_slice_on_and_gives_it_back() -> None:
    first, prompt, child, given, _ = run_program(0)
    assert first[0] != prompt[0] == child[0] == str(priority.PROMPT_NS)
    assert given[0] == first[0]


def test_niceness_counts_in_the_session_and_for_it() -> None:
    first, *_, given, outside = run_program(12)
    base = os.getpriority(os.PRIO_PROCESS, 0)
    assert (first[1], given[1], outside[1]) == tuple(str(max(base, nice)) for nice in (0, 7, 12))
    if HAS_GROUPS:
        assert (first[2], given[2], outside[2]) == ("0", "7", "12")


def test_a_kernel_that_refuses_leaves_the_process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "_CALLS", {})
    before = os.getpriority(os.PRIO_PROCESS, 0)
    priority.be_prompt()
    priority.give_way(10, 2**22 + 1)  # no process has this number
    assert (os.getpriority(os.PRIO_PROCESS, 0), priority.slice_ns()) == (before, 0)


def run_program(nice: int) -> list[list[str]]:
    """Run the program in a session of its own; before it says the last line, let it give way from here."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(4)]
        priority.give_way(nice, process.pid)
        process.stdin.write("\n")
        process.stdin.close()
        lines.append(process.stdout.readline())
    return [line.strip().split(",") for line in lines]
