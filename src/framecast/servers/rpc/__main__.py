"""The gRPC server's process: settings from stdin, then calls until stdin closes or SIGTERM comes.

python -m framecast.servers.rpc < settings.json
"""

from __future__ import annotations

import os
import sys

# Before the library is loaded: its core would write to stderr, past the node's log.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from framecast.servers.launch import launch
from framecast.servers.rpc.server import serve
from framecast.servers.rpc.settings import RpcSettings


def main() -> int:
    """Serve, and return the exit status."""
    return launch(RpcSettings, serve, "framecast.grpc")


if __name__ == "__main__":
    sys.exit(main())
