"""A node for one program: no servers, no files, streams by control only.

    python -m framecast.node.private

Writes one line of JSON on stdout, `{"socket": path}`, and lives until stdin closes. Its runtime folder is its own
and is removed with it. `framecast.open("rtsp://...")` starts one where no node runs.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from framecast import log, process
from framecast.node.core import Core
from framecast.node.limits import raise_open_files


def main() -> None:
    """Serve the parent until it is gone."""
    process.rename("fc-private-node")
    level = os.environ.get("FRAMECAST_LOG__LEVEL", "")
    settings = log.LogSettings(level=level if level in log.LEVELS else "warning")
    log.configure(settings)
    raise_open_files()
    folder = Path(tempfile.mkdtemp(prefix="framecast-"))
    try:
        asyncio.run(_serve(folder, settings))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _serve(folder: Path, settings: log.LogSettings) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, over.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # Ctrl-C is the program's; its end is ours
    core = Core(folder, settings)
    try:
        sys.stdout.write(json.dumps({"socket": str(core.listener.path)}) + "\n")
        sys.stdout.flush()
        loop.add_reader(sys.stdin.fileno(), _read_on, over)
        await over.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
        await core.close()


def _read_on(over: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        over.set()


if __name__ == "__main__":
    main()
