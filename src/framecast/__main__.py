"""The command `framecast` and `python -m framecast`: the first code that runs.

Until the command line is imported, SIGINT ends the process as SIGTERM does: at once and without a traceback, since
nothing has begun yet.
"""

import os
import signal
import sys
from types import FrameType

from framecast.node.launching import launch_early
from framecast.process import open_standard_files


def main() -> int:
    """Run the command line and return its exit code."""
    interrupted = signal.getsignal(signal.SIGINT)
    if os.getpid() == 1:  # the kernel drops what the first process of a container has no handler for
        signal.signal(signal.SIGTERM, _end)
        signal.signal(signal.SIGINT, _end)
    elif interrupted is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    open_standard_files()
    launch_early(sys.argv[1:])
    from framecast.cli import main as command  # takes long enough for a signal to come

    signal.signal(signal.SIGINT, interrupted)
    return command()


def _end(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
