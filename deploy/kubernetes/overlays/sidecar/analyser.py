"""How bright a stream is, published as data of a stream of its own: `framecast.open("demo-brightness").data()`.

python analyser.py demo
"""

import signal
import sys
import time

import framecast
from framecast.errors import FramecastError

RETRY_S = 2.0


def analyse(name: str) -> None:
    """Read the gray pictures of a stream, five a second, and publish their mean until the stream ends."""
    with (
        framecast.open(name, format="gray", size=(320, 180), max_fps=5) as camera,
        framecast.publish(f"{name}-brightness", tracks=["data"]) as out,
    ):
        for frame in camera:
            out.send_data({"brightness": round(float(frame.gray.mean()), 1)}, at=frame)


# The first process of a container hears only the signals that it asks for.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
while True:  # the containers of a pod start in any order
    try:
        analyse(sys.argv[1])
    except FramecastError as error:
        print(f"{error}; once more in {RETRY_S:g} s", file=sys.stderr, flush=True)
    time.sleep(RETRY_S)
