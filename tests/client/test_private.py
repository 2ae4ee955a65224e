"""The node that a program starts for itself: shared, not inherited, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from framecast.client import private
from tests.support.waiting import until


def run(code: str, folder: Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a program with a guard that a re-imported __main__ would trip."""
    script = folder / "program.py"
    script.write_text(textwrap.dedent(code))
    return subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=False, cwd=folder
    )


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_opening_an_address_needs_no_node_and_leaves_no_process(tmp_path: Path) -> None:
    done = run(
        """
        import framecast
        from framecast.client.private import private_node
        print("main")
        with framecast.open("numbers:") as one, framecast.open("numbers:?period=0.01") as two:
            print(one.data().read(20).array.shape, two.data().read(20).array.shape)
        node = private_node()
        assert node is private_node()
        print(node._process.pid, node.socket)
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    main, _shapes, last = done.stdout.splitlines()
    pid, socket = last.split()
    assert main == "main"
    until(lambda: not alive(int(pid)))
    until(lambda: not Path(socket).parent.exists())


def test_modules_of_the_programs_folder_do_not_stand_in_for_the_standard_library(tmp_path: Path) -> None:
    (tmp_path / "queue.py").write_text("raise SystemExit('the wrong queue')")
    (tmp_path / "selectors.py").write_text("raise SystemExit('the wrong selectors')")
    code = "import sys; sys.path.pop(0)\nimport framecast\nwith framecast.open('numbers:') as s: s.data().read(20)"
    done = run(code, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_node_ends_however_the_program_dies(tmp_path: Path, number: signal.Signals) -> None:
    code = """
    import os, framecast, time
    from framecast.client.private import private_node
    print(private_node()._process.pid, flush=True)
    child = os.fork()   # a child that lives on must not keep the node alive
    if child == 0:
        os.setsid()
        time.sleep(30)
        os._exit(0)
    print(child, flush=True)
    time.sleep(60)
    """
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(code))
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as program:
        assert program.stdout is not None
        node, child = int(program.stdout.readline()), int(program.stdout.readline())
        assert alive(node)
        program.send_signal(number)
        program.wait(20)
        until(lambda: not alive(node))
        os.kill(child, signal.SIGKILL)


def test_a_private_node_that_died_is_started_anew() -> None:
    first = private.private_node()
    first._process.kill()
    first._process.wait()
    second = private.private_node()
    assert second is not first
    assert second.alive
    first.close()


def test_a_forked_child_starts_its_own() -> None:
    mine = private.private_node()
    child = os.fork()
    if child == 0:
        other = private.private_node()
        good = other is not mine and other.socket != mine.socket and not mine.alive
        other.close()
        os._exit(0 if good else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert mine.alive
