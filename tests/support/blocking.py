"""Calls that block an event loop of Framecast: watched in every process that tests start, and in the tests' own.

`loop_watch/sitecustomize.py` writes what it sees; a test in which something new was seen fails.
"""

from __future__ import annotations

import importlib
import os
import tempfile
from pathlib import Path

_WATCH = Path(__file__).parent / "loop_watch"
# Function of Framecast -> why it may wait on an event loop.
_BEGIN = "before the node serves anybody, and at its end"
_FORK = "a program is started; asyncio's own way starts it in the loop's thread, too"
ALLOWED = {
    "node/listener.py:__init__": _BEGIN,
    "node/listener.py:_make_folder": _BEGIN,
    "node/listener.py:_bind": _BEGIN,
    "node/listener.py:close": _BEGIN,
    "node/port.py:_open": _BEGIN,
    "node/salvage.py:read": _BEGIN,
    "node/small_file.py:_opened": _BEGIN,
    "node/launching.py:launch": _FORK,
    "servers/certificate.py:_read": f"{_BEGIN}; and when the configuration is read again",
    "servers/access/links.py:_read": "one small file of the node's own, read only after it has changed",
}


class Watch:
    """What was seen since the last look."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fc-loops-")
        self._read: dict[str, int] = {}
        os.environ["LOOP_WATCH_FOLDER"] = self._folder.name
        paths = [str(_WATCH), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        importlib.import_module("tests.support.loop_watch.sitecustomize")

    def news(self) -> list[str]:
        """Return the lines that came since the last call, without those that are allowed."""
        lines: list[str] = []
        for entry in os.scandir(self._folder.name):
            read = self._read.get(entry.name, 0)
            if entry.stat().st_size > read:
                text = Path(entry.path).read_bytes()[read:]
                whole = text[: text.rfind(b"\n") + 1]
                self._read[entry.name] = read + len(whole)
                lines += whole.decode().splitlines()
        return [line for line in lines if line.partition(" ")[0] not in ALLOWED]

    def close(self) -> None:
        self._folder.cleanup()
