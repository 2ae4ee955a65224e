"""The process that the forkserver and the servers are forked from: what it shares, and that its death ends none of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from framecast.bus import Subscriber
from tests.node.running import RunningNode, folder, gone, read, served
from tests.support.waiting import until

NUMBERS = "numbers:?period=0.02"
TOKEN = "a-token-that-nobody-else-has-3141592653"
SERVERS = {"web", "grpc", "zmq"}
MODULES = {  # what `ps` shows
    "parent": "framecast.node.parent",
    "forkserver": "framecast.node.forkserver",
    "web": "framecast.servers.web",
    "grpc": "framecast.servers.rpc",
    "zmq": "framecast.servers.zmq",
}
ON = {
    f"FRAMECAST_{name}__{key}": value
    for name in ("GRPC", "ZMQ")
    for key, value in (("ENABLED", "true"), ("PORT", "0"))
}
# A source whose check fails in a way that nobody expected: its traceback goes to the node's log.
FAILING = """
import sys
if "framecast.node.parent" in sys.orig_argv:
    from framecast import sources
    real = sources.check
    def check(spec, *rest):
        if "seed=666" in spec.source.reveal():
            raise RuntimeError("a check of an address failed")
        real(spec, *rest)
    sources.check = check
"""
LOADED = """
import os, sys
from importlib import import_module
import_module(sys.argv[1])
print(len(os.listdir("/proc/self/task")), *sorted({name.partition(".")[0] for name in sys.modules}))
"""
# What no process that is forked needs. Each of them costs megabytes in every server, or starts threads.
NEVER = {
    "structlog",
    "rich",
    "typer",
    "pygments",
    "dotenv",
    "pydantic_settings",
    "yaml",
    "pygame",
    "httpx",
    "imagezmq",
}
WEB = {"fastapi", "starlette", "uvicorn", "pydantic", "prometheus_client"}
MEDIA = {"av", "cv2", "simplejpeg"}  # imported for the first job, viewer or picture
RPC = {"grpc", "grpc_health", "grpc_reflection", "google"}


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with folder() as path:
        (path / "token").write_text(TOKEN)
        (path / "sitecustomize.py").write_text(FAILING)
        yield path


@pytest.fixture(scope="module")
def node(place: Path) -> Iterator[RunningNode]:
    found = os.pathsep.join(filter(None, (str(place), os.environ.get("PYTHONPATH", ""))))
    variables = {**ON, "PYTHONPATH": found, "FRAMECAST_ACCESS_TOKEN_FILE": str(place / "token")}
    with served(place, f"numbers={NUMBERS}", **variables) as node:
        until(lambda: all(pids(node).values()) and answers(node), "all parts of the node")
        yield node


def pids(node: RunningNode) -> dict[str, int]:
    info = node.client.info()
    parts = {name: info[name] for name in ("parent", "forkserver")} | info["servers"]
    return {name: part["pid"] for name, part in parts.items()}


def answers(node: RunningNode) -> bool:
    info = node.client.info()
    return all(part["answers"] for part in (info["parent"], info["forkserver"], *info["servers"].values()))


def sockets(pid: int) -> set[str]:
    folder = Path(f"/proc/{pid}/fd")
    return {target for fd in folder.iterdir() if (target := os.readlink(fd)).startswith("socket:")}


def holds(pid: int, text: bytes) -> bool:
    """Return whether a text is somewhere in the memory that a process may write to."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            begin, end, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()  # type: ignore[union-attr]
            if rights.startswith("rw") and "[v" not in line:
                memory.seek(int(begin, 16))
                if text in memory.read(int(end, 16) - int(begin, 16)):
                    return True
    return False


def test_parts_are_forked_from_one_process_that_has_one_thread(node: RunningNode) -> None:
    found = pids(node)
    parent = psutil.Process(found["parent"])
    assert parent.num_threads() == 1
    assert {child.pid: child.name() for child in parent.children()} == {
        found["forkserver"]: "fc-forkserver",
        found["web"]: "fc-web",
        found["grpc"]: "fc-grpc",
        found["zmq"]: "fc-zmq",
    }
    for name, module in MODULES.items():
        assert psutil.Process(found[name]).cmdline()[1:4] == ["-P", "-m", module]
    for name in ("parent", "forkserver", *SERVERS):
        assert os.getsid(found[name]) == found[name], "a signal of the terminal reaches the node alone"


def test_servers_have_only_descriptors_of_their_own(node: RunningNode) -> None:
    found = pids(node)
    log = set.intersection(*(sockets(found[name]) for name in ("parent", "forkserver", *SERVERS)))
    assert len(log) == 1, "all of them, and they alone, send records to one socket of the node"
    for name in SERVERS:
        others = set.union(*(sockets(found[other]) for other in found if other != name))
        assert sockets(found[name]) & others == log
        numbers = [os.readlink(fd) for fd in Path(f"/proc/{found[name]}/fd").iterdir()]
        assert not [target for target in numbers if "pidfd" in target]


def test_settings_of_a_server_never_are_in_the_parent(node: RunningNode) -> None:
    found = pids(node)
    assert holds(found["web"], TOKEN.encode())
    assert not holds(found["parent"], TOKEN.encode())
    assert not holds(found["forkserver"], TOKEN.encode())


def test_records_of_a_forked_process_are_in_the_log(node: RunningNode, place: Path) -> None:
    with pytest.raises(Exception, match="could not be checked"):
        node.put("failing", "numbers:?seed=666")
    log = (place / "log").read_text()
    assert "an address could not be checked" in log
    assert "a check of an address failed" in log


def test_server_that_is_killed_is_forked_again(node: RunningNode, place: Path) -> None:
    before = pids(node)
    psutil.Process(before["zmq"]).kill()
    after = until(lambda: (now := pids(node))["zmq"] not in (0, before["zmq"]) and now, "another server")
    assert {**after, "zmq": 0} == {**before, "zmq": 0}
    assert "a server died and is started again name=zmq how=killed by SIGKILL" in (place / "log").read_text()


def test_death_of_the_parent_ends_nothing(node: RunningNode, place: Path) -> None:
    reader = node.subscribe("numbers")
    first = read(reader).info.epoch
    before = pids(node)
    psutil.Process(before["parent"]).kill()
    until(lambda: not node.client.info()["parent"]["pid"], "the node knows that")
    assert before == {**pids(node), "parent": before["parent"]}
    _read_on(reader, first)
    node.put("more", NUMBERS)
    read(node.subscribe("more"))  # the forkserver works alone

    psutil.Process(before["grpc"]).kill()  # whose status only the dead parent would have got
    after = until(lambda: (now := pids(node))["grpc"] not in (0, before["grpc"]) and now, "another server")
    assert {**after, "grpc": 0, "parent": 0} == {**before, "grpc": 0, "parent": 0}
    assert node.client.info()["parent"]["restarts"] == 1
    assert psutil.Process(after["grpc"]).ppid() == after["parent"]
    _read_on(reader, first)

    psutil.Process(after["forkserver"]).kill()
    until(lambda: pids(node)["forkserver"] not in (0, after["forkserver"]), "another forkserver")
    assert psutil.Process(pids(node)["forkserver"]).ppid() == after["parent"]
    while read(reader).info.epoch == first:
        pass


def test_media_libraries_are_loaded_by_the_first_job_that_needs_them(place: Path) -> None:
    with folder() as other, served(other, f"numbers={NUMBERS}") as node:
        until(lambda: answers(node), "all parts of the node")
        read(node.subscribe("numbers"))
        found = pids(node)
        assert has_mapped(found["forkserver"], "libavcodec")
        assert not has_mapped(found["forkserver"], "cv2.abi3")
        assert not any(has_mapped(found[name], "libavcodec") for name in ("parent", "web"))
        node.put("drawn", "pattern:?size=160x120")
        read(node.subscribe("drawn", "frames"))
        assert has_mapped(found["forkserver"], "cv2.abi3"), "sources that draw share it"


def has_mapped(pid: int, library: str) -> bool:
    """Return whether a process has loaded a library."""
    return library in Path(f"/proc/{pid}/maps").read_text()


def _read_on(reader: Subscriber, epoch: int) -> None:
    for _ in range(5):
        assert read(reader).info.epoch == epoch


def test_death_of_the_node_ends_everything_even_without_the_parent(place: Path) -> None:
    with folder() as other, served(other, **ON) as node:
        found = until(lambda: answers(node) and pids(node), "all parts of the node")
        everything = [psutil.Process(pid) for pid in found.values()]
        psutil.Process(found["parent"]).kill()
        until(lambda: not node.client.info()["parent"]["pid"], "the node knows that")
        node.process.kill()
        gone(everything)


@pytest.mark.parametrize(
    ("module", "needed", "not_needed"),
    [
        ("framecast.node.parent", set(), NEVER | WEB | RPC | MEDIA | {"numpy"}),
        ("framecast.node.forkserver", set(), NEVER | WEB | RPC | MEDIA | {"numpy"}),
        ("framecast.worker", MEDIA - {"cv2"}, NEVER | WEB | RPC | {"cv2"}),
        ("framecast.servers.web.__main__", WEB, NEVER | RPC | MEDIA | {"zmq"}),
        ("framecast.servers.rpc.__main__", RPC, NEVER | WEB | MEDIA | {"zmq"}),
        ("framecast.servers.zmq.__main__", {"nacl"}, NEVER | WEB | RPC | MEDIA | {"zmq"}),
    ],
)
def test_nothing_is_imported_that_is_not_needed(module: str, needed: set[str], not_needed: set[str]) -> None:
    variables = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LOADED, module], capture_output=True, text=True, check=True, env=variables
    )
    threads, *modules = done.stdout.split()
    assert needed <= set(modules)
    assert not_needed & set(modules) == set()
    assert threads == "1", "what has threads cannot be forked"


@pytest.mark.parametrize("module", ["framecast.node.node", "framecast.cli.app"])
def test_node_itself_imports_no_media(module: str) -> None:
    done = subprocess.run([sys.executable, "-c", LOADED, module], capture_output=True, text=True, check=True)
    _, *modules = done.stdout.split()
    assert "framecast" in modules
    assert (MEDIA | RPC | {"numpy", "fastapi", "uvicorn"}) & set(modules) == set()
