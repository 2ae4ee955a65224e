"""Server and client in one program: it runs a node with a page for browsers, writes a stream, and reads it back.

    python examples/one_program.py --port 8080       # then open http://127.0.0.1:8080

The node is a process of its own, so nothing that this program does can hold up a browser; and it ends with the program.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time

import cv2
import numpy as np

import framecast


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="one-program-") as folder:
        os.environ["FRAMECAST_RUNTIME_DIR"] = folder
        command = [sys.executable, "-m", "framecast", "serve", "test=pattern:"]
        server = subprocess.Popen([*command, "--port", str(options.port), "--data-dir", folder])
        try:
            wait_for_node(server)
            threading.Thread(target=write_clock, daemon=True).start()
            read_back(options.seconds)
        except KeyboardInterrupt:
            pass
        finally:
            server.terminate()
            server.wait()


def wait_for_node(server: subprocess.Popen) -> None:
    """A stream may be opened before it exists, but not before there is a node."""
    while server.poll() is None:
        try:
            framecast.list_streams()
        except framecast.NodeUnavailable:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the node did not start")


def write_clock() -> None:
    """The source: a picture of the time, ten times a second."""
    with framecast.publish("clock") as out:
        while True:
            image = np.full((240, 640, 3), 30, np.uint8)
            text = time.strftime("%H:%M:%S") + f".{time.time() % 1:.1f}"[2:]
            cv2.putText(image, text, (60, 140), cv2.FONT_HERSHEY_SIMPLEX, 2.4, (80, 220, 255), 4, cv2.LINE_AA)
            out.send(image)
            time.sleep(0.1)


def read_back(seconds: float) -> None:
    """The client: what is written here and what the node's own source shows, matched by time."""
    end = time.monotonic() + seconds
    with framecast.matched(["clock", "test"], tolerance_s=0.05) as pairs:
        for clock, test in pairs:
            if clock and test:
                apart_ms = (clock.captured_at - test.captured_at) / 1e6
                print(f"clock {clock.seq} and test {test.seq} are {apart_ms:+.1f} ms apart", flush=True)
            if time.monotonic() >= end:
                return


if __name__ == "__main__":
    main()
