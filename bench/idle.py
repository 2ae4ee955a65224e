"""An idle node with its three servers: memory of all its processes together, and of each."""

from __future__ import annotations

import re
import time
from pathlib import Path
from statistics import median

from bench.running import Node, comm
from bench.table import Row
from framecast.client.node_client import NodeClient

ROUNDS = 3
SETTLE_S = 5.0
MOST_MIB = 110


def rows() -> list[Row]:
    """Measure and return the rows."""
    rounds = [idle_mib() for _ in range(ROUNDS)]
    total = median(sum(pss for pss, _ in found.values()) for found in rounds)
    own = {name: median(found[name][1] for found in rounds if name in found) for name in rounds[0]}
    parts = ", ".join(f"{name.removeprefix('fc-')} {mib:.0f}" for name, mib in own.items())
    return [
        Row(
            f"idle node with web, gRPC and ZeroMQ: memory (PSS), median of {ROUNDS}",
            f"{total:.0f} MiB",
            "",
            "",
            f"<= {MOST_MIB} MiB",
            total <= MOST_MIB,
        ),
        Row("of that, pages of one process alone, MiB", parts),
    ]


def idle_mib() -> dict[str, tuple[float, float]]:
    """PSS and private memory of each process of a node that has nothing to do, by its name."""
    with Node({}) as node, NodeClient() as client:
        node.get("/api/streams")
        while not all(server["answers"] for server in client.info()["servers"].values()):
            time.sleep(0.1)
        time.sleep(SETTLE_S)
        return {comm(process.pid): _sizes(process.pid) for process in node.processes()}


def _sizes(pid: int) -> tuple[float, float]:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    sizes = {name: int(kib) / 1024 for name, kib in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)}
    return sizes["Pss"], sizes["Private_Clean"] + sizes["Private_Dirty"]
