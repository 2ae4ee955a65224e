"""What a source process may use at most, seen from inside one."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys

import pytest

CONFINED = """
import resource
from framecast.model import Source, StreamSpec
from framecast.sources import confine
confine(StreamSpec("camera", Source("rtsp://camera/1"), memory_limit_mb=64))
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CONFINED + code], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_runaway_runs_out_of_memory_alone() -> None:
    done = run("try:\n    bytearray(16 << 30)\nexcept MemoryError:\n    print('refused')")
    assert done.stdout.strip() == "refused", done.stderr


def test_there_are_no_core_dumps_and_no_new_privileges() -> None:
    done = run(
        "print(resource.getrlimit(resource.RLIMIT_CORE), 'NoNewPrivs:\\t1' in open('/proc/self/status').read())"
    )
    assert done.stdout.strip() == "(0, 0) True", done.stderr


def test_a_pool_still_fits() -> None:
    code = (
        "from framecast.bus.pool import Pool\npool = Pool('x', 64 << 20)\npool.grow(48 << 20)\nprint('fits')"
    )
    assert run(code).stdout.strip() == "fits"


def test_a_file_cannot_grow_without_end() -> None:
    done = run("import os\nfd = os.memfd_create('x')\nos.ftruncate(fd, 8 << 30)")
    assert done.returncode in (1, -signal.SIGXFSZ)


def test_this_process_is_not_confined() -> None:
    assert os.getpid()
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        pytest.skip("somebody else limits this process")
