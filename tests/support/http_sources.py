"""A local web server with the video that cameras and sites offer: MJPEG, HLS, a progressive MP4.

    with HttpSources() as web:
        av.open(web.mjpeg())

Every body goes through one gate, so that any of them can be slow, stall, or be cut in the middle.
"""

import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

import av

from tests.support import media_files
from tests.support.media_files import Clip

DEFAULT_CLIP = Clip(size=(640, 360), audio="aac")
BOUNDARY = "framecast-test"
CHUNK_BYTES = 16_384
LIVE_WINDOW = 4  # segments in the live playlist
NO_CONTENT_LENGTH = -1


class HttpSources:
    """Serves one clip in several ways. Faults hold for all connections until taken back.

    /stream.mjpeg repeats for ever at the clip's rate; /hls/ is finished, /live/ slides and repeats; /video.mp4 knows ranges.
    """

    def __init__(self, clip: Clip = DEFAULT_CLIP) -> None:
        self.clip = clip
        self.status = 200  # another one is answered to everything, with no body
        self.bytes_per_s = 0.0  # 0: as fast as it goes
        self.requests: list[str] = []  # every path asked for
        self.open_sockets: set[socket.socket] = set()
        self.started = time.monotonic()
        self._flowing = threading.Event()
        self._flowing.set()
        self._over = threading.Event()
        self._server = _server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="http-sources")

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def mjpeg(self) -> str:
        """Return the address of an endless multipart/x-mixed-replace stream."""
        return self.url("/stream.mjpeg")

    def hls(self) -> str:
        """Return the address of a finished HLS playlist."""
        return self.url("/hls/index.m3u8")

    def live_hls(self) -> str:
        """Return the address of a sliding HLS playlist, which repeats the clip for ever."""
        return self.url("/live/index.m3u8")

    def mp4(self) -> str:
        """Return the address of an MP4 file with its index in front."""
        return self.url("/video.mp4")

    def jpeg(self) -> str:
        """Return the address of a single picture."""
        return self.url("/frame.jpeg")

    def stall(self) -> None:
        """Send nothing more, with all sockets open."""
        self._flowing.clear()

    def resume(self) -> None:
        """Go on after `stall`."""
        self._flowing.set()

    def cut(self) -> None:
        """Close all connections in the middle; new ones are welcome."""
        for sock in list(self.open_sockets):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the client was faster

    def connections(self) -> int:
        """Return how many clients are connected now."""
        return len(self.open_sockets)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.resume()
        self.cut()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def gate(self, chunk: bytes) -> bytes:
        """Return the chunk when it may go."""
        self._flowing.wait()
        if self.bytes_per_s:
            self._over.wait(len(chunk) / self.bytes_per_s)
        if self._over.is_set():
            raise ConnectionAbortedError
        return chunk

    def wait_until(self, at: float) -> None:
        """Return at a time of the monotonic clock, or at the end."""
        self._over.wait(max(0.0, at - time.monotonic()))


class _Handler(BaseHTTPRequestHandler):
    sources: HttpSources  # set by _server
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.sources.open_sockets.add(self.connection)

    def finish(self) -> None:
        self.sources.open_sockets.discard(self.connection)
        try:
            super().finish()
        except OSError:
            pass  # the client left

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            pass  # the client left, or was cut

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.sources.requests.append(self.path)
        if self.sources.status != 200:
            self._head(self.sources.status, "text/plain", 0)
        elif path in ROUTES:
            ROUTES[path](self)
        elif path.endswith(".ts"):
            self._file(_hls(self.sources) / Path(path).name, "video/mp2t")
        else:
            self._head(404, "text/plain", 0)

    def mjpeg(self) -> None:
        clip = self.sources.clip
        self._head(200, f"multipart/x-mixed-replace; boundary={BOUNDARY}", NO_CONTENT_LENGTH)
        start = time.monotonic()
        for index, picture in enumerate(_endless(pictures(clip))):
            self.sources.wait_until(start + float(index / clip.fps))
            head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            self._send(head.encode() + picture + b"\r\n")

    def jpeg(self) -> None:
        self._body(pictures(self.sources.clip)[0], "image/jpeg")

    def mp4(self) -> None:
        self._file(replace(self.sources.clip, container="mp4").path(), "video/mp4")

    def hls(self) -> None:
        self._file(_hls(self.sources) / "index.m3u8", "application/vnd.apple.mpegurl")

    def live_hls(self) -> None:
        self._body(_live_playlist(self.sources).encode(), "application/vnd.apple.mpegurl")

    def _file(self, path: Path, kind: str) -> None:
        if not path.is_file():
            self._head(404, "text/plain", 0)
            return
        content = path.read_bytes()
        first = self.headers.get("Range", "").removeprefix("bytes=").partition("-")[0]
        if not first:
            self._body(content, kind)
            return
        start = min(int(first), len(content))
        extent = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._head(206, kind, len(content) - start, ("Content-Range", extent))
        self._chunks(content[start:])

    def _body(self, content: bytes, kind: str) -> None:
        self._head(200, kind, len(content))
        self._chunks(content)

    def _head(self, status: int, kind: str, length: int, *more: tuple[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Accept-Ranges", "bytes")
        for name, value in more:
            self.send_header(name, value)
        if length == NO_CONTENT_LENGTH:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _chunks(self, content: bytes) -> None:
        reader = io.BytesIO(content)
        while chunk := reader.read(CHUNK_BYTES):
            self._send(chunk)

    def _send(self, chunk: bytes) -> None:
        self.wfile.write(self.sources.gate(chunk))


ROUTES: dict[str, Callable[[_Handler], None]] = {
    "/stream.mjpeg": _Handler.mjpeg,
    "/frame.jpeg": _Handler.jpeg,
    "/video.mp4": _Handler.mp4,
    "/hls/index.m3u8": _Handler.hls,
    "/live/index.m3u8": _Handler.live_hls,
}


@cache
def pictures(clip: Clip) -> list[bytes]:
    """Return every picture of a clip as JPEG."""
    with av.open(str(replace(clip, video="mjpeg", audio="none").path())) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def _endless(items: list[bytes]) -> Iterator[bytes]:
    while True:
        yield from items


def _hls(sources: HttpSources) -> Path:
    return media_files.hls_folder(sources.clip)


def _live_playlist(sources: HttpSources) -> str:
    """The newest segments; one more every second, and a discontinuity where the clip begins again (RFC 8216)."""
    count = len(list(_hls(sources).glob("part*.ts")))
    each = Fraction(sources.clip.seconds) / count
    newest = LIVE_WINDOW + int((time.monotonic() - sources.started) / each)
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{round(each) + 1}"]
    first = newest - LIVE_WINDOW
    lines += [f"#EXT-X-MEDIA-SEQUENCE:{first}", f"#EXT-X-DISCONTINUITY-SEQUENCE:{(first - 1) // count}"]
    for sequence in range(first, newest):
        if sequence % count == 0:
            lines.append("#EXT-X-DISCONTINUITY")
        lines += [f"#EXTINF:{float(each):.3f},", f"part{sequence % count}.ts?{sequence}"]
    return "\n".join([*lines, ""])


def _server(sources: HttpSources) -> ThreadingHTTPServer:
    handler = type("Handler", (_Handler,), {"sources": sources})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    return server
