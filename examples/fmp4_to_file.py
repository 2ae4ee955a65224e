"""Writes a stream to a file that plays, as fragmented MP4: nothing is decoded or encoded again.

    python examples/fmp4_to_file.py front-door door.mp4 --seconds 10

The same pieces can be sent to a browser (Media Source Extensions), to a socket, or to cloud storage: first the init
segment, then one fragment for each picture. Whoever comes late begins at a fragment with `is_key`.
"""

import argparse
import time
from contextlib import suppress

import framecast


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", help="a stream's name, a URL, a file or a device")
    parser.add_argument("file", help="where to write")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long")
    options = parser.parse_args()
    with framecast.open(options.source) as camera, camera.fmp4() as pieces, open(options.file, "wb") as file:
        end = time.monotonic() + options.seconds
        for piece in pieces:
            if piece.is_init and file.tell():
                break  # other parameters (a new size): a file holds one kind of picture, the next belongs in another
            file.write(piece.payload)
            kind = "init" if piece.is_init else "key " if piece.is_key else "    "
            print(f"{kind} {piece.size:7} bytes  pts {piece.pts}", flush=True)
            if time.monotonic() >= end:
                break


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
