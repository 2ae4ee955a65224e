"""python -m framecast.servers.library: the process that works on stored videos."""

from __future__ import annotations

import sys

from framecast.servers.launch import launch
from framecast.servers.library.server import serve
from framecast.servers.settings import Settings


def main() -> int:
    """Serve the node and return the exit status."""
    return launch(Settings, serve, "framecast.library")


if __name__ == "__main__":
    sys.exit(main())
