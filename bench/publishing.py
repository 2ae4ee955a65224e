"""Publishing stored videos: a file of one gigabyte made playable against `ffmpeg -c copy`, and a ladder against one `ffmpeg` command with the same renditions.

Each of ours runs as the task in its sandbox, from the start of its process to its end: what a person waits for, but for the commit.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from bench.clips import CAMERA
from bench.table import Row
from framecast.processing import rungs
from framecast.processing.run import run_task
from framecast.processing.tasks import TASKS
from tests.support.media_files import Clip, made

GB = 1 << 30
COPY_MOST, COPY_SPARE_S, LADDER_MOST = 1.5, 2.0, 1.1
COPY_ROUNDS, LADDER_ROUNDS = 3, 2
SOURCE = Clip(audio="aac", size=(1280, 720), fps=Fraction(25), seconds=20, gop_s=2, bitrate_kbps=4000)


def rows() -> list[Row]:
    """Measure and return the rows."""
    return [copy_row(), ladder_row()]


def copy_row() -> Row:
    """Return the row of a file whose packets are copied."""
    clip = CAMERA.path()
    times = -(-GB // clip.stat().st_size)
    source = made("gigabyte.mp4", "-stream_loop", str(times), "-i", str(clip), "-c", "copy")
    ours = by_turns(COPY_ROUNDS, lambda: task("publish", source), lambda: ffmpeg(source, ["-c", "copy"]))
    limit = COPY_MOST * ours[1] + COPY_SPARE_S
    return Row(
        f"{source.stat().st_size / GB:.2f} GiB of H.264/AAC: playable",
        f"{ours[0]:.2f} s",
        f"ffmpeg -c copy: {ours[1]:.2f} s",
        f"{ours[0] / ours[1]:.2f} x",
        f"<= {limit:.2f} s",
        ours[0] <= limit,
    )


def ladder_row() -> Row:
    """Return the row of an encode."""
    source = SOURCE.path()
    sizes = rungs.ladder(rungs.Source(*SOURCE.size, float(SOURCE.fps), 4_000_000))
    ours = by_turns(
        LADDER_ROUNDS,
        lambda: task("ladder", source),
        lambda: ffmpeg(source, renditions(sizes), to_folder=True),
    )
    names = ", ".join(str(size.short_side) for size in sizes)
    return Row(
        f"ladder of {SOURCE.seconds:.0f} s of 720p ({names})",
        f"{ours[0]:.1f} s",
        f"one ffmpeg command: {ours[1]:.1f} s",
        f"{ours[0] / ours[1]:.2f} x",
        f"<= {LADDER_MOST} x",
        ours[0] <= LADDER_MOST * ours[1],
    )


def renditions(sizes: Sequence[rungs.Size]) -> list[str]:
    """Return the options of a command that makes the same renditions."""
    parts = "".join(f"[p{number}]" for number in range(len(sizes)))
    graph = [f"[0:v]split={len(sizes)}{parts}"]
    graph += [f"[p{n}]scale={one.width}:{one.height}:flags=bicubic[v{n}]" for n, one in enumerate(sizes)]
    options = ["-filter_complex", ";".join(graph)]
    coder = [
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-profile:v",
        "high",
        "-crf",
        "22",
        "-sc_threshold",
        "0",
        "-g",
        "50",
        "-keyint_min",
        "50",
    ]
    flags = ["-movflags", "+frag_keyframe+empty_moov+default_base_moof"]
    for number, size in enumerate(sizes):
        rate = ["-maxrate", str(size.max_bitrate), "-bufsize", str(2 * size.max_bitrate)]
        options += ["-map", f"[v{number}]", *coder, *rate, *flags, f"v{number}.mp4"]
    return [*options, "-map", "0:a", "-c:a", "aac", "-b:a", "128k", *flags, "audio.mp4"]


def by_turns(rounds: int, ours: object, peer: object) -> tuple[float, float]:
    """Return the shortest times of both, measured by turns."""
    assert callable(ours)
    assert callable(peer)
    both = [(ours(), peer()) for _ in range(rounds)]
    return min(one for one, _ in both), min(one for _, one in both)


def task(kind: str, source: Path) -> float:
    """Return the seconds that a task takes."""
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        request = {"input": str(source), "output": folder, "facts": {"container": "mov"}}
        limits = replace(TASKS[kind].limits, nice=0)
        begin = time.perf_counter()
        asyncio.run(run_task(kind, request, inputs=[source], output=Path(folder), limits=limits))
        return time.perf_counter() - begin


def ffmpeg(source: Path, options: Sequence[str], *, to_folder: bool = False) -> float:
    """Return the seconds that FFmpeg takes."""
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", str(source), *options]
        command += [] if to_folder else ["out.mp4"]
        begin = time.perf_counter()
        subprocess.run(command, check=True, cwd=folder, stdin=subprocess.DEVNULL)
        return time.perf_counter() - begin
