"""What a process that parses media may still do: seen from inside one, and from inside the processes of a running node."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from framecast.model import Source, StreamSpec
from framecast.sandbox import landlock, seccomp
from framecast.sources import confinement
from tests.node.running import private_node
from tests.sources.running import PATIENCE_S
from tests.support.media_files import Clip

# A process that has imported everything, as the forkserver has, and forks one that is confined for each line.
ZYGOTE = """
import json, os, resource, socket, sys, traceback
from framecast import sources
from framecast.model import Source, StreamSpec
from framecast.sources import permitted

def says(act):
    try:
        act()
    except OSError as error:
        return error.strerror
    return "done"

def confined(job):
    sys.path += job["path"]
    permitted.program_folders.cache_clear()
    spec = StreamSpec("camera", Source(job["address"]), memory_limit_mb=64)
    level = sources.confine(spec, job["folders"], job["networks"], job["withheld"])
    exec(job["code"], {**globals(), "level": level})

for line in sys.stdin:
    reads, writes = os.pipe()
    pid = os.fork()
    if not pid:
        os.dup2(writes, 1)
        os.dup2(writes, 2)
        code = 1
        try:
            confined(json.loads(line))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    os.close(writes)
    with open(reads) as said:
        text = said.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(json.dumps({"status": status, "said": text.splitlines()}), flush=True)
"""


class Zygote:
    """Runs code in a process that is confined for an address."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", ZYGOTE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pid = self._process.pid

    def run(
        self, code: str, address: str = "rtsp://camera.example/1", **options: Any
    ) -> tuple[int, list[str]]:
        """Return the exit status, and the lines that it has printed. Options: `folders`, `networks`, `withheld`, `path` (of modules)."""
        job: dict[str, Any] = {
            "folders": None,
            "networks": None,
            "withheld": [],
            "path": [],
            "address": address,
            "code": code,
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(job | options) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer["status"], answer["said"]

    def printed(self, code: str, address: str = "rtsp://camera.example/1", **options: Any) -> list[str]:
        """Return the lines; the exit status must be 0."""
        status, said = self.run(code, address, **options)
        assert status == 0, "\n".join(said)
        return said

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    found = Zygote()
    yield found
    found.close()


def test_a_runaway_runs_out_of_memory_alone(zygote: Zygote) -> None:
    code = "try:\n    bytearray(16 << 30)\nexcept MemoryError:\n    print('refused')"
    assert zygote.printed(code) == ["refused"]


def test_there_are_no_core_dumps_and_no_new_privileges(zygote: Zygote) -> None:
    code = "print(resource.getrlimit(resource.RLIMIT_CORE), 'NoNewPrivs:\\t1' in open('/proc/self/status').read())"
    assert zygote.printed(code) == ["(0, 0) True"]


def test_a_pool_still_fits(zygote: Zygote) -> None:
    code = (
        "from framecast.bus.pool import Pool\npool = Pool('x', 64 << 20)\npool.grow(48 << 20)\nprint('fits')"
    )
    assert zygote.printed(code) == ["fits"]


def test_a_file_cannot_grow_without_end(zygote: Zygote) -> None:
    status, _ = zygote.run("fd = os.memfd_create('x')\nos.ftruncate(fd, 8 << 30)")
    assert status in (1, -signal.SIGXFSZ)


def test_this_process_is_not_confined() -> None:
    assert os.getpid()
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        pytest.skip("somebody else limits this process")


# --- files

files_close = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
calls_close = pytest.mark.skipif(not seccomp.is_known(), reason="no seccomp filter for this machine")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A node's data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("streams.json", "links.json", "framecast.db", "secret.key"):
        (folder / name).write_text("secret")
    return folder


@files_close
def test_the_data_of_the_node_is_closed_and_nothing_can_be_written(zygote: Zygote, data: Path) -> None:
    code = f"""
for name in ("streams.json", "links.json", "framecast.db", "secret.key"):
    print(says(lambda: open({str(data)!r} + "/" + name).read()))
print(says(lambda: os.listdir({str(data)!r})))
print(says(lambda: open({str(data)!r} + "/new", "w")))
print(says(lambda: os.unlink({str(data)!r} + "/secret.key")))
print(says(lambda: os.truncate({str(data)!r} + "/secret.key", 0)))
print(says(lambda: open(os.path.expanduser("~/.ssh-key-of-nobody"), "w")))
print(says(lambda: open("/proc/{os.getpid()}/environ").read()))
print(says(lambda: open("/dev/null", "w").write("x")))
print(says(lambda: open("/proc/self/status").read()))
"""
    *closed, null, own = zygote.printed(code)
    assert closed == ["Permission denied"] * 10
    assert (null, own) == ("done", "done")
    assert sorted(path.read_text() for path in data.iterdir()) == ["secret"] * 4


@files_close
def test_a_file_that_is_played_is_read_with_its_folder_and_nothing_beside_it(
    zygote: Zygote, data: Path, tmp_path: Path
) -> None:
    videos = tmp_path / "videos"
    videos.mkdir()
    clip = videos / "clip.mp4"
    clip.write_bytes(b"x")
    code = f"""
print(says(lambda: open({str(clip)!r}).read()))
print(says(lambda: open({str(clip)!r}, "a")))
print(says(lambda: os.listdir({str(videos)!r})))
print(says(lambda: os.listdir({str(tmp_path)!r})))
print(says(lambda: open({str(data / "secret.key")!r}).read()))
"""
    assert zygote.printed(code, address=str(clip)) == [
        "done",
        "Permission denied",
        "done",
        *["Permission denied"] * 2,
    ]
    # A file in the data folder itself, such as an upload: that file alone.
    upload = data / "clip.mp4"
    upload.write_bytes(b"x")
    code = f"""
print(says(lambda: open({str(upload)!r}).read()))
print(says(lambda: open({str(data / "secret.key")!r}).read()))
"""
    assert zygote.printed(code, address=str(upload), withheld=[str(data)]) == ["done", "Permission denied"]
    # A stranger's file: held by its descriptor, without its folder.
    code = f"""
from framecast.sources import beneath
from pathlib import Path
with beneath.hold(beneath.find(Path("clip.mp4"), [{str(videos)!r}]), "clip.mp4") as fd:
    print(says(lambda: open(f"/proc/self/fd/{{fd}}").read()))
print(says(lambda: os.listdir({str(videos)!r})))
"""
    assert zygote.printed(code, address="clip.mp4", folders=[str(videos)]) == ["done", "Permission denied"]


@files_close
def test_a_withheld_folder_is_closed_even_beneath_one_that_is_needed(
    zygote: Zygote, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "module.py").touch()
    code = f"""
print(says(lambda: open({str(tmp_path / "library" / "module.py")!r}).read()))
print(says(lambda: open({str(data / "secret.key")!r}).read()))
"""
    found = zygote.printed(code, address="pattern:", path=[str(tmp_path)], withheld=[str(data)])
    assert found == ["done", "Permission denied"]


@files_close
def test_what_a_source_needs_later_is_still_there(zygote: Zygote, tmp_path: Path) -> None:
    key = tmp_path / "keys" / "server.key.pub"
    key.parent.mkdir()
    key.write_text("key")
    code = f"""
import framecast.peer.peer, encodings.idna, ssl
print(says(lambda: socket.getaddrinfo("localhost", 80)))
print(says(lambda: ssl.create_default_context()))
print(says(lambda: open({str(key)!r}).read()))
print(says(lambda: os.listdir({str(key.parent)!r})))
"""
    address = f"zmq://camera.example/x?server_key_file={key}"
    assert zygote.printed(code, address=address) == ["done", "done", "done", "Permission denied"]


# --- system calls


@calls_close
def test_no_program_and_no_other_process_can_be_reached(zygote: Zygote) -> None:
    code = """
import ctypes, signal, subprocess, threading
call = ctypes.CDLL(None, use_errno=True).syscall
def raw(*numbers):
    return "done" if call(*numbers) >= 0 else os.strerror(ctypes.get_errno())
print(says(lambda: os.execv("/bin/true", ["true"])))
print(says(lambda: subprocess.run(["/bin/true"])))
print(says(lambda: os.posix_spawn("/bin/true", ["true"], {})))
print(says(os.fork))
print(says(lambda: os.kill(os.getppid(), 0)))
print(says(lambda: os.pidfd_open(os.getppid())))
print(says(lambda: socket.socket(socket.AF_UNIX)))
print(says(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)))
print(says(lambda: socket.socket(38, socket.SOCK_SEQPACKET)))
ptrace = {"x86_64": 101, "aarch64": 117}[os.uname().machine]
print(raw(ptrace, 16, os.getppid(), 0, 0))
print(raw(425, 1, 0))  # io_uring_setup
print(raw(272 if os.uname().machine == "x86_64" else 97, 0x10000000))  # unshare(CLONE_NEWUSER)
thread = threading.Thread(target=lambda: print("a thread"))
thread.start()
thread.join()
print(says(lambda: os.kill(os.getpid(), 0)))
print(says(lambda: socket.socketpair()))
print(says(lambda: socket.socket(socket.AF_INET6)))
print(level.is_full)
"""
    found = zygote.printed(code)
    assert found[:12] == ["Operation not permitted"] * 12
    assert found[12:16] == ["a thread", "done", "done", "done"]


@calls_close
def test_only_the_owners_local_names_may_be_asked_for_by_a_socket_of_this_machine(zygote: Zygote) -> None:
    code = "print(says(lambda: socket.socket(socket.AF_UNIX)))"
    refused = ["Operation not permitted"]
    assert zygote.printed(code, address="rtsp://camera.local/x") == ["done"]
    assert zygote.printed(code, address="rtsp://camera.local/x", folders=[], networks=["any"]) == refused
    assert zygote.printed(code, address="rtsp://10.0.0.1/x") == refused
    assert zygote.printed(code, address="pattern:") == refused


@pytest.mark.parametrize(
    ("address", "is_local"),
    [
        ("rtsp://camera.local/x", True),
        ("rtsp://CAMERA.LOCAL.:554/x", True),
        ("http://nas/x.mp4", True),
        ("rtsp://camera.example/x", False),
        ("rtsp://10.0.0.1/x", False),
        ("rtsp://[fe80::1]/x", False),
        ("clip.mp4", False),
        ("pattern:", False),
        ("rtsp:///x", False),
    ],
)
def test_which_names_are_not_in_dns(address: str, is_local: bool) -> None:
    assert confinement.has_local_name(StreamSpec("x", Source(address))) is is_local


# --- a running node


@files_close
@calls_close
def test_every_process_of_a_node_that_parses_media_is_confined() -> None:
    with private_node() as node:
        node.put("clip", str(Clip(size=(320, 240)).path()))
        node.subscribe("clip", "frames/bgr").read(PATIENCE_S)
        jobs = [child for child in node.forkserver.children() if child.name().startswith("fc:")]
        assert len(jobs) == 2  # the source, and the rendition
        for job in jobs:
            status = Path(f"/proc/{job.pid}/status").read_text()
            assert "Seccomp:\t2" in status
            assert "NoNewPrivs:\t1" in status
