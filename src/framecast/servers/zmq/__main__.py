"""The ZeroMQ server's process: settings from stdin, then subscribers until stdin closes or SIGTERM comes.

python -m framecast.servers.zmq < settings.json
"""

from __future__ import annotations

import sys

from framecast.servers.launch import launch
from framecast.servers.zmq.server import serve
from framecast.servers.zmq.settings import ZmqSettings


def main() -> int:
    """Serve, and return the exit status."""
    return launch(ZmqSettings, serve, "framecast.zmq")


if __name__ == "__main__":
    sys.exit(main())
