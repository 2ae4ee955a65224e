"""The web server's process: settings from stdin, then HTTP until stdin closes or SIGTERM comes.

python -m framecast.servers.web < settings.json
"""

from __future__ import annotations

import sys

from framecast.servers.launch import launch
from framecast.servers.web.server import serve
from framecast.servers.web.settings import WebSettings


def main() -> int:
    """Serve, and return the exit status."""
    return launch(WebSettings, serve, "framecast.web")


if __name__ == "__main__":
    sys.exit(main())
