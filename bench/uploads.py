"""Uploads: one large file and twenty at once against the disk alone and against tusd.

UPLOAD_MB makes the file smaller (default 2048), TUSD names the program of the peer (default: `tusd` in PATH). One client for both: it sends the file by `sendfile` in one
request. The node's offset is durable when it answers; tusd answers without, so its figure has the `fsync` of its file behind it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench.running import Node, pss_bytes
from bench.table import Row
from tests.support.media_files import Clip

MB = int(os.environ.get("UPLOAD_MB", "2048"))
TURNS = 3
MANY = 20
MOST_GROWTH = 32e6
_BODY = "application/offset+octet-stream"


def rows() -> list[Row]:
    """Measure and return the rows."""
    with tempfile.TemporaryDirectory(prefix="framecast-bench-") as name:
        folder = Path(name)
        file = folder / "upload.bin"
        fill(file, MB << 20)
        with Node({"camera": {"source": str(Clip().path()), "always": True}}) as node:
            return [*_one(node, file), _many(node, file), *_against_tusd(node, file)]


def upload(url: str, path: str, file: Path) -> float:
    """Return the seconds that an upload takes. `path` is where uploads begin."""
    size = file.stat().st_size
    begin = time.perf_counter()
    request = urllib.request.Request(
        url + path, method="POST", headers={"Tus-Resumable": "1.0.0", "Upload-Length": str(size)}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        place = urlsplit(answer.headers["Location"]).path
    parts = urlsplit(url)
    with (
        socket.create_connection((parts.hostname or "", parts.port or 80)) as sock,
        file.open("rb") as source,
    ):
        head = (
            f"PATCH {place} HTTP/1.1\r\nHost: {parts.netloc}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        )
        sock.sendall(f"{head}Content-Type: {_BODY}\r\nContent-Length: {size}\r\n\r\n".encode())
        sock.sendfile(source)
        answered = sock.recv(65536)
    if b" 204 " not in answered.split(b"\r\n", 1)[0]:
        raise RuntimeError(f"an upload was refused: {answered[:300]!r}")
    return time.perf_counter() - begin


def _one(node: Node, file: Path) -> list[Row]:
    """One file against `dd` to the same disk, by turns, and the memory of the node."""
    changed(file, 0)
    upload(node.url, "/api/uploads", _small(file))  # the library is opened, its server is started
    ours, disk, growths = [], [], []
    for turn in range(TURNS):
        changed(file, turn + 1)
        disk.append(_dd(file, node.folder / "dd"))
        with _memory(node) as growth:
            ours.append(upload(node.url, "/api/uploads", file))
        growths.append(growth[0])
    size = file.stat().st_size
    ratio = min(disk) / min(ours)
    row = Row(
        f"upload of {MB} MB, durable, with its SHA-256",
        f"{size / min(ours) / 1e6:.0f} MB/s",
        f"dd conv=fsync: {size / min(disk) / 1e6:.0f} MB/s",
        f"{ratio:.2f} x",
        ">= 0.6 x",
        ratio >= 0.6,
    )
    most = max(growths)
    return [
        row,
        Row(
            "  memory of the files server, growth",
            f"{most / 1e6:.1f} MB",
            "",
            "",
            "< 32 MB",
            most < MOST_GROWTH,
        ),
    ]


def _many(node: Node, file: Path) -> Row:
    """Twenty at once, which are one file together, against that file alone."""
    size = file.stat().st_size // MANY
    parts = [file.with_name(f"part{number}") for number in range(MANY)]
    ones, sums = [], []
    for turn in range(TURNS):
        changed(file, 100 + turn)
        for part in parts:
            fill(part, size)
        ones.append(upload(node.url, "/api/uploads", file))
        begin = time.perf_counter()
        with ThreadPoolExecutor(MANY) as pool:
            list(pool.map(lambda part: upload(node.url, "/api/uploads", part), parts))
        sums.append(time.perf_counter() - begin)
    ratio = min(ones) / min(sums)
    return Row(
        f"{MANY} uploads at once, their sum",
        f"{size * MANY / min(sums) / 1e6:.0f} MB/s",
        f"one: {size * MANY / min(ones) / 1e6:.0f} MB/s",
        f"{ratio:.2f} x",
        ">= 0.8 x",
        ratio >= 0.8,
    )


def _against_tusd(node: Node, file: Path) -> Iterator[Row]:
    """The same client against tusd, if it is there."""
    program = os.environ.get("TUSD") or shutil.which("tusd")
    if not program:
        return
    with tempfile.TemporaryDirectory(prefix="framecast-bench-") as folder, _tusd(program, folder) as url:
        ours, peer = [], []
        for turn in range(TURNS):
            changed(file, 200 + turn)
            ours.append(upload(node.url, "/api/uploads", file))
            begin = time.perf_counter()
            upload(url, "/files/", file)
            for one in Path(folder).iterdir():
                _sync(one)
            peer.append(time.perf_counter() - begin)
    ratio = min(peer) / min(ours)
    size = file.stat().st_size
    yield Row(
        f"upload of {MB} MB against tusd, both durable at the end",
        f"{size / min(ours) / 1e6:.0f} MB/s",
        f"tusd, then fsync: {size / min(peer) / 1e6:.0f} MB/s",
        f"{ratio:.2f} x",
        ">= 0.9 x",
        ratio >= 0.9,
    )


@contextmanager
def _memory(node: Node) -> Iterator[list[float]]:
    """Give a list whose first item is then by how much the memory of the files server has grown at most."""
    module = "framecast.servers.web.files"
    web = [one for one in node.processes() if one.cmdline()[1:4] == ["-P", "-m", module]]
    before = sum(map(pss_bytes, web))
    found, stop = [0.0], threading.Event()

    def look() -> None:
        while not stop.wait(0.05):
            found[0] = max(found[0], sum(map(pss_bytes, web)) - before)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        stop.set()
        looking.join()


@contextmanager
def _tusd(program: str, folder: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    command = [
        program,
        "-host",
        "127.0.0.1",
        "-port",
        str(port),
        "-upload-dir",
        folder,
        "-base-path",
        "/files/",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            for _ in range(200):
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


def _dd(file: Path, to: Path) -> float:
    """Return the seconds in which dd copies a file that is in memory."""
    begin = time.perf_counter()
    subprocess.run(["dd", f"if={file}", f"of={to}", "bs=1M", "conv=fsync", "status=none"], check=True)
    taken = time.perf_counter() - begin
    to.unlink()
    return taken


def fill(file: Path, size: int) -> None:
    """Write random bytes: the same file twice would be one video."""
    block = os.urandom(1 << 20)
    with file.open("wb") as out:
        for number in range(0, size, len(block)):
            out.write(number.to_bytes(8, "big") + block[8 : min(len(block), size - number)])


def changed(file: Path, number: int) -> None:
    with file.open("r+b") as out:
        out.write(number.to_bytes(8, "big"))


def _small(file: Path) -> Path:
    small = file.with_name("small")
    fill(small, 1 << 20)
    return small


def _sync(file: Path) -> None:
    fd = os.open(file, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
