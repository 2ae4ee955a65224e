"""Four 1080p25 streams, decoded, three readers each, for a minute; against four bare decodes at the same pace.

Every reader checks the number in every picture against its time stamp: a torn or foreign picture shows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import framecast
from bench.clips import FULL_HD
from bench.running import Node, cpu_s, program, result, tree
from bench.table import Row
from tests.support.media_files import frame_number

SECONDS = 60
STREAMS = 4
READERS = 3


def rows() -> list[Row]:
    """Measure and return the rows."""
    path = str(FULL_HD.path())
    streams = {f"camera{number}": {"source": path, "always": False} for number in range(STREAMS)}
    with Node(streams) as node:
        readers = [
            program("bench.cameras", name, env=node.environment) for name in streams for _ in range(READERS)
        ]
        while sum(stream["readers"] for stream in node.streams().values()) < STREAMS * READERS:
            time.sleep(0.2)
        time.sleep(3)
        sources = node.processes("camera")
        before, begin = cpu_s(sources), time.monotonic()
        time.sleep(SECONDS - 10)
        ours = (cpu_s(sources) - before) / (time.monotonic() - begin)
        seen = [result(reader) for reader in readers]
    peer = bare(path)
    torn, lost = sum(s["torn"] for s in seen), sum(s["lost"] for s in seen)
    least, ratio = min(s["frames"] for s in seen), ours / peer
    full = SECONDS * 25
    return [
        Row(
            f"{STREAMS} x 1080p25, {READERS} readers each, {SECONDS} s: frames of the worst reader",
            f"{least}",
            f"{full} sent",
            "",
            "every frame",
            lost == 0 and least >= full - 1,
        ),
        Row("  torn or foreign pictures", f"{torn}", "", "", "0", torn == 0),
        Row("  unexplained drops", f"{lost}", "", "", "0", lost == 0),
        Row(
            "  CPU of the sources",
            f"{100 * ours:.1f} % of a core",
            f"ffmpeg: {100 * peer:.1f} %",
            f"{ratio:.2f} x",
            "<= 1.35 x",
            ratio <= 1.35,
        ),
    ]


def bare(path: str) -> float:
    """Cores that four FFmpegs need to decode the same at the same pace."""
    command = ["ffmpeg", "-v", "error", "-re", "-stream_loop", "-1", "-threads", "1", "-i", path]
    command += ["-an", "-f", "null", "-"]
    decoders = [subprocess.Popen(command, stdin=subprocess.DEVNULL) for _ in range(STREAMS)]
    time.sleep(3)
    found = [process for decoder in decoders for process in tree(decoder.pid)]
    before, begin = cpu_s(found), time.monotonic()
    time.sleep(SECONDS / 2)
    used = (cpu_s(found) - before) / (time.monotonic() - begin)
    for decoder in decoders:
        decoder.kill()
        decoder.wait()
    return used


def main() -> None:
    """Read one stream for the time and print what was seen."""
    frames = torn = lost = 0
    expected = seq = -1
    with framecast.open(sys.argv[1], policy="queue(16)") as camera:
        first = camera.read(30)
        end = time.monotonic() + SECONDS
        begin = first.seq
        for frame in camera:
            number = frame_number(frame.planes[0])
            frames += 1
            if expected >= 0:
                lost += frame.seq - seq - 1
                torn += number != (expected + frame.seq - seq) % FULL_HD.frames
            expected, seq = number, frame.seq
            if frame.seq - begin >= SECONDS * 25 or time.monotonic() > end + 10:
                break
    print(json.dumps({"frames": frames, "torn": torn, "lost": lost}))


if __name__ == "__main__":
    main()
