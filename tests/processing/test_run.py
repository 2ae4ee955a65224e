"""The process of a task: what it may do, how it ends, and what its starter believes."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from framecast.errors import Broken
from framecast.processing import child
from framecast.processing.run import Limits, Refused, run_task
from framecast.processing.tasks import TASKS, Task
from framecast.sandbox import bubblewrap
from framecast.sandbox.level import level
from tests.support.waiting import until

MiB = 1 << 20
# Tests of other limits do not end by the clock, however busy the machine is.
PATIENCE_S = 200.0
# The real process with one more task, whose code is in the request: what a hostile file could make of a decoder.
HIJACKED = """
import ctypes, fcntl, json, mmap, os, resource, signal, socket, subprocess, sys, threading, time, types
from framecast.processing import __main__, tasks
from framecast.processing.outcome import Refused
taken = types.ModuleType("taken")
def run(request, report):
    scope = {**globals(), "report": report, "found": {}}
    exec(request["code"], scope)
    return scope["found"]
taken.run = run
sys.modules["taken"] = taken
def says(act):
    try:
        act()
    except OSError as error:
        return error.strerror
    return "done"
tasks.TASKS["taken"] = tasks.Task("taken", tasks.Limits())
code = __main__.main()
os._exit(code)
"""
sandboxed = pytest.mark.skipif(not level().is_full, reason="this kernel has no Landlock or no seccomp")


@pytest.fixture(autouse=True)
def _taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "find", lambda: None)  # Landlock and seccomp alone must do
    monkeypatch.setattr(child, "_COMMAND", ("-I", "-c", HIJACKED))
    monkeypatch.setitem(TASKS, "taken", Task("taken", Limits()))


def run(
    code: str, inputs: list[Path] | None = None, output: Path | None = None, **limits: Any
) -> dict[str, Any]:
    """Run code in the process of a task and return what it leaves in `found`."""
    task = run_task(
        "taken",
        {"code": code},
        inputs=inputs or [],
        output=output,
        limits=Limits(**{"cpu_s": 20, "wall_s": PATIENCE_S, **limits}),
    )
    return asyncio.run(task)


def said(code: str, inputs: list[Path] | None = None, output: Path | None = None, **limits: Any) -> list[Any]:
    """Run lines of code; each is tried, and its outcome returned."""
    lines = [line for line in code.strip().splitlines() if line]
    tried = ", ".join(f"says(lambda: {line})" for line in lines)
    return list(run(f"found['said'] = [{tried}]", inputs, output, **limits)["said"])


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@sandboxed
def test_a_task_reads_its_input_writes_its_output_and_nothing_else(tmp_path: Path) -> None:
    video, secret, output = tmp_path / "video", tmp_path / "secret", tmp_path / "output"
    video.write_bytes(b"video")
    secret.write_bytes(b"secret")
    output.mkdir()
    (output / "old").write_bytes(b"old")
    code = f"""
open({str(video)!r}).read()
open({str(output / "new")!r}, "w").write("new")
os.replace({str(output / "new")!r}, {str(output / "newer")!r})
os.unlink({str(output / "old")!r})
open({str(video)!r}, "a")
open({str(secret)!r})
os.listdir({str(tmp_path)!r})
open("/etc/passwd")
open("/proc/{os.getpid()}/environ")
open("/proc/self/environ")
open("/dev/urandom")
os.unlink({str(secret)!r})
os.chmod({str(secret)!r}, 0o777)
os.utime({str(secret)!r})
os.setxattr({str(secret)!r}, "user.x", b"x")
os.mkdir({str(output / "folder")!r})
os.symlink({str(secret)!r}, {str(output / "link")!r})
os.link({str(video)!r}, {str(output / "link")!r})
os.mkfifo({str(output / "pipe")!r})
"""
    allowed = said(code, [video], output, file_bytes=MiB, output_bytes=MiB)
    assert allowed[:4] == ["done"] * 4
    assert set(allowed[4:]) == {"Permission denied", "Operation not permitted"}
    assert (secret.read_bytes(), [one.name for one in output.iterdir()]) == (b"secret", ["newer"])


@sandboxed
def test_a_task_has_no_network_no_programs_and_no_other_processes(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    code = f"""
socket.create_connection(("127.0.0.1", {port}))
socket.socket(socket.AF_UNIX)
socket.socketpair()
socket.getaddrinfo("localhost", 80)
os.execv("/bin/true", ["true"])
subprocess.run(["/bin/true"])
os.fork()
os.kill(os.getppid(), 0)
os.pidfd_open(os.getppid())
os.memfd_create("x")
os.setsid()
os.setpriority(os.PRIO_PROCESS, os.getppid(), 5)
resource.prlimit(os.getppid(), resource.RLIMIT_CPU)
os.kill(os.getpid(), 0)
resource.prlimit(0, resource.RLIMIT_CPU)
threading.Thread(target=print).start()
"""
    found = said(code)
    assert "done" not in found[:13]
    assert found[13:] == ["done"] * 3
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_task_gets_nothing_of_its_starters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FRAMECAST_SECRET", "secret")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with open(tmp_path / "open", "w") as held:
        os.set_inheritable(held.fileno(), True)
        found = run(
            "found.update(names=sorted(os.environ), fds=len([n for n in range(64) if not says(lambda: os.fstat(n)) != 'done']), "
            "path=sys.path, cwd=os.getcwd(), session=os.getsid(0) == os.getpid())"
        )
    assert not [name for name in found["names"] if name.startswith(("FRAMECAST", "PYTHON"))]
    assert found["fds"] == 4  # the standard ones, and the one that the result goes to
    assert str(tmp_path) not in found["path"]
    assert (found["cwd"], found["session"]) == ("/", True)


def test_memory_is_limited_by_the_kernel_and_by_the_starter(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="more than the 128 MB of memory"):
        run("bytearray(100 << 20)", memory_bytes=128 * MiB)
    assert run("found['size'] = len(bytearray(60 << 20))", memory_bytes=128 * MiB) == {"size": 60 * MiB}
    # Pages of a file are in no limit of the kernel's.
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(300 * MiB)
    maps = f"m = mmap.mmap(os.open({str(large)!r}, os.O_RDONLY), 0, mmap.MAP_PRIVATE, mmap.PROT_READ)\nwhile True: sum(m[i] for i in range(0, len(m), 4096))"
    with pytest.raises(Refused, match="more than the 128 MB of memory"):
        run(maps, [large], memory_bytes=128 * MiB)


def test_time_is_limited() -> None:
    with pytest.raises(Refused, match="more than the 1 s of computing time"):
        run("while True: pass", cpu_s=1)
    with pytest.raises(Broken, match=r"within 0\.5 s"):
        run("time.sleep(1000)", wall_s=0.5)


def test_what_is_written_is_limited(tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'a')!r}, 'wb').write(bytes(3 << 20))"
    assert said(code, output=tmp_path, file_bytes=MiB, output_bytes=MiB) in (["File too large"], [])
    code = f"[open({str(tmp_path)!r} + f'/{{n}}', 'wb').write(bytes(1 << 20)) for n in range(9)]\ntime.sleep(1000)"
    with pytest.raises(Refused, match="more than the 4 MB"):
        run(code, output=tmp_path, file_bytes=2 * MiB, output_bytes=4 * MiB)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("os.abort()", "was ended by SIGABRT"),
        ("ctypes.string_at(0)", "was ended by SIGSEGV"),
        ("raise RuntimeError('decoder \\x1b[2J broke')", r"decoder \\x1b\[2J broke"),
        ("os._exit(0)", "ended with 0"),
        ("os.write(3, b'x' * (2 << 20))", "more than it may"),
        ("os.write(3, b'{\"result\": [1]}\\n')", "not expected"),
        ("os.write(3, b'{\"progress\": NaN}\\n')", "NaN"),
        ("os.write(3, b'[' * 100000 + b'\\n')", "nested"),
        ("os.write(3, b'{\"progress\": 7}\\n')", "not expected"),
        ("os.write(3, b'{\"secret\": 7}\\n')", "not expected"),
        ("while True: os.write(3, b'{\"progress\": 0}\\n' * 4000)", "more than it may"),
    ],
)
def test_a_task_that_misbehaves_is_broken(code: str, why: str) -> None:
    with pytest.raises(Broken, match=why):
        run(code)


def test_a_refusal_is_a_sentence_that_can_be_shown() -> None:
    with pytest.raises(Refused) as refused:
        run("raise Refused('no \\x1b[31mvideo\\u202e')")
    assert str(refused.value) == "no \\x1b[31mvideo\\u202e"


def test_the_result_is_checked_and_the_progress_told() -> None:
    def checked(_: object) -> dict[str, Any]:
        raise ValueError("width must be at most 8192, got 9000")

    told: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "taken", Task("taken", Limits(), checked))
        with pytest.raises(Broken, match="at most 8192"):
            run("found['width'] = 9000")
    code = "for n in range(3):\n    time.sleep(0.51)\n    report(n / 3)"
    task = run_task("taken", {"code": code}, inputs=[], output=None, on_progress=told.append)
    assert asyncio.run(task) == {}
    assert told == [0.0, 0.3333, 0.6667]


def test_cancelling_ends_the_process_and_nothing_is_left(tmp_path: Path) -> None:
    said_pid = tmp_path / "pid"
    code = f"open({str(said_pid)!r}, 'w').write(str(os.getpid()))\nwhile True: time.sleep(1)"

    async def cancelled() -> int:
        limits = Limits(file_bytes=MiB, output_bytes=MiB)
        task = asyncio.create_task(
            run_task("taken", {"code": code}, inputs=[], output=tmp_path, limits=limits)
        )
        await asyncio.to_thread(until, lambda: said_pid.exists() and said_pid.read_text())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return int(said_pid.read_text())

    pid = asyncio.run(cancelled())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


STARTER = """
import asyncio, os, sys
from pathlib import Path
from framecast.processing import child, run, tasks
from framecast.sandbox import bubblewrap
child._COMMAND = ("-I", "-c", sys.argv[1])
bubblewrap.find = lambda: sys.argv[4] or None
tasks.TASKS["taken"] = tasks.Task("taken", tasks.Limits())
limits = tasks.Limits(file_bytes=1<<20, output_bytes=1<<20)
asyncio.run(run.run_task("taken", {"code": sys.argv[2]}, inputs=[], output=Path(sys.argv[3]), limits=limits))
"""


def test_a_task_dies_with_its_starter(tmp_path: Path) -> None:
    dies_with_its_starter(tmp_path, "")


def dies_with_its_starter(folder: Path, by: str) -> None:
    """Kill the starter of a task that holds a lock: the lock is free once nothing of the task is left."""
    lock, ready = folder / "lock", folder / "ready"
    code = f"""
held = open({str(lock)!r}, "w")
fcntl.flock(held, fcntl.LOCK_EX)
open({str(ready)!r}, "w").write("held")
while True: time.sleep(1)
"""
    command = [sys.executable, "-c", STARTER, HIJACKED, code, str(folder), by]
    with subprocess.Popen(command) as starter:
        until(ready.exists)
        assert is_locked(lock)
        starter.kill()
    until(lambda: not is_locked(lock))


def is_locked(path: Path) -> bool:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_task_that_is_imported_with_a_thread_does_not_begin() -> None:
    begun = HIJACKED.replace(
        "def says", "threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\ndef says"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child, "_COMMAND", ("-I", "-c", begun))
        with pytest.raises(Broken, match="thread"):
            run("found['x'] = 1")


def test_a_nice_task_lets_others_go_first() -> None:
    found = run(
        "found.update(nice=os.getpriority(os.PRIO_PROCESS, 0), threads=len(threading.enumerate()))", nice=15
    )
    assert found["nice"] == max(15, os.nice(0))


@sandboxed
def test_the_sandbox_is_tried_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert asyncio.run(run_task("reach", {}, inputs=[], output=None)) == {"reached": []}


WRAPPED = bubblewrap.find()
wrapped = pytest.mark.skipif(
    WRAPPED is None, reason="bubblewrap is not installed, or may not make namespaces here"
)


@wrapped
def test_bubblewrap_alone_leaves_a_task_its_files_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, listener: socket.socket
) -> None:
    monkeypatch.setattr(bubblewrap, "find", lambda: WRAPPED)
    bare = HIJACKED.replace("code = __main__", "__main__.confine = lambda order: None\ncode = __main__")
    monkeypatch.setattr(child, "_COMMAND", ("-I", "-c", bare))
    video, secret, output = tmp_path / "video", tmp_path / "secret", tmp_path / "output"
    video.write_bytes(b"video")
    secret.write_bytes(b"secret")
    output.mkdir()
    code = f"""
open({str(video)!r}).read()
open({str(output / "new")!r}, "w").write("new")
open({str(video)!r}, "a")
open({str(secret)!r})
socket.create_connection(("127.0.0.1", {listener.getsockname()[1]}))
os.kill({os.getpid()}, 0)
"""
    assert said(code, [video], output, output_bytes=MiB)[:2] == ["done"] * 2
    assert "done" not in said(code, [video], output, output_bytes=MiB)[2:]
    assert (output / "new").read_text() == "new"


@wrapped
def test_limits_and_ends_are_the_same_in_bubblewrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bubblewrap, "find", lambda: WRAPPED)
    assert run("found['pid'] = os.getpid()")["pid"] < 10  # a namespace of its own
    with pytest.raises(Refused, match="computing time"):
        run("while True: pass", cpu_s=1)
    with pytest.raises(Refused, match="memory"):
        run("bytearray(300 << 20)")
    with pytest.raises(Broken, match="SIGSEGV"):
        run("ctypes.string_at(0)")
    with pytest.raises(Broken, match="within"):
        run("time.sleep(1000)", wall_s=0.5)
    assert WRAPPED
    dies_with_its_starter(tmp_path, WRAPPED)
