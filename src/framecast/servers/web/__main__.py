"""The web server's process: settings from stdin, then HTTP until stdin closes or SIGTERM comes.

    python -m framecast.servers.web < settings.json

The first line of stdin is JSON (see `settings.WebSettings`). Its end says that the node is gone.
"""

from __future__ import annotations

import logging
import os
import sys

from framecast.errors import FramecastError
from framecast.servers.web.server import serve
from framecast.servers.web.settings import WebSettings

MAX_SETTINGS_BYTES = 1 << 20


def main() -> int:
    """Run until told to stop; return the exit status."""
    try:
        settings = WebSettings.from_line(read_line(sys.stdin.fileno()))
        serve(settings, sys.stdin.fileno())
    except FramecastError as error:
        logging.getLogger("framecast.web").error("%s", error)
        return 1
    return 0


def read_line(fd: int) -> bytes:
    """Return the first line, without taking more than that from `fd`."""
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < MAX_SETTINGS_BYTES:
        byte = os.read(fd, 1)
        if not byte:
            break
        line += byte
    return bytes(line)


if __name__ == "__main__":
    sys.exit(main())
