"""A real node with everything that belongs to it, and what it takes: processes, descriptors, threads, memory."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil

from framecast.client.node_client import NodeClient, Status
from framecast.model import State
from tests.cli.running import ALL, Node
from tests.support.waiting import until

T = TypeVar("T")

PATIENCE_S = 60.0
_MEMFD = re.compile(r"memfd:framecast:([^/]+)/\S+")


@dataclass(frozen=True, slots=True)
class Footprint:
    """What the node's processes take together."""

    processes: int
    descriptors: int
    threads: int
    own_bytes: int


class House(Node):
    """`framecast serve`, a client of it, and a list of every process that ever was below it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        super().__init__(folder, *arguments, servers=ALL)
        self.runtime = folder / "run"
        self.client = NodeClient(self.runtime)
        self.ever: dict[int, psutil.Process] = {}
        # What it takes is compared later: it counts from when its servers have started and met the node.
        with urlopen(f"{self.url}api/streams", timeout=PATIENCE_S) as answer:
            answer.read()
        self.servers = set(self.client.info()["servers"])
        until(lambda: set(self.client.request({"op": "figures"})["servers"]) >= self.servers - {"web"})

    def processes(self, name: str = "") -> list[psutil.Process]:
        """Return the node and all below it, or those whose name is `name`."""
        mother = psutil.Process(self.process.pid)
        found = [mother, *mother.children(recursive=True)]
        self.ever |= {process.pid: process for process in found}
        return [process for process in found if not name or comm(process.pid) == name]

    def source(self, stream: str) -> int:
        """Return the process that writes a stream, as soon as there is one."""
        return int(until(lambda: [one.pid for one in self.processes(f"fc:{stream}"[:15])])[0])

    def rendition(self, stream: str, recipe: str) -> int:
        """Return the process that makes a rendition of a stream, as soon as there is one."""
        return int(until(lambda: [one.pid for one in self.processes(f"fc:{recipe}:{stream}"[:15])])[0])

    def connect(self) -> socket.socket:
        """Return a connection to the web server."""
        parts = urlsplit(self.url)
        return socket.create_connection((parts.hostname or "", parts.port or 0), PATIENCE_S)

    def state(self, stream: str) -> Status:
        """Return what the node says about a stream."""
        return self.client.stream(stream)

    def wait_for_state(self, stream: str, *states: State, timeout_s: float = PATIENCE_S) -> Status:
        """Return the status as soon as it is one of `states`."""
        until(lambda: self.state(stream).state in states, limit_s=timeout_s)
        return self.state(stream)

    def footprint(self) -> Footprint:
        """Measure now."""
        processes = self.processes()
        return Footprint(
            len(processes),
            sum(len(descriptors(process.pid)) for process in processes),
            sum(thread_count(process.pid) for process in processes),
            sum(own_bytes(process.pid) for process in processes),
        )

    def at_rest(self) -> Footprint:
        """Measure when nothing runs any more but the node, its parent, forkserver and servers: no check of an address either."""
        until(lambda: len(self.processes()) == 3 + len(self.servers))
        return self.footprint()

    def leftovers(self) -> list[str]:
        """Return the processes that have ever been here and still are."""
        return [
            str(process) for process in self.ever.values() if process.is_running() and not is_zombie(process)
        ]

    def __exit__(self, *exc: object) -> None:
        self.client.close()
        with suppress(psutil.NoSuchProcess):
            self.processes()
        super().__exit__(*exc)
        until(lambda: not self.leftovers())


def comm(pid: int) -> str:
    """The name of a process's main thread, '' where it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def is_zombie(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    return True


def descriptors(pid: int) -> list[str]:
    """What the descriptors of a process are."""
    folder, found = Path(f"/proc/{pid}/fd"), []
    with suppress(OSError):
        for fd in folder.iterdir():
            with suppress(OSError):
                found.append(os.readlink(fd))
    return found


def thread_count(pid: int) -> int:
    with suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/task"))
    return 0


def pss_bytes(pid: int) -> int:
    """Proportional share of memory of a process, 0 where it is gone."""
    return sum(_shares(pid, "Pss"))


def own_bytes(pid: int) -> int:
    """The part of it that no file on a disk stands behind, shared memory included.

    The share in a library's pages says more about others: it grows when some other program ends that has the library loaded, too.
    """
    return sum(_shares(pid, "Pss_Anon", "Pss_Shmem"))


def _shares(pid: int, *names: str) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return []
    sizes = dict(re.findall(r"^(Pss\w*):\s+(\d+) kB", text, re.MULTILINE))
    return [int(sizes[name]) * 1024 for name in names] if sizes else []


def pools(stream: str) -> list[str]:
    """Every pool of a stream that any process of this machine maps or has open."""
    return [f"{pid} {name}" for pid, name in _memfds() if name == stream]


def _memfds() -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        texts = descriptors(int(folder.name))
        with suppress(OSError):
            texts.append((folder / "maps").read_text())
        for text in texts:
            for match in _MEMFD.finditer(text):
                yield int(folder.name), match.group(1)
