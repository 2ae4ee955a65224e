"""Reports calls that block an event loop. In tests every Python process loads this at its start, by PYTHONPATH.

An audit hook looks at calls that may wait for a disk, a network, another process or time, in threads whose event loop runs.
The time that they take does not matter: under load everything takes long. What Framecast's own code calls is written,
once a process and place, into the folder that `LOOP_WATCH_FOLDER` names; `tests/support/blocking.py` reads it.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

VARIABLE = "LOOP_WATCH_FOLDER"
_PACKAGE = f"{os.sep}framecast{os.sep}"
_LOOP = f"{os.sep}asyncio{os.sep}"
_TESTS = f"{os.sep}tests{os.sep}"
# Memory of the kernel, no files on a disk.
_MEMORY = ("/proc/", "/sys/", "/dev/")
_FILES = frozenset(
    (
        *(
            "open",
            "os.listdir",
            "os.scandir",
            "os.remove",
            "os.rename",
            "os.mkdir",
            "os.rmdir",
            "os.truncate",
        ),
        *("os.link", "os.symlink", "os.chmod", "os.chown", "shutil.copyfile", "shutil.rmtree", "glob.glob"),
    )
)
_OTHERS = frozenset(
    (
        *("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"),
        *("socket.connect", "subprocess.Popen", "os.system", "os.posix_spawn", "os.exec"),
        *("fcntl.flock", "fcntl.lockf"),
    )
)
_WATCHED = _FILES | _OTHERS
_LOCK_NB, _AF_UNIX = 4, 1
_ASYNC = 0x80 | 0x200  # CO_COROUTINE | CO_ASYNC_GENERATOR
_DEPTH = 14
# (file, function) of the standard library: what happens inside of it is short, or happens once in a process.
_SHORT = {("linecache.py", "updatecache"), ("threading.py", "start"), ("thread.py", "_adjust_thread_count")}

_seen: set[tuple[str, str]] = set()
_busy = threading.local()


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _WATCHED and _on_a_loop() and _blocks(event, arguments):
        _report(event, arguments)


def _on_a_loop() -> bool:
    asyncio: Any = sys.modules.get("_asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None


def _blocks(event: str, arguments: tuple[Any, ...]) -> bool:
    if event in _FILES:
        path = arguments[0]
        if isinstance(path, int):  # a descriptor that is open already
            return False
        return not os.fsdecode(path).startswith(_MEMORY)
    if event in ("fcntl.flock", "fcntl.lockf"):
        return not arguments[1] & _LOCK_NB
    if event == "socket.connect":
        sock = arguments[0]  # a local one waits only where the listener's backlog is full
        return bool(sock.gettimeout() != 0 and sock.family != _AF_UNIX)
    return True


def _report(event: str, arguments: tuple[Any, ...]) -> None:
    if getattr(_busy, "now", False):
        return
    _busy.now = True
    try:
        frame = sys._getframe(2)
        place = _culprit(frame)
        if place and (event, place) not in _seen:
            _seen.add((event, place))
            _write(f"{place} calls {event}{arguments!r:.150} on an event loop", frame)
    finally:
        _busy.now = False


def _culprit(frame: FrameType | None) -> str:
    """Return the function of Framecast that called; "" where a coroutine of a program called it, or an import does.

    A loop that is not on this stack runs in another greenlet: Playwright's.
    """
    place, in_loop = "", False
    while frame is not None:
        name = frame.f_code.co_filename
        in_loop = in_loop or _LOOP in name
        if (os.path.basename(name), frame.f_code.co_name) in _SHORT or name.startswith("<frozen importlib"):
            return ""
        is_ours = _PACKAGE in name and "site-packages" not in name and _TESTS not in name
        if is_ours and not place:
            place = f"{name.rpartition(_PACKAGE)[2]}:{frame.f_code.co_name}"
        if frame.f_code.co_flags & _ASYNC and (is_ours or _TESTS in name):
            return place if is_ours else ""
        frame = frame.f_back
    return place if in_loop else ""


def _write(sentence: str, frame: FrameType | None) -> None:
    stack: list[str] = []
    while frame is not None and len(stack) < _DEPTH:
        stack.append(f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}")
        frame = frame.f_back
    line = " ".join(f"{sentence} [{' < '.join(stack)}]".split())
    path = os.path.join(os.environ[VARIABLE], str(os.getpid()))
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, line.encode(errors="replace") + b"\n")
    os.close(file)


def _reporting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that waits, and reports that first."""

    def call(*arguments: Any, **named: Any) -> Any:
        if _on_a_loop():
            _report(name, ())
        return function(*arguments, **named)

    return call


if os.environ.get(VARIABLE):
    sys.addaudithook(_hook)
    for _owner, _name in ((time, "sleep"), (threading.Condition, "wait")):
        setattr(_owner, _name, _reporting(_name, getattr(_owner, _name)))
