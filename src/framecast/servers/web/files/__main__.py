"""python -m framecast.servers.web.files: the process of uploads and of the bytes of stored videos."""

from __future__ import annotations

import sys

from framecast.servers.launch import launch
from framecast.servers.web.files.server import serve
from framecast.servers.web.settings import WebSettings


def main() -> int:
    """Serve, and return the exit status."""
    return launch(WebSettings, serve, "framecast.files")


if __name__ == "__main__":
    sys.exit(main())
