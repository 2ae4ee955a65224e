"""What the check of an uploaded file costs: the slowest hostile file of the corpus, a plain video, and the start of the process alone.

Beside it stands `ffprobe`, which starts faster, looks at less, and opens what a file names.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.table import Row
from framecast.processing.run import Refused, run_task
from tests.processing import corpus, videos
from tests.processing.corpus import Canaries
from tests.support import needs

TURNS = 10
MOST_S = 2.0


def rows() -> list[Row]:
    """Measure and return the rows."""
    return [hostile(), plain(), start()]


def hostile() -> Row:
    """Every file of the corpus, once."""
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="framecast-bench-") as folder:
        for one in corpus.ALL:
            path = one.write(Path(folder), Canaries(f"{folder}/canary.ts", 9))
            seconds[one.name] = timed(lambda path=path: checked(path))
            path.unlink()
    slowest = max(seconds, key=seconds.__getitem__)
    return Row(
        f"check of one hostile file, slowest of {len(seconds)}",
        f"{seconds[slowest]:.2f} s ({slowest}); median {statistics.median(seconds.values()):.2f} s",
        must=f"<= {MOST_S:g} s",
        met=seconds[slowest] <= MOST_S,
    )


def plain() -> Row:
    """A small video, by turns with ffprobe."""
    path = videos.plain()
    ours, theirs = [], []
    command = [needs.ffprobe(), "-v", "error", "-show_streams", "-show_format", str(path)]
    for _ in range(TURNS):
        ours.append(timed(lambda: checked(path)))
        theirs.append(timed(lambda: subprocess.run(command, check=True, capture_output=True)))
    mine, other = statistics.median(ours), statistics.median(theirs)
    return Row(
        "check of a plain MP4 file",
        f"{1000 * mine:.0f} ms",
        f"ffprobe, without a sandbox: {1000 * other:.0f} ms",
        f"{mine / other:.1f} x",
    )


def start() -> Row:
    """A process that is confined and ends."""
    seconds = [
        timed(lambda: asyncio.run(run_task("reach", {}, inputs=[], output=None))) for _ in range(TURNS)
    ]
    return Row(
        "of this, the start of a confined process without FFmpeg",
        f"{1000 * statistics.median(seconds):.0f} ms",
    )


def checked(path: Path) -> None:
    """Check a file, whatever comes of it."""
    try:
        asyncio.run(run_task("check", {"input": str(path)}, inputs=[path], output=None))
    except Refused:
        return


def timed(act: Callable[[], object]) -> float:
    """Return how long it takes, in seconds."""
    begin = time.monotonic()
    act()
    return time.monotonic() - begin
