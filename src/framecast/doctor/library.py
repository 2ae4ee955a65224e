"""The stored videos of the running node: whether the processes that work on them answer, and how much room their disk has."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from framecast.client.node_client import NodeClient
from framecast.doctor.finding import Finding, Level
from framecast.errors import FramecastError

TOPIC = "library"
LEAST_FREE = 2 * 10**9  # the default of library.min_free_gb
_PROCESSES = ("library", "files")


def check_library() -> Iterator[Finding]:
    """Whether uploads have room, and what works on them lives."""
    try:
        with NodeClient(timeout_s=5.0) as node:
            info = node.info()
    except FramecastError:
        yield Finding(TOPIC, Level.NOTE, "no node runs here, so nothing is known of it")
    else:
        yield found_of(info, _free)


def found_of(info: Mapping[str, Any], free: Callable[[Path], int]) -> Finding:
    """Return what the answer of a node to `info` says. `free` returns the free bytes of a disk."""
    running = [name for name in _PROCESSES if name in info]
    if not running:
        return Finding(TOPIC, Level.OK, "not used: nothing was uploaded or recorded yet")
    silent = [f"fc-{name}" for name in running if not info[name].get("answers")]
    if silent:
        return Finding(
            TOPIC,
            Level.WARNING,
            f"{' and '.join(silent)} does not answer",
            "read the log of the node, which says why",
        )
    left = free(Path(str(info["data_dir"])))
    said = f"{left / 1e9:.1f} GB are free in {info['data_dir']}"
    if left < LEAST_FREE:
        found = f"the disk takes no more uploads: {said}"
        return Finding(TOPIC, Level.WARNING, found, "make room, or name another folder in library.folder")
    return Finding(TOPIC, Level.OK, f"in use, {said}")


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free
