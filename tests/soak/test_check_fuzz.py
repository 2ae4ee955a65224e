"""Files with wrong bytes in their headers, checked for a long time: `make soak`. Each has an outcome that is said in a sentence, and none opens or calls anything.

A decoder that crashes is contained, and no fault of the check: such files are kept in `tests/.cache/fuzz` and counted. An exception of our own code fails the test.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from framecast.errors import Broken
from framecast.processing.run import Refused, run_task
from tests.processing import containers, corpus, videos
from tests.processing.canaries import Trap

MINUTES = float(os.environ.get("SOAK_MINUTES", "60"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
TOGETHER = 2
KEPT = Path(__file__).parents[1] / ".cache" / "fuzz"
# Where the headers are: of most containers in front, of MP4 and MKV also behind.
EDGE = 4096
NUMBERS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\1")


def seeds(trap: Trap) -> list[bytes]:
    """Return what is mutated: good files of each container, and the small ones of the corpus."""
    good = [video.make().read_bytes() for video in (*videos.FFMPEG, *videos.GSTREAMER)]
    built = [
        containers.mp4(),
        containers.mkv(),
        containers.avi(subtitles=b"1\n00:00:00,000 --> 00:00:01,000\nx\n"),
    ]
    small = [one.make(trap.canaries) for one in corpus.ALL if not one.size]
    return [one for one in (*good, *built, *small) if 0 < len(one) < 1 << 20]


def mutated(content: bytes, dice: random.Random) -> bytes:
    """Return a file with a few wrong places in its first or last bytes."""
    found = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        at = dice.randrange(min(EDGE, len(found)))
        if dice.random() < 0.3:
            at = len(found) - 1 - at
        way = dice.randrange(5)
        if way == 0:
            found[at] ^= 1 << dice.randrange(8)
        elif way == 1:
            found[at] = dice.randrange(256)
        elif way == 2:
            found[at : at + 4] = dice.choice(NUMBERS)
        elif way == 3:
            del found[at : at + dice.choice((1, 4, 8, 64))]
        else:
            begin = dice.randrange(max(1, len(found)))
            found[at:at] = found[begin : begin + dice.choice((4, 8, 64, 512))]
        if not found:
            return b"\0"
    return bytes(found)


def outcome(path: Path) -> str:
    """Return how a check ends."""
    try:
        asyncio.run(run_task("check", {"input": str(path)}, inputs=[path], output=None))
    except Refused:
        return "refused"
    except Broken as error:
        status = error.fields.get("status")
        if not isinstance(status, int) or status >= 0:
            raise
        return "crashed"
    return "accepted"


@pytest.mark.slow
def test_wrong_bytes_have_an_outcome_and_reach_nothing(tmp_path: Path) -> None:
    counts: Counter[str] = Counter()
    until = monotonic() + 60 * MINUTES
    with Trap(tmp_path, containers.mp4()) as trap:
        files = seeds(trap)

        def work(number: int) -> None:
            dice = random.Random(SEED + number)
            path = tmp_path / str(number)
            while monotonic() < until:
                path.write_bytes(mutated(dice.choice(files), dice))
                found = outcome(path)
                counts[found] += 1
                if found == "crashed":
                    KEPT.mkdir(parents=True, exist_ok=True)
                    (KEPT / f"{SEED + number}-{counts.total()}").write_bytes(path.read_bytes())

        with ThreadPoolExecutor(TOGETHER) as pool:
            list(pool.map(work, range(TOGETHER)))
        assert trap.touched() == []
    print(dict(counts))
    assert counts["refused"]
    assert counts["accepted"]
