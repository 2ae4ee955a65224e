"""A server of stored videos for tests of their player and page: the package's pages and files, JSON, and media by byte ranges.

It gives the same security headers as the web server. A test may change what it says of a video, cut the line, or count what is asked.
"""

from __future__ import annotations

import json
import queue
import re
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from framecast.servers.web.assets import Assets
from framecast.servers.web.http.answers import SECURITY_HEADERS
from tests.support.stored_videos import FPS, SECONDS, generation, manifest

ID = "AAAAAAAAAAAAAAAAAAAAAA"
_TYPES = {"m3u8": "application/vnd.apple.mpegurl", "m4s": "video/mp4", "jpg": "image/jpeg", "vtt": "text/vtt"}
_MEDIA = re.compile(r"/api/videos/([\w-]+)/media/([\w-]+)/([a-z0-9._-]+)")
_ITEM = re.compile(r"/api/videos/([\w-]+)(?:/(\w+))?")


def video(id: str = ID, media: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return what the server says of a video that is ready, with changes."""
    now = time.time()
    published = {"generation": "g1", "base": f"/api/videos/{id}/media/g1/", **(media or manifest())}
    return {
        "id": id,
        "title": "Arrival at the lake",
        "description": "The first day.\nMore at https://example.org/lake",
        "tags": ["lake", "summer"],
        "visibility": "public",
        "state": "ready",
        "progress": None,
        "reason": None,
        "owner": {"name": "ada", "display_name": "Ada"},
        "is_mine": True,
        "may_edit": True,
        "created_at": now - 90000,
        "published_at": now - 86400,
        "duration_s": float(SECONDS),
        "width": 640,
        "height": 360,
        "fps": float(FPS),
        "size": 12_345_678,
        "views": 7,
        "is_held": False,
        "deleted_at": None,
        "filename": "lake.mp4",
        "media": published,
    } | changes


def waiting(state: str, **changes: Any) -> dict[str, Any]:
    """Return a video that cannot be played yet, or never."""
    facts: dict[str, Any] = {"state": state, "published_at": None, "duration_s": None, "views": 0}
    found = video(**facts, **changes)
    found["media"] = None
    return found


class VideoSite:
    """`videos` by id and `playlists` by id; `requests` are the method and path of all that was asked, `bodies` what was sent."""

    def __init__(self) -> None:
        self.videos: dict[str, dict[str, Any]] = {ID: video()}
        self.playlists: dict[str, dict[str, Any]] = {}
        self.requests: list[str] = []
        self.bodies: list[Any] = []
        self.is_cut = threading.Event()
        self.gone: set[str] = set()  # generations whose files are away
        self.folder: Path = generation()
        self.assets = Assets()
        self._listeners: list[queue.Queue[str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def change(self, id: str = ID, **changes: Any) -> None:
        """Change what is said of a video, and let the pages know."""
        self.put(self.videos[id] | changes)

    def put(self, found: dict[str, Any]) -> None:
        """Add or replace a video, and let the pages know."""
        self.videos[found["id"]] = found
        for listener in self._listeners:
            listener.put(found["id"])

    def asked(self, start: str) -> int:
        """How many requests began like this."""
        return sum(one.startswith(start) for one in self.requests)

    def follow(self) -> queue.Queue[str]:
        """Return what hears of changes."""
        self._listeners.append(queue.Queue())
        return self._listeners[-1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    site: VideoSite
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self._begin()
        if path is None:
            return
        if found := _MEDIA.fullmatch(path):
            self._media(*found.groups())
        elif path == "/api/videos/events":
            self._events()
        elif path.startswith("/static/"):
            asset = self.site.assets.static(path.removeprefix("/static/"))
            self._answer(200, asset.body, asset.media_type)
        elif path == "/blank":
            self._answer(200, b"<!doctype html><title>Blank</title>", "text/html; charset=utf-8")
        elif path.startswith("/videos/"):
            name = "video-embed" if path.endswith("/embed") else "video"
            self._answer(200, self.site.assets.page(name).body, "text/html; charset=utf-8")
        else:
            self._json(*self._facts(path))

    def do_POST(self) -> None:
        self._change()

    do_PATCH = do_PUT = do_DELETE = do_POST  # noqa: N815  names of the standard library

    def _begin(self) -> str | None:
        path = urlsplit(self.path).path
        self.site.requests.append(f"{self.command} {self.path}")
        if self.site.is_cut.is_set() and path.startswith("/api/"):
            self.close_connection = True
            self.connection.close()
            return None
        return path

    def _facts(self, path: str) -> tuple[int, Any]:
        if path == "/api":
            return 200, {"access": "open", "open_to": "machine", "login": False}
        if path == "/api/library":
            return 200, {"is_admin": True}
        if path.startswith("/api/playlists"):
            found = self.site.playlists.get(path.rpartition("/")[2])
            return (200, found) if found else (404, {"error": "NotFound", "message": "there is no playlist"})
        match = _ITEM.fullmatch(path)
        if match and match[1] in self.site.videos:
            return 200, self.site.videos[match[1]]
        return 404, {"error": "NotFound", "message": "there is no such video"}

    def _change(self) -> None:
        path = self._begin()
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if path is None:
            return
        found = _ITEM.fullmatch(path)
        if found is None or found[1] not in self.site.videos:
            self._json(404, {"error": "NotFound", "message": "there is no such video"})
            return
        id, what = found.groups()
        is_json = "json" in self.headers.get("Content-Type", "")
        self.site.bodies.append(json.loads(body) if body and is_json else body.decode())
        if self.command == "PATCH":
            self.site.change(id, **self.site.bodies[-1])
        elif self.command == "DELETE" and what is None:
            self.site.change(id, deleted_at=time.time())
        elif what == "restore":
            self.site.change(id, deleted_at=None)
        elif what == "view":
            self._answer(204, b"", "")
            return
        self._json(200, self.site.videos[id])

    def _media(self, id: str, generation: str, name: str) -> None:
        if generation in self.site.gone or id not in self.site.videos:
            self._json(404, {"error": "NotFound", "message": "there is no such file"})
            return
        data = (self.site.folder / name).read_bytes()
        first, last = 0, len(data) - 1
        if wanted := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            first, last = int(wanted[1]), min(last, int(wanted[2] or last))
        kind = _TYPES[name.rpartition(".")[2]]
        extra = {"Content-Range": f"bytes {first}-{last}/{len(data)}"} if wanted else {}
        extra["Cache-Control"] = "max-age=31536000, immutable"
        self._answer(206 if wanted else 200, data[first : last + 1], kind, extra)

    def _events(self) -> None:
        changes = self.site.follow()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        with suppress(OSError):
            self.wfile.write(b"retry: 1000\n\n")
            while not self.site.is_cut.is_set():
                with suppress(queue.Empty):
                    self.wfile.write(f"data: {json.dumps({'id': changes.get(timeout=0.5)})}\n\n".encode())

    def _json(self, status: int, value: Any) -> None:
        self._answer(status, json.dumps(value).encode(), "application/json")

    def _answer(self, status: int, body: bytes, kind: str, extra: dict[str, str] | None = None) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            for name, value in SECURITY_HEADERS:
                self.send_header(name.decode(), value.decode())
            for title, text in {
                "Content-Type": kind,
                "Access-Control-Allow-Origin": "*",
                **(extra or {}),
            }.items():
                self.send_header(title, text)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""
