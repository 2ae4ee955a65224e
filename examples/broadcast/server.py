"""Plays a video file round and round, to its own window and to every client.

python examples/broadcast/server.py film.mp4

It runs a node of its own: the file is read and decoded once, whoever looks.
"""

import os
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from window import options, show


def start_node(stream, file, port, folder):
    """Start a node that plays `file`; return it and the address of its ZeroMQ server."""
    flags = ["--port", "0", "--grpc-port", "0", "--zmq-port", str(port), "--data-dir", folder]
    node = subprocess.Popen(
        [sys.executable, "-m", "framecast", "serve", f"{stream}={file}", *flags],
        env=os.environ | {"FRAMECAST_RUNTIME_DIR": f"{folder}/run"},
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in node.stderr:
        print(line, end="", flush=True)
        if found := re.search(r"zmq=(\S+)", line):
            # Whatever it says later must not fill the pipe.
            threading.Thread(target=lambda: print(node.stderr.read(), end=""), daemon=True).start()
            return node, found[1]
    raise SystemExit(node.wait() or 1)


if __name__ == "__main__":
    parser = options("Plays a video file to its own window and to every client.")
    parser.add_argument("file", type=Path, help="the video file")
    parser.add_argument("--port", type=int, default=5556, help="TCP port for the clients; 0 takes a free one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="framecast-") as place:
        process, address = start_node(given.stream, given.file.resolve(), given.port, place)
        try:
            print(f"clients connect to {address}", flush=True)
            show(address, given, f"{given.file.name} (server)")
        except KeyboardInterrupt:
            pass
        finally:
            process.terminate()
            process.wait()
