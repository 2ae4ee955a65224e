"""Stored videos over HTTP: how fast a file is given, beside nginx; and a page and a search of a large library, as a client waits for them.

One client on loopback reads the same file from both, by turns; the file is in the page cache. nginx sends it by sendfile, with one worker.
"""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import quote

from bench import library as bench_library
from bench.table import Row
from framecast.library import open_library
from framecast.model.library_layout import file_key
from framecast.model.video import Visibility
from framecast.store.open import sqlite_url
from tests.servers.web.library_web import Shelf, open_web
from tests.servers.web.web_process import WebProcess

TURNS = 5
FILE_BYTES = 512 << 20
ASKED = 300
MOST_MS = 100.0
_OLD = "g000000000000"
_NGINX = """daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr error;
events {{ worker_connections 64; }}
http {{ access_log off; sendfile on; tcp_nopush on; server {{ listen 127.0.0.1:{port}; root {root}; }} }}
"""


def rows() -> list[Row]:
    """Measure and return the rows."""
    return [throughput(), *waited()]


def throughput() -> Row:
    """Bytes a second of one client, from the server and from nginx."""
    with (
        tempfile.TemporaryDirectory(prefix="framecast-bench-") as name,
        open_web(Path(name)) as (web, folder),
    ):
        shelf = Shelf(folder)
        video = shelf.add("Long", Visibility.PUBLIC)
        key = file_key(video.id, _OLD, "main.mp4")
        shelf.objects.put(key, os.urandom(1 << 20) * (FILE_BYTES >> 20))
        path = shelf.objects.local_path(key)
        ours, theirs = [], []
        with nginx(path.parent) as port:
            for _ in range(TURNS):
                ours.append(read(web.port, f"/api/videos/{video.id}/media/{_OLD}/main.mp4"))
                theirs.append(read(port, "/main.mp4"))
        shelf.close()
    mine, peer = statistics.median(ours), statistics.median(theirs)
    return Row(
        f"stored video, {FILE_BYTES >> 20} MiB by HTTP to one client",
        f"{mine / 1e6:.0f} MB/s",
        f"nginx: {peer / 1e6:.0f} MB/s",
        f"{mine / peer:.2f} x",
    )


@contextmanager
def nginx(root: Path) -> Iterator[int]:
    """Serve a folder by nginx, and give its port."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = int(sock.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="framecast-bench-") as folder:
        file = Path(folder, "nginx.conf")
        file.write_text("user root;\n" + _NGINX.format(folder=folder, port=port, root=root))
        with subprocess.Popen(["nginx", "-c", str(file), "-p", folder]) as process:
            try:
                _until_open(port)
                yield port
            finally:
                process.terminate()


def read(port: int, path: str) -> float:
    """Return how many bytes a second come."""
    buffer = memoryview(bytearray(1 << 20))
    with socket.create_connection(("127.0.0.1", port)) as sock:
        begin, count = time.perf_counter(), 0
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        while got := sock.recv_into(buffer):
            count += got
        if count < FILE_BYTES:
            raise RuntimeError(f"{count} bytes came of {path}, expected {FILE_BYTES}")
        return count / (time.perf_counter() - begin)


def waited() -> Iterator[Row]:
    """How long a client waits for a page and for a search."""
    with tempfile.TemporaryDirectory(prefix="framecast-bench-") as name:
        folder = Path(name)
        (folder / "library").mkdir()
        library, language = open_library(sqlite_url(folder / "framecast.db")), bench_library.new_language()
        bench_library.fill(library, language)
        library.close()
        orders = cycle(("newest", "oldest", "views", "title"))
        pages = [f"/api/videos?sort={next(orders)}" for _ in range(ASKED)]
        words = (f"/api/videos?q={quote(language.some(1)[0])}" for _ in iter(int, 1))
        with open_web(folder) as (web, _):
            for what, paths in (("page", pages), ("search", list(islice(words, ASKED)))):
                ms = asked(web, paths)
                p95 = statistics.quantiles(ms, n=20)[-1]
                yield Row(
                    f"{what} of {bench_library.VIDEOS} videos over HTTP, p95",
                    f"{p95:.1f} ms (p50 {statistics.median(ms):.1f} ms)",
                    must=f"<= {MOST_MS:g} ms",
                    met=p95 <= MOST_MS,
                )


def asked(web: WebProcess, paths: list[str]) -> list[float]:
    """Ask on one connection, and return how many milliseconds each answer takes."""
    connection, found = http.client.HTTPConnection("127.0.0.1", web.port), []
    for path in paths:
        begin = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        if not answer.read() or answer.status != 200:
            raise RuntimeError(f"{path} is answered by {answer.status}")
        found.append(1000 * (time.perf_counter() - begin))
    connection.close()
    return found


def _until_open(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("nginx does not answer")
