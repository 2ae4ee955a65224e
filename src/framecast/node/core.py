"""What every node has, with servers or without: the forkserver, the directory of streams and node.sock, opened in order.

Closed in reverse: no new connections, then the streams end, then the process that they were forked from. Runs in the node's loop.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from framecast import log
from framecast.bus.channel import Fields
from framecast.node.catalog import Catalog
from framecast.node.checks import Checks
from framecast.node.control import Control, People
from framecast.node.directory import LocalDirectory
from framecast.node.forks import Forks, Parent
from framecast.node.listener import Listener
from framecast.node.producer import KILL_S
from framecast.node.saved import SavedStreams
from framecast.node.switchboard import Switchboard
from framecast.node.users import Users
from framecast.servers.access.links import Links

# Longer than the end of a source that must be killed.
STREAMS_S = KILL_S + 0.5
_MAX_DATAGRAM = 65536
_DATAGRAMS_AT_ONCE = 64


class Core:
    """The part of a node that streams and programs need. Open it in the loop that runs it."""

    def __init__(
        self,
        runtime_dir: Path,
        settings: log.LogSettings,
        *,
        saved: SavedStreams | None = None,
        socket_mode: int = 0o600,
        info: Callable[[], Fields] = dict,
        schema: Callable[[], Fields] | None = None,
        reload: Callable[[], Fields] | None = None,
        private: bool = False,
        parent: Parent | None = None,
        links: Links | None = None,
        admission: People | None = None,
        log_sink: LogSink | None = None,
    ) -> None:
        """`info` adds to the answer of the control request `info`; `schema` and `reload` answer the requests of these names.

        `log_sink` is closed with the core. `private`: the node belongs to one program, so a file's stream may wait for its reader. `parent` forks the forkserver, if there is
        one; its owner closes it.
        """
        self.log_sink = log_sink or LogSink()
        self.forks = Forks(log.relay_levels(settings), parent)
        if parent is not None:
            parent.log_fd = self.log_sink.fd
        self.forks.log_fd = self.log_sink.fd
        self.forks.start()
        control = Control(self._info, schema, reload, links=links, admission=admission)
        self.directory = LocalDirectory(self.forks, str(runtime_dir / "node.sock"))
        self.checks = Checks(self.forks)
        self.catalog = Catalog(self.directory, self.checks.check, saved, private=private)
        control.connect(self.directory, self.catalog)
        self.control = control
        control.check_video = self.forks.videos.check
        self.figures = control.figures
        self.topics = control.topics
        self._parent = parent
        self._extra_info = info
        self._started = time.time()
        switchboard = Switchboard(self.directory, control.serve, lambda: self.users, self.forks.has)
        self.users = Users(self.directory, switchboard.accept)
        control.users = self.users
        self._open = partial(Listener, runtime_dir, socket_mode, self.users.accept)
        self.listener: Listener | None = None

    def listen(self) -> Path:
        """Open node.sock, once everything is there that a client may ask for; return its path.

        Raises:
            Denied: it cannot be opened.
        """
        self.listener = self._open()
        return self.listener.path

    async def close(self) -> None:
        """End everything within six seconds; no process is left."""
        self.users.close()
        if self.listener is not None:
            self.listener.close()
        with suppress(TimeoutError):  # what is left then ends with the forkserver
            async with asyncio.timeout(STREAMS_S):
                await self.directory.close()
        await self.forks.close()
        self.log_sink.close()

    def _info(self) -> Fields:
        return {
            "version": _VERSION,
            "pid": os.getpid(),
            "uptime_s": round(time.time() - self._started, 3),
            "forkserver": self.forks.info(),
            **({} if self._parent is None else {"parent": self._parent.info()}),
            **self._extra_info(),
        }


class LogSink:
    """Takes the log records of child processes and writes them with the node's own."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ours.setblocking(False)
        asyncio.get_running_loop().add_reader(self._ours, self._take)

    @property
    def fd(self) -> int:
        """The socket that child processes inherit and send their records to."""
        return self._theirs.fileno()

    def close(self) -> None:
        """Write the remaining records and close. Idempotent."""
        if self._ours.fileno() < 0:
            return
        self._take()
        asyncio.get_running_loop().remove_reader(self._ours)
        self._ours.close()
        self._theirs.close()

    def _take(self) -> None:
        with suppress(BlockingIOError):
            for _ in range(_DATAGRAMS_AT_ONCE):
                log.emit_relayed(self._ours.recv(_MAX_DATAGRAM))


def _version() -> str:
    try:
        return version("framecast")
    except PackageNotFoundError:
        return "unknown"


_VERSION = _version()  # reads files: not in the loop
