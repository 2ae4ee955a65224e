"""The socket file of the gRPC server for programs of this machine: `grpc.sock` in the runtime folder.

gRPC binds a file of this process, `grpc.PID`, and the well-known name is a link to it, replaced at once: a server that ends never takes away the file
of the one that follows it. What killed servers left behind is removed.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from pathlib import Path

import grpc

from framecast.bus.runtime import GRPC_NAME
from framecast.errors import Broken
from framecast.model import number

log = logging.getLogger("framecast.grpc")

_LONGEST = 107  # of a path in sockaddr_un (unix(7))


class LocalSocket:
    """Opened by `bind`, before the server starts. With `mode` the rights of the file."""

    def __init__(self, folder: Path, mode: int) -> None:
        self.path = folder.absolute() / f"grpc.{os.getpid()}"
        self._name = folder / GRPC_NAME
        self._mode = mode

    async def bind(self, server: grpc.aio.Server) -> None:
        """Have `server` listen there. If that fails, the log says why, and only the network is served."""
        try:
            await self._bind(server)
        except Broken as error:
            log.warning("programs of this machine do not reach rooms: %s", error)

    async def _bind(self, server: grpc.aio.Server) -> None:
        if len(os.fsencode(self.path)) > _LONGEST:
            raise Broken(f"the path of a socket may have {_LONGEST} bytes, and {self.path} has more")
        try:
            await asyncio.to_thread(self._remove_left)
            before = os.umask(0o177)  # nobody may connect before the rights are right
            try:
                is_open = server.add_insecure_port(f"unix:{self.path}")
            finally:
                os.umask(before)
            if not is_open:
                raise Broken(f"{self.path} cannot be opened for gRPC")
            await asyncio.to_thread(self._publish)
        except (RuntimeError, OSError) as error:
            raise Broken(f"{self.path} cannot be opened for gRPC: {error}") from error

    async def close(self) -> None:
        """Remove the name, if it is still this server's. Idempotent."""
        await asyncio.to_thread(self._remove)

    def _publish(self) -> None:
        self.path.chmod(self._mode)
        fresh = self._name.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self.path.name)
        fresh.rename(self._name)

    def _remove(self) -> None:
        with suppress(OSError):
            if self._name.readlink().name == self.path.name:
                self._name.unlink()
        self.path.unlink(missing_ok=True)

    def _remove_left(self) -> None:
        for path in self._name.parent.glob("grpc.*"):
            pid = path.suffix[1:]
            if number.is_digits(pid, 10) and not Path(f"/proc/{pid}").exists():
                path.unlink(missing_ok=True)
