"""The least that reads a stream: its name on the running node, a URL, a file, a device, or a test pattern.

python examples/read.py front-door
python examples/read.py rtsp://user:password@192.168.1.10/stream1
"""

import sys
from contextlib import suppress

import framecast

source = sys.argv[1] if len(sys.argv) > 1 else "pattern:"
with suppress(KeyboardInterrupt), framecast.open(source) as camera:  # Ctrl-C ends it
    for frame in camera:
        image = frame.bgr  # (height, width, 3) uint8, read-only
        late = f", {frame.dropped} dropped" if frame.dropped else ""
        print(
            f"frame {frame.seq}: {frame.width} x {frame.height}, mean {image.mean():.1f}, {frame.age_s * 1000:.0f} ms old{late}"
        )
