"""Free TCP and UDP ports, never the same one twice in a test run, which may be one of several processes."""

import os
import random
import socket

# Below Linux's range for outgoing connections (32768 and up), so that no client socket takes a port between
# its choice here and its use.
_ALL = range(20_000, 32_000)
# For processes that replace those that crashed: their numbers go on behind the last.
_SPARE = range(16_000, 20_000)
_SPARE_EACH = 500


def share(worker: str, workers: int) -> range:
    """Return the ports of one of `workers` processes that run tests at once: "gw0", "gw1", ...; all without a name."""
    each = len(_ALL) // workers // 2 * 2
    number = int(worker.removeprefix("gw") or 0)
    if number < workers:
        return _ALL[number * each : (number + 1) * each]
    start = (number - workers) * _SPARE_EACH % len(_SPARE)
    return _SPARE[start : start + _SPARE_EACH]


_OURS = share(
    os.environ.get("PYTEST_XDIST_WORKER", ""), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
)
_given: set[int] = set()


def free_port(host: str = "127.0.0.1", neighbours: int = 0) -> int:
    """Return a port that is free now on `host`, for TCP and UDP, with its next `neighbours` ports free too."""
    for _ in range(1000):
        port = random.randrange(_OURS.start, _OURS.stop - neighbours, 2)
        wanted = set(range(port, port + neighbours + 1))
        if not wanted & _given and all(_is_free(host, one) for one in wanted):
            _given.update(wanted)
            return port
    raise RuntimeError(f"no free port in {_OURS} on {host}")


def _is_free(host: str, port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True
