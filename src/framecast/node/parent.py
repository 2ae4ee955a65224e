"""The process that the forkserver and the servers of a node are forked from, so that they share what they have imported.

Started by the node, with a socket to it. It serves nothing and handles no data from outside, has one thread and no event loop, and never sees the
settings of a server, which come on the server's own stdin. Its death ends nothing: the node starts another one for the
next process that it needs. What the enabled servers need is imported before the first fork; one that is not enabled costs nothing.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from framecast import log, process
from framecast.bus import Message
from framecast.bus.channel import Fields
from framecast.node import forkserver
from framecast.node.launching import FORKSERVER
from framecast.node.limits import raise_open_files
from framecast.priority import be_prompt

TITLE = "fc-parent"


class Parts:
    """The parts of a node, by their modules.

    The first descriptor is a server's stdin, or the forkserver's socket; the others get the `numbers` that the settings name.
    """

    bound = False

    def prepare(self, fields: Fields) -> None:
        """Import the module, and before the first fork those that others will need: an import unshares pages of what was forked before."""
        for expected in fields["expected"]:
            with suppress(ImportError):  # reported when that part is started
                import_module(_program_of(expected))
        import_module(_program_of(fields["module"]))

    def run(self, message: Message) -> int:
        """Run it, in a session of its own, so that signals of the terminal reach the node alone."""
        os.setsid()
        module, fds = message.fields["module"], message.fds
        process.show_arguments(f"{Path(sys.executable).name}\0-P\0-m\0{module}\0".encode())
        if module == FORKSERVER:
            process.keep_only({*fds, *log.relays()})
            forkserver.serve(fds[0], "fc-forkserver", forkserver.Jobs())
            return 0
        log.detach()  # its descriptor may be one of the numbers
        process.place(dict(zip((0, *message.fields["numbers"]), fds, strict=True)))
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code: int = import_module(_program_of(module)).main()
        return code


def _program_of(module: str) -> str:
    return module if module == FORKSERVER else f"{module}.__main__"


def main() -> None:
    """Serve the node. Arguments: the number of its socket, and modules that it will need."""
    raise_open_files()
    be_prompt()  # as everything that is forked from here, unless it gives way
    for module in sys.argv[2:]:
        import_module(_program_of(module))
    forkserver.serve(int(sys.argv[1]), TITLE, Parts())


if __name__ == "__main__":
    main()
