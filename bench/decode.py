"""Decoding 1080p H.264 into shared memory against FFmpeg alone, both as fast as they can, on one thread."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import av

from bench.clips import FULL_HD
from bench.running import program, result
from bench.table import Row
from framecast.bus import Publisher, pair
from framecast.clock import monotonic_ns, utc_ns
from framecast.media.coding import Coding
from framecast.media.decoder import Decoder
from framecast.model import Kind, Meta, TrackInfo

ROUNDS = 3


def rows() -> list[Row]:
    """Measure and return the row."""
    path = str(FULL_HD.path())
    ours = min(float(result(program("bench.decode", path))) for _ in range(ROUNDS))
    peer = min(by_ffmpeg(path) for _ in range(ROUNDS))
    ours_ms, peer_ms = (1000 * seconds / FULL_HD.frames for seconds in (ours, peer))
    ratio = ours / peer
    return [
        Row(
            "decode 1080p into shared memory, CPU a frame",
            f"{ours_ms:.2f} ms",
            f"ffmpeg -threads 1: {peer_ms:.2f} ms",
            f"{ratio:.2f} x",
            "<= 1.3 x",
            ratio <= 1.3,
        )
    ]


def by_ffmpeg(path: str) -> float:
    """CPU seconds of FFmpeg for the whole file."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["ffmpeg", "-v", "error", "-threads", "1", "-i", path, "-an", "-f", "null", "-"]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Decode the file once into a pool and print the CPU seconds."""
    node_end, publisher_end = pair()
    with av.open(sys.argv[1]) as container, Publisher(publisher_end, "bench") as publisher:
        stream = container.streams.video[0]
        decoder = Decoder(Coding.of(stream.codec_context))
        writer = None
        before = resource.getrusage(resource.RUSAGE_SELF)
        for packet in container.demux(stream):
            if not packet.size:
                continue
            for picture in decoder.decode(packet):
                if writer is None:
                    writer = publisher.track(TrackInfo("frames", Kind.FRAMES, picture=picture.picture))
                slot = writer.reserve(picture.picture.layout.size_bytes)
                picture.copy_into(slot.view)
                writer.publish(slot, Meta(picture.pts or 0, utc_ns(), monotonic_ns()))
        after = resource.getrusage(resource.RUSAGE_SELF)
    node_end.close()
    print(json.dumps(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))


if __name__ == "__main__":
    main()
