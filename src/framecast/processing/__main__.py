"""The process of one task: `python -I -m framecast.processing`, started by `framecast.processing.run`. Not for people.

Reads one order from stdin, imports the task, gives up everything else (`confinement`), runs the task, and writes JSON lines to stdout. Ends when stdin does: the process that
started it has cancelled the task, or is dead.
"""

from __future__ import annotations

import codecs
import json
import os
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from time import monotonic
from typing import Any, BinaryIO

from framecast.process import die_with_parent, rename
from framecast.processing.confinement import confine
from framecast.processing.messages import LONGEST_LINE, Order
from framecast.processing.outcome import Refused
from framecast.processing.tasks import TASKS

_MiB = 1 << 20
_STACK_BYTES = 256 << 10
_REPORT_EVERY_S = 0.5

# Python imports a codec at its first use, when this process can open no file any more.
_TEXT_CODECS = ("utf-8", "ascii", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "unicode_escape")

# Modules that import a library by their function `load`.
_BY_NEED = ("framecast.media.opencv", "framecast.media.initsegment")

Say = Callable[[dict[str, Any]], None]


def main() -> int:
    """Run the task of the order on stdin and return 0 if its outcome was written."""
    order = Order.of_line(sys.stdin.buffer.readline(LONGEST_LINE))
    die_with_parent(order.parent or os.getppid())
    rename(f"fc:{order.kind}")
    say = _speaker()
    task = import_module(TASKS[order.kind].module)
    _import_by_need()
    for name in _TEXT_CODECS:
        codecs.lookup(name)
    confine(order)
    _end_with(sys.stdin.buffer)
    try:
        say({"result": task.run(order.request, _reporter(say))})
    except Refused as refusal:
        say({"refused": str(refusal)})
    except MemoryError:
        most = order.limits.memory_bytes // _MiB
        say(
            {
                "refused": f"this file needs more than the {most} MB of memory that it may use: convert it to a smaller picture size, and upload that"
            }
        )
    return 0


def _import_by_need() -> None:
    """Import what modules of the task would import when they need it first: this process can open no file then."""
    for name in _BY_NEED:
        if name in sys.modules:
            sys.modules[name].load()


def _speaker() -> Say:
    """Return what writes lines to stdout; what libraries print there goes to stderr from now on."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def say(message: dict[str, Any]) -> None:
        out.write(json.dumps(message, allow_nan=False).encode() + b"\n")
        out.flush()

    return say


def _reporter(say: Say) -> Callable[[float], None]:
    """Return what tells the progress, at most twice a second."""
    told = monotonic()

    def report(progress: float) -> None:
        nonlocal told
        if monotonic() - told >= _REPORT_EVERY_S:
            told = monotonic()
            say({"progress": round(min(max(progress, 0.0), 1.0), 4)})

    return report


def _end_with(stdin: BinaryIO) -> None:
    """End this process at once when stdin ends."""

    def wait() -> None:
        while os.read(stdin.fileno(), 4096):
            pass
        os._exit(1)

    threading.stack_size(_STACK_BYTES)
    threading.Thread(target=wait, daemon=True).start()
    threading.stack_size(0)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # nothing of the file's is torn down in order
