"""How the process of every server begins and ends: settings from stdin, then serving until the node or a signal ends it.

    python -m framecast.servers.web < settings.json

Nothing secret stands in arguments or the environment. Log records go to the node, if it gave a socket for them. `ps` shows
the servers as `fc-web`, `fc-grpc` and `fc-zmq`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from framecast import log as log_settings
from framecast import process
from framecast.errors import FramecastError
from framecast.servers.settings import Settings, read

MAX_SETTINGS_BYTES = 1 << 20

S = TypeVar("S", bound=Settings)


class Lifeline:
    """Tells a server when to end: at SIGTERM, at SIGINT, and when stdin ends because the node is gone.

    Over stdin the node also asks for a sign of life. The event loop answers, so a loop that hangs does not answer.
    """

    def __init__(self, fd: int, name: str) -> None:
        self._fd = fd
        self._log = logging.getLogger(name)
        self._on_end: Callable[[], None] = lambda: None

    def listen(self, on_end: Callable[[], None]) -> None:
        """Call `on_end` at each signal and at the end of stdin, on the event loop that runs."""
        self._on_end = on_end
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, on_end)
        try:
            loop.add_reader(self._fd, self._on_readable)
        except (OSError, ValueError):  # a plain file or /dev/null
            self._log.warning("stdin cannot be watched: this server ends by SIGTERM or SIGINT only")

    def close(self) -> None:
        """Leave stdin alone. Idempotent."""
        with suppress(OSError, ValueError):
            asyncio.get_running_loop().remove_reader(self._fd)

    async def end(self) -> None:
        """Return at the first signal, or at the end of stdin."""
        over = asyncio.Event()
        self.listen(over.set)
        try:
            await over.wait()
        finally:
            self.close()

    def _on_readable(self) -> None:
        """Send back what the node sent, or end the server."""
        try:
            asked = os.read(self._fd, 4096)
        except BlockingIOError:
            return
        except OSError:  # it was closed with answers unread
            asked = b""
        if asked:
            with suppress(OSError):  # a pipe: no node waits for an answer
                os.write(self._fd, asked)
        else:
            self.close()
            self._on_end()


def launch(kind: type[S], serve: Callable[[S, Lifeline], None], name: str) -> int:
    """Read the settings from stdin, serve until the lifeline ends, return the exit status.

    `name` is that of the server's log, `framecast.web`.
    """
    process.rename(f"fc-{name.rpartition('.')[2]}")
    fd = sys.stdin.fileno()
    try:
        settings = read(kind, _first_line(fd))
        _configure_log(settings)
        serve(settings, Lifeline(fd, name))
    except FramecastError as error:
        logging.getLogger(name).error("%s", error)
        return 1
    return 0


def _first_line(fd: int) -> bytes:
    """Return the first line, and leave in `fd` what follows."""
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < MAX_SETTINGS_BYTES:
        byte = os.read(fd, 1)
        if not byte:
            break
        line += byte
    return bytes(line)


def _configure_log(settings: Settings) -> None:
    """Send log records to the node if it gave a socket for them, else to stderr."""
    s3 = settings.library.s3 if settings.library is not None else None
    for secret in (settings.access_token, settings.database, s3 and s3.secret_key):
        if secret:
            log_settings.hide(secret)
    log = settings.log
    if log is not None:
        log_settings.relay(log.fd, log.level, log.levels)
    else:
        log_settings.configure(log_settings.LogSettings())
