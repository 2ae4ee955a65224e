"""Chat in rooms: how late a message is with many members, what it costs the web server, and what it does to live video beside it.

The members and the speaker are processes of their own (`bench.room_clients`). The peer of the fan-out is a bare loop that writes the very same bytes
to as many connections, on the event loop that the web server uses too (uvloop).
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil

from bench.room_clients import FIRST_S
from bench.running import Node, cpu_s, program, result, tree
from bench.table import Row

SECONDS = 20.0
WARM_S = 2.0


def rows() -> list[Row]:
    """Measure and return the rows."""
    return [*crowd_rows(), *large_rows(), *fan_out_rows(), *beside_rows()]


def crowd_rows() -> list[Row]:
    """1,000 members, 20 messages a second."""
    with Node({"demo": "pattern:"}) as node:
        found, cores, sent = talk(node, 1000, 20, SECONDS)
    late = found["p99"]
    return [
        Row(
            "1,000 members of a room, 20 messages a second: from send to receipt",
            f"p50 {1e3 * found['p50']:.0f} ms, p99 {1e3 * late:.0f} ms, worst {1e3 * found['most']:.0f} ms",
            must="p99 <= 100 ms",
            met=late <= 0.1,
        ),
        Row("  the web server's CPU", f"{100 * cores:.0f} % of a core", must="<= 50 %", met=cores <= 0.5),
        _whole_row(found, sent, 1000),
    ]


def large_rows() -> list[Row]:
    """5,000 members, 2 messages a second; 1,000 of them come back at once."""
    with Node({"demo": "pattern:"}) as node:
        found, cores, _ = talk(node, 5000, 2, 1.5 * SECONDS, comers=1000)
    late, back = found["p99"], found["back_s"]
    return [
        Row(
            "5,000 members, 2 messages a second, 1,000 come back at once",
            f"p50 {1e3 * found['p50']:.0f} ms, p99 {1e3 * late:.0f} ms; web server {100 * cores:.0f} % of a core",
            must="p99 <= 250 ms",
            met=late <= 0.25,
        ),
        Row(
            "  all that came back are whole, in the right order",
            f"{back:.1f} s, {found['broken']} with a gap",
            must="<= 5 s, 0",
            met=back <= 5 and not found["broken"],
        ),
    ]


def fan_out_rows() -> list[Row]:
    """The feed of a room against bare transports."""
    ours = fan_out("room")
    peer = fan_out("bare")
    ratio = ours / peer
    return [
        Row(
            "fan-out to 1,000 connections, one event",
            f"{1e6 * ours:.1f} us of CPU for each of them",
            f"bare transports, the same bytes: {1e6 * peer:.1f} us",
            f"{ratio:.2f} x",
            "<= 1.5 x",
            ratio <= 1.5,
        )
    ]


def beside_rows() -> list[Row]:
    """Live MSE alone, and beside the room of the first row."""
    streams = {"demo": "pattern:?size=640x360&fps=25&audio=0"}
    with Node(streams) as node:
        alone = watched(node)
        found: dict[str, float] = {}

        def watch() -> None:
            found["late"] = watched(node)

        talk(node, 1000, 20, SECONDS, meanwhile=watch)
    more = found["late"] - alone
    return [
        Row(
            "live MSE beside the first row: how late a fragment is, p99",
            f"{1e3 * found['late']:.1f} ms",
            f"alone: {1e3 * alone:.1f} ms",
            f"{1e3 * more:+.1f} ms",
            "<= 5 ms more",
            more <= 0.005,
        )
    ]


def talk(
    node: Node,
    members: int,
    rate: float,
    seconds: float,
    comers: int = 0,
    meanwhile: Callable[[], None] | None = None,
) -> tuple[dict[str, Any], float, int]:
    """Let members listen and one speak; return what they have found, the cores of the web server, and how many messages there were."""
    audience = _listeners(node, members, seconds + FIRST_S + 2 * WARM_S, comers)
    time.sleep(WARM_S)
    web = web_process(node)
    audience.stdin.write("begin\n")  # type: ignore[union-attr]
    audience.stdin.flush()  # type: ignore[union-attr]
    speaker = program("bench.room_clients", "speak", node.url, rate, seconds)
    time.sleep(FIRST_S)
    before, begin = cpu_s(web), time.monotonic()
    if meanwhile is not None:
        meanwhile()
    sent = int(result(speaker))
    cores = (cpu_s(web) - before) / (time.monotonic() - begin)
    found: dict[str, Any] = result(audience)
    return found, cores, sent


def watched(node: Node) -> float:
    """Return how late fragments of live MSE come, by the schedule that the earliest of them keep: p99, in seconds."""
    return float(result(program("bench.room_clients", "watch", node.url, 12)))


def fan_out(kind: str) -> float:
    """Return the CPU seconds that one event takes for one connection."""
    server = subprocess.Popen(
        [sys.executable, "-m", "bench.room_fan_out", kind, "1000", "200"], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    url = server.stdout.readline().strip()
    readers = program("bench.room_fan_out", "read", url, 1000)
    try:
        out, _ = server.communicate(timeout=300)
    finally:
        readers.kill()
        readers.communicate()
    return float(json.loads(out.strip().splitlines()[-1]))


def _listeners(node: Node, members: int, seconds: float, comers: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "bench.room_clients",
            "listen",
            node.url,
            str(members),
            str(seconds),
            str(comers),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    if process.stdout.readline().strip() != "in":
        raise RuntimeError("the members did not come in")
    return process


def _whole_row(found: dict[str, Any], sent: int, members: int) -> Row:
    is_whole = found["received"] == sent * members and not found["broken"] and found["last"] == [sent + 1]
    return Row(
        "  nothing lost, the same order for all",
        f"{found['received']} of {sent * members}, {found['broken']} with a gap, {found['frames']} frames",
        must="all, 0",
        met=is_whole,
    )


def web_process(node: Node) -> list[psutil.Process]:
    """The process of the web server."""
    return [one for one in tree(node.pid) if "framecast.servers.web" in one.cmdline()]
