"""A node for one program: no servers, no files, streams by control only.

    python -m framecast.node.private

Writes one line of JSON to stdout, `{"socket": path}`, and runs until stdin is closed. It has a runtime folder of its own, which it
removes at its end. `framecast.open("rtsp://...")` starts one if no node runs.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from framecast import log, process
from framecast.node.core import Core
from framecast.node.ending import Ending
from framecast.node.limits import raise_open_files

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Serve the parent process until it is gone."""
    process.open_standard_files()
    process.rename("fc-private-node")
    level = os.environ.get("FRAMECAST_LOG__LEVEL", "")
    settings = log.LogSettings(level=level if level in log.LEVELS else "warning")
    log.configure(settings)
    raise_open_files()
    ending = Ending(_SIGNALS)
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C is for the program; this node ends when the program does
    folder = Path(tempfile.mkdtemp(prefix="framecast-"))
    try:
        asyncio.run(_serve(folder, settings, ending))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _serve(folder: Path, settings: log.LogSettings, ending: Ending | None = None) -> None:
    ending = ending or Ending(_SIGNALS)
    loop = asyncio.get_running_loop()
    over = asyncio.Event()

    def end() -> None:
        with suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(over.set)

    ending.on_asked(end)
    core = Core(folder, settings, private=True)
    ending.victims = lambda: [pid for pid in (core.forks.pid,) if pid]
    try:
        sys.stdout.write(json.dumps({"socket": str(core.listen())}) + "\n")
        sys.stdout.flush()
        loop.add_reader(sys.stdin.fileno(), _read_on, ending)
        await over.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
        await core.close()


def _read_on(ending: Ending) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        ending.ask()


if __name__ == "__main__":
    main()
