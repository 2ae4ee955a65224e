"""Makes a pair of CURVE keys: the secret one in a file that only you may read, the public one beside it and on stdout.

python -m framecast.servers.zmq.keys server.key
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nacl import bindings

from framecast.model import curvekeys


def make(path: Path) -> str:
    """Write the secret key to `path`, the public one to `path` + .pub, and return the public one.

    Raises:
        OSError: one of them exists, or cannot be written.
    """
    public, secret = bindings.crypto_box_keypair()
    text = curvekeys.encode(public)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(curvekeys.encode(secret))
    with Path(f"{path}.pub").open("x") as file:
        file.write(text)
    return text


def main(arguments: list[str]) -> int:
    """Make keys for each path."""
    if not arguments:
        sys.stderr.write("usage: python -m framecast.servers.zmq.keys FILE...\n")
        return 2
    for path in arguments:
        try:
            sys.stdout.write(f"{path}.pub  {make(Path(path))}\n")
        except OSError as error:
            sys.stderr.write(f"{path}: {error.strerror}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
