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
priority.give_way(0)  # the tests before this one may have handed a short slice on
says()
priority.be_prompt()
says()
if os.fork() == 0:
    says()
    os._exit(0)
os.wait()
priority.give_way(7)
says()
"""


def kernel() -> tuple[int, ...]:
    """The version of the running kernel."""
    return tuple(int(part) for part in os.uname().release.split(".")[:2])


@pytest.mark.skipif(kernel() < (6, 12), reason="slices of processes begin with Linux 6.12")
def test_a_prompt_process_hands_its_short_slice_on_and_gives_it_back() -> None:
    first, prompt, child, given = run_program()
    assert first[0] != prompt[0] == child[0] == str(priority.PROMPT_NS)
    assert given[0] == first[0]


def test_niceness_counts_in_the_session_and_for_it() -> None:
    first, *_, given = run_program()
    base = os.getpriority(os.PRIO_PROCESS, 0)
    assert (first[1], given[1]) == (str(base), str(max(base, 7)))
    if HAS_GROUPS:
        assert (first[2], given[2]) == ("0", str(max(base, 7)))


def test_a_kernel_that_refuses_leaves_the_process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "_CALLS", {})
    before = os.getpriority(os.PRIO_PROCESS, 0)
    priority.be_prompt()
    priority.give_way(0)
    assert (os.getpriority(os.PRIO_PROCESS, 0), priority.slice_ns()) == (before, 0)


def run_program() -> list[list[str]]:
    """Run the program in a session of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, start_new_session=True
    )
    return [line.split(",") for line in done.stdout.splitlines()]
