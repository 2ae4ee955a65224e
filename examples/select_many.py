"""One process, one thread, many streams: a selector says which of them has a new picture.

    python examples/select_many.py front-door garden garage
    python examples/select_many.py                # all streams of the node

A stream that is slow, dead or not there yet holds up none of the others.
"""

import argparse
import selectors
import time
from contextlib import suppress

import framecast


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("streams", nargs="*", help="names or addresses; none: all streams of the node")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="end after so long")
    options = parser.parse_args()
    names = options.streams or [status.name for status in framecast.list_streams()]
    selector = selectors.DefaultSelector()
    for name in names:
        selector.register(framecast.open(name), selectors.EVENT_READ, name)
    counts, brightness = dict.fromkeys(names, 0), dict.fromkeys(names, 0.0)
    end, report = time.monotonic() + options.seconds, time.monotonic() + 1
    while time.monotonic() < end:
        for key, _ in selector.select(timeout=0.5):
            reader, name = key.fileobj, key.data
            try:
                frame = reader.read(0)  # never waits
            except framecast.WouldBlock:
                continue  # news of the stream, but no picture
            counts[name] += 1
            brightness[name] = frame.gray[::8, ::8].mean()
        if time.monotonic() >= report:
            report += 1
            print(
                ", ".join(
                    f"{name}: {counts[name]} frames, brightness {brightness[name]:.0f}" for name in names
                ),
                flush=True,
            )


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
