"""What a live viewer feels of four uploads and an encode, against a quiet node, by turns: how old its pictures are on the screen of Chromium, and how late fragments come.

The viewers are processes of their own, and so are the clients that upload. They stand for other machines: a viewer gets the processor as soon as something has come for it, the clients
get what is left over.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

from bench.browser import page_at
from bench.mse import join
from bench.running import Node
from bench.table import Row
from bench.uploads import changed, fill, upload
from framecast.priority import be_prompt
from tests.support.media_files import Clip

TURNS = int(os.environ.get("TURNS", "3"))
LIVE_S = float(os.environ.get("LIVE_S", "10"))
JOIN_S = 3.0  # until the viewer has caught up
CLIENTS = 4
PART_BYTES = 128 << 20
FPS = 25
START_S = 120.0
MOST = 1.2
_LATENCY = "() => document.querySelector('framecast-player')?.stats?.latency_ms"
FILM = Clip(audio="aac", size=(1280, 720), fps=Fraction(25), seconds=60, gop_s=2, bitrate_kbps=4000)


def rows() -> list[Row]:
    """Measure and return the rows."""
    with (
        tempfile.TemporaryDirectory(prefix="framecast-bench-") as name,
        Node({"camera": {"source": str(Clip().path()), "always": True}}) as node,
        _processes(1, be_prompt) as viewer,
        _processes(CLIENTS, _be_idle) as clients,
    ):
        load = Load(node, clients, Path(name))
        late = load.beside(lambda: viewer.submit(_delays, node.url, LIVE_S).result())
        be_prompt()  # so is Chromium
        with page_at(f"{node.url}?layout=1") as page:
            shown = load.beside(lambda: _shown(page, LIVE_S))
        rate = load.sent / load.busy_s
    what = f"live MSE viewer during 4 uploads (together {rate / 1e6:.0f} MB/s) and an encode"
    return [
        _row(f"{what}: from capture to screen in Chromium, p95", *shown),
        _row("  how late a fragment arrives, against the earliest one, p95", *late),
    ]


def _row(what: str, quiet_s: float, busy_s: float) -> Row:
    ratio = busy_s / quiet_s
    return Row(
        what,
        f"{1e3 * busy_s:.1f} ms",
        f"quiet: {1e3 * quiet_s:.1f} ms",
        f"{ratio:.2f} x",
        f"<= {MOST} x",
        ratio <= MOST,
    )


class Load:
    """Four clients that upload, and an encode. `sent` are their bytes so far, in `busy_s` seconds."""

    def __init__(self, node: Node, clients: ProcessPoolExecutor, folder: Path) -> None:
        self._node, self._clients = node, clients
        self._parts = [folder / f"part{number}" for number in range(CLIENTS)]
        self._encodes = 0
        self.sent, self.busy_s = 0, 0.0

    def beside(self, look: Callable[[], float]) -> tuple[float, float]:
        """Return what `look` finds on a quiet node, and beside the load: medians, by turns, since the machine is not the same at all times."""
        quiets, busies = [], []
        for _ in range(TURNS):
            quiets.append(look())
            self._encodes += 1
            with _encode(self._node, self._encodes):
                until = time.time() + LIVE_S + JOIN_S
                sending = [
                    self._clients.submit(_send_until, until, self._node.url, part) for part in self._parts
                ]
                busies.append(look())
                self.sent += sum(one.result() for one in sending)
            self.busy_s += LIVE_S + JOIN_S
        return statistics.median(quiets), statistics.median(busies)


def _processes(count: int, begin: Any) -> ProcessPoolExecutor:  # noqa: ANN401
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), begin)


def _be_idle() -> None:
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


@contextmanager
def _encode(node: Node, turn: int) -> Iterator[None]:
    """Let the node encode a video meanwhile, one that it has not seen yet."""
    # An MP4 may end with a box of type `free`, whose content means nothing.
    data = FILM.path().read_bytes() + (16).to_bytes(4, "big") + b"free" + turn.to_bytes(8, "big")
    head = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(data)),
        "Content-Type": "application/offset+octet-stream",
    }
    video = _ask(node, "POST", "/api/uploads", data, head).headers["Framecast-Video"]
    until = time.monotonic() + START_S
    while not _runs(node, video):
        if time.monotonic() > until:
            raise RuntimeError("the encode did not begin")
        time.sleep(0.1)
    yield
    is_too_short = not _runs(node, video)
    for path in (f"/api/videos/{video}", f"/api/videos/{video}?for_good=true"):
        _ask(node, "DELETE", path)
    if is_too_short:
        raise RuntimeError("the encode ended too early")


def _runs(node: Node, video: str) -> bool:
    jobs = json.loads(node.get(f"/api/jobs?state=running&video={video}"))["jobs"]
    return any(job["kind"] == "ladder" for job in jobs)


def _ask(
    node: Node, method: str, path: str, data: bytes | None = None, head: dict[str, str] | None = None
) -> Any:  # noqa: ANN401
    request = urllib.request.Request(node.url + path, data, head or {}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer


def _send_until(until: float, url: str, part: Path) -> int:
    """Upload again and again, and return how many bytes that were."""
    fill(part, PART_BYTES)
    turns = 0
    while time.time() < until:
        turns += 1
        changed(part, turns)
        upload(url, "/api/uploads", part)
    return turns * PART_BYTES


def _shown(page: Page, seconds: float) -> float:
    """Return the p95 of the time from capture to screen that the player says, in seconds."""
    page.reload()
    page.wait_for_function(_LATENCY, timeout=60_000)
    page.wait_for_timeout(1e3 * JOIN_S)
    found = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        latency = page.evaluate(_LATENCY)
        if latency is not None:
            found.append(latency / 1e3)
        page.wait_for_timeout(50)
    return statistics.quantiles(found, n=20)[-1]


def _delays(url: str, seconds: float) -> float:
    """Return the p95 of how late a viewer's fragments are, in seconds, against the earliest one."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    with socket.create_connection((host, port), timeout=30) as sock:
        join(sock, f"{host}:{port}", "camera")
        stream = sock.makefile("rb")
        arrived: list[float] = []
        until = time.monotonic() + seconds + JOIN_S
        while time.monotonic() < until:
            head = stream.read(2)
            length = head[1] & 127
            if length >= 126:
                length = int.from_bytes(stream.read(2 if length == 126 else 8), "big")
            stream.read(length)
            if head[0] & 15 == 2 and length > 500:
                arrived.append(time.monotonic())
        stream.close()
    late = [at - number / FPS for number, at in enumerate(arrived[FPS * 3 :])]
    return statistics.quantiles([one - min(late) for one in late], n=20)[-1]
