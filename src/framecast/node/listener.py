"""node.sock: the one well-known socket of a runtime folder, and the lock that keeps a second node out of it.

The process holds the lock, so a killed node leaves nothing that stops a new one: its socket is replaced. If descriptors run out,
accepting pauses, but the node goes on. Runs in the node's loop.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import socket
import stat
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import IO

from framecast.bus import Channel
from framecast.bus.runtime import node_socket
from framecast.errors import Conflict, Denied
from framecast.log import get_logger
from framecast.node.connection import Connection

_BACKLOG = 512
_ACCEPT_AT_ONCE = 32
_PAUSE_S = 0.5
_SHARED = 0o077  # any of these bits in the socket's mode: the mode decides who may connect, not the user's id

log = get_logger(__name__)


class Lock:
    """The right to serve a runtime folder, which is created if it does not exist.

    A new folder is accessible to those who may use the socket by `socket_mode`, and to nobody else.
    """

    def __init__(self, folder: Path, socket_mode: int = 0o600) -> None:
        """Acquire the lock.

        Raises:
            Conflict: another node holds it; the message names its process.
            Denied: the folder cannot be used.
        """
        try:
            _make_folder(folder, socket_mode)
            node_socket(folder)  # checks whose folder it is
            self._file: IO[str] = (folder / "node.lock").open("a+")
        except OSError as error:
            raise Denied(f"the runtime folder {folder} cannot be used: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.seek(0)
            pid = self._file.read(20).strip()
            self._file.close()
            raise Conflict(
                f"a node is already running in {folder} (process {pid or 'unknown'}): 'framecast streams' shows its streams, "
                f"'framecast add' adds one; end it{f' (kill {pid})' if pid else ''}, or set FRAMECAST_RUNTIME_DIR to another "
                "folder for a second node"
            ) from error
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def close(self) -> None:
        """Release the lock. The file stays: if it were removed, two nodes could lock two files of the same name."""
        self._file.close()


def _make_folder(folder: Path, socket_mode: int) -> None:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        mode = folder.lstat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise Denied(
                f"every user may write to the runtime folder {folder}: run chmod o-w {folder}"
            ) from None
        return
    # A user of the socket must be able to reach it: the right to enter the folder, not to list it.
    passing = (0o010 if socket_mode & 0o060 else 0) | (0o001 if socket_mode & 0o006 else 0)
    folder.chmod(0o700 | passing)


class Listener:
    """Accepts connections at node.sock while it is open; the caller holds the folder's lock."""

    def __init__(self, folder: Path, mode: int, on_connection: Callable[[Connection], None]) -> None:
        self.path = node_socket(folder)
        self._mode = mode
        self._on_connection = on_connection
        self._connections: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._loop = asyncio.get_running_loop()
        self._socket = _bind(self.path, mode)
        self._loop.add_reader(self._socket, self._accept)
        self._resume: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Remove the socket and end every connection that came through it."""
        self._loop.remove_reader(self._socket)
        if self._resume is not None:
            self._resume.cancel()
        self.path.unlink(missing_ok=True)
        self._socket.close()
        for connection in tuple(self._connections):
            connection.close()

    def _accept(self) -> None:
        for _ in range(_ACCEPT_AT_ONCE):
            try:
                sock, _ = self._socket.accept()
            except BlockingIOError:
                return
            except OSError as error:
                self._pause(error)
                return
            self._admit(sock)

    def _admit(self, sock: socket.socket) -> None:
        connection = Connection(Channel(sock))
        _, uid, _ = connection.credentials()
        if uid not in (os.getuid(), 0) and not self._mode & _SHARED:
            connection.refuse(Denied(f"this node serves only its own user, not user {uid}"))
            return
        self._connections.add(connection)
        self._on_connection(connection)

    def _pause(self, error: OSError) -> None:
        """Stop accepting for a moment: without descriptors the connection stays in the backlog, and the loop would spin."""
        if error.errno in (errno.ECONNABORTED, errno.EINTR):
            return
        log.error("connections cannot be accepted at the moment", why=error.strerror)
        self._loop.remove_reader(self._socket)
        self._resume = self._loop.call_later(_PAUSE_S, self._loop.add_reader, self._socket, self._accept)


def _bind(path: Path, mode: int) -> socket.socket:
    """Bind beside the final path and rename: nobody sees a socket that does not listen yet or has other rights."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        sock.bind(str(fresh))
        fresh.chmod(mode)
        sock.listen(_BACKLOG)
        fresh.rename(path)
    except OSError as error:
        sock.close()
        raise Denied(f"{path} cannot be opened: {error.strerror or error}") from error
    return sock
