"""Free TCP and UDP ports, never the same one twice in a test run."""

import random
import socket

# Below Linux's range for outgoing connections (32768 and up), so that no client socket takes a port between
# its choice here and its use.
FIRST, LAST = 20_000, 32_000
_given: set[int] = set()


def free_port(host: str = "127.0.0.1", neighbours: int = 0) -> int:
    """Return a port that is free now on `host`, for TCP and UDP, with its next `neighbours` ports free too."""
    for _ in range(1000):
        port = random.randrange(FIRST, LAST, 2)
        wanted = set(range(port, port + neighbours + 1))
        if not wanted & _given and all(_is_free(host, one) for one in wanted):
            _given.update(wanted)
            return port
    raise RuntimeError(f"no free port between {FIRST} and {LAST} on {host}")


def _is_free(host: str, port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True
