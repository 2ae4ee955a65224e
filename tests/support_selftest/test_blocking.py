"""The detector of calls that block an event loop sees them in other processes, and leaves the rest alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.loop_watch.sitecustomize import VARIABLE

# Code of a module of Framecast: the detector knows it by its file.
PROGRAM = """
import asyncio, fcntl, socket, sys, threading, time, types
source = '''
import asyncio, fcntl, socket, threading, time
async def act():
    {action}
'''
module = types.ModuleType("module")
exec(compile(source, "/x/framecast/servers/module.py", "exec"), module.__dict__)
asyncio.run(module.act())
"""
WAITS = [
    "open('/etc/hostname').close()",
    "time.sleep(0)",
    "socket.getaddrinfo('127.0.0.1', 1)",
    "threading.Event().wait(0)",
    "here = socket.create_server(('127.0.0.1', 0)); socket.socket().connect(here.getsockname())",
]
DOES_NOT_WAIT = [
    "open('/proc/self/stat').close()",
    "await asyncio.to_thread(time.sleep, 0)",
    "await asyncio.sleep(0)",
    "await asyncio.get_running_loop().getaddrinfo('127.0.0.1', 1)",
]


def seen(folder: Path, program: str) -> str:
    subprocess.run(
        [sys.executable, "-P", "-W", "ignore", "-c", program],
        env=os.environ | {VARIABLE: str(folder)},
        check=True,
        timeout=60,
    )
    return "".join(path.read_text() for path in folder.iterdir())


@pytest.mark.parametrize("action", WAITS)
def test_call_that_waits_is_seen(tmp_path: Path, action: str) -> None:
    assert seen(tmp_path, PROGRAM.format(action=action)).startswith("servers/module.py:act calls ")


@pytest.mark.parametrize("action", DOES_NOT_WAIT)
def test_call_that_does_not_wait_is_left_alone(tmp_path: Path, action: str) -> None:
    assert seen(tmp_path, PROGRAM.format(action=action)) == ""


def test_without_a_loop_everybody_may_wait(tmp_path: Path) -> None:
    program = PROGRAM.replace(
        "asyncio.run(module.act())", "module.act().close(); open('/etc/hostname').close()"
    )
    assert seen(tmp_path, program.format(action=WAITS[0])) == ""
