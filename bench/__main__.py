"""Run the benchmarks that are named, or all, and print one table."""

from __future__ import annotations

import importlib
import sys
import time

from bench.table import Row, show

MODULES = (
    "handover",
    "decode",
    "files",
    "cameras",
    "analysers",
    "rtsp",
    "native",
    "viewers",
    "mse",
    "canvas",
    "join",
    "wall",
    "start",
    "idle",
    "zeromq",
    "rpc",
    "remote",
    "access",
    "listing",
    "checks",
    "seeking",
    "publishing",
    "uploads",
    "beside_uploads",
    "library",
    "videos",
    "rooms",
    "together",
)


def main() -> int:
    """Run; 1 where a figure that must hold does not."""
    wanted = sys.argv[1:] or MODULES
    table: list[Row] = []
    for name in wanted:
        begin = time.monotonic()
        print(f"{name} ...", flush=True)
        table += importlib.import_module(f"bench.{name}").rows()
        print(f"{name} took {time.monotonic() - begin:.0f} s", flush=True)
    show(table)
    return int(any(row.met is False for row in table))


if __name__ == "__main__":
    sys.exit(main())
