"""A node with cameras that do what a test says: the real socket, bus and messages, but no processes and no retries.

Its cameras publish JPEG pictures with readable blocks: `frame` counts, `stream_id` tells which camera it is. Their `video` is
announced, and never comes: who wants to play it waits.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from framecast.bus import Channel
from framecast.clock import monotonic_ns, utc_ns
from framecast.errors import FramecastError, Invalid, NotFound
from framecast.media.jpeg import encode
from framecast.media.testpicture import Pattern
from framecast.model import Kind, Meta, Source, State, StreamSpec, Subscription, TrackInfo, TrackName
from tests.bus.switch import Switch


class Camera:
    """One stream: a publisher, a thread that shows pictures, and what the node would say about it."""

    def __init__(self, name: str, number: int, **options: Any) -> None:
        self.name = name
        self.number = number
        self.display_name = str(options.get("display_name", ""))
        self.groups = list(options.get("groups", ()))
        self.owner: str | None = options.get("owner")  # an account
        self.source = Source(str(options.get("source", f"rtsp://admin:secret@camera/{number}")))
        self.configured = str(options.get("configured", "file"))
        self.fps = float(options.get("fps", 25))
        self.size: tuple[int, int] = options.get("size", (640, 360))
        self.state, self.reason, self.reconnects = State.LIVE, "", 0
        self.since = time.time()
        self.every_s: float | None = None  # what the node says of a slow one
        self.options: dict[str, Any] = options.get("options", {})
        self.has_pictures = bool(options.get("has_pictures", True))
        self.frame = 0
        self.readers: list[tuple[Channel, Subscription]] = []
        self.switch = Switch(name)
        self.sizes: dict[str, tuple[int, int]] = {}
        self.running = threading.Event()
        self.running.set()
        self.over = threading.Event()
        self._patterns: dict[tuple[int, int], Pattern] = {}
        threading.Thread(target=self._run, name=f"camera {name}", daemon=True).start()

    def status(self) -> dict[str, Any]:
        """What the node says about this stream."""
        width, height = self.size
        track = TrackInfo("video", Kind.PACKETS, codec="h264", width=width, height=height).to_json()
        if not self.has_pictures:
            track = TrackInfo("data", Kind.DATA).to_json()
        del track["extradata"]
        return {
            "name": self.name,
            "display_name": self.display_name,
            "groups": self.groups,
            **({"owner": self.owner} if self.owner else {}),
            "source": str(self.source),
            "state": str(self.state),
            "reason": self.reason,
            "detail": "",
            "since": self.since,
            "every_s": self.every_s,
            "reconnects": self.reconnects,
            "readers": len(self.readers),
            "configured": self.configured,
            "options": self.options,
            "facts": {"decoder": "h264"},
            "tracks": [track] if self.state is State.LIVE else [],
        }

    def adopt(self, channel: Channel, wish: Subscription) -> None:
        """Serve a reader."""
        self.readers.append((channel, wish))
        if str(wish.track) not in self.switch.publisher.tracks:
            self._announce(wish.track)
        self.switch.introduce(channel, wish)

    def show(self) -> None:
        """Publish one picture to all who look."""
        self.frame += 1
        for name, size in tuple(self.sizes.items()):
            track = self.switch.publisher.tracks[name]
            if track.wanted:
                pattern = self._patterns.setdefault(size, Pattern(*size, stream_id=self.number))
                out = np.empty(pattern.picture.layout.size_bytes, np.uint8)
                pattern.draw(out, self.frame, time.time_ns() // 1_000_000)
                quality = int(name.split("/")[1])
                meta = Meta(self.frame * 40_000, utc_ns(), monotonic_ns())
                track.send(encode(pattern.picture, out, quality), meta)

    def _announce(self, track: TrackName) -> None:
        own_width, own_height = self.size
        width, height = track.size or self.size
        size = (width or height * own_width // own_height, height or width * own_height // own_width)
        codec = "h264" if str(track) == "video" else "mjpeg"
        self.switch.publisher.track(
            TrackInfo(str(track), Kind.PACKETS, codec=codec, width=size[0], height=size[1])
        )
        if codec == "mjpeg":
            self.sizes[str(track)] = size  # from now on the thread shows it

    def close(self) -> None:
        """Stop showing."""
        self.over.set()
        self.switch.close()

    def _run(self) -> None:
        while not self.over.wait(1 / self.fps):
            if self.running.is_set():
                try:
                    self.show()
                except FramecastError:
                    return


class SmallNode:
    """Listens at `folder`/node.sock until closed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cameras: dict[str, Camera] = {}
        self.puts: list[StreamSpec] = []
        self.connections = 0
        self._numbers = iter(range(1, 1000))
        self._watchers: list[Channel] = []
        self._lock = threading.RLock()
        self._selector = selectors.DefaultSelector()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(folder / "node.sock"))
        self._listener.listen(64)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="small node", daemon=True)
        self._thread.start()

    def add(self, name: str, **options: Any) -> Camera:
        """Add a camera that is live."""
        with self._lock:
            camera = self.cameras[name] = Camera(name, next(self._numbers), **options)
            self.tell(camera)
            return camera

    def fail(self, name: str, reason: str = "refused", state: State = State.OFFLINE) -> None:
        """Let a camera's source fail: no more pictures, and the node says why."""
        self.set_state(name, state, reason)

    def recover(self, name: str) -> None:
        """Let a camera's source come back."""
        self.cameras[name].reconnects += 1
        self.set_state(name, State.LIVE)

    def set_state(self, name: str, state: State, reason: str = "") -> None:
        """Put a camera into a state and tell everybody."""
        with self._lock:
            camera = self.cameras[name]
            camera.state, camera.reason, camera.since = state, reason, time.time()
            if state is State.LIVE:
                camera.running.set()
            else:
                camera.running.clear()
            self.tell(camera)

    def tell(self, camera: Camera) -> None:
        """Tell readers and watchers what a camera's state is."""
        for reader, _ in camera.readers:
            _send(reader, {"event": "state", **_state(camera)})
        for watcher in self._watchers:
            _send(watcher, {"event": "stream", **camera.status()})

    def close(self) -> None:
        """End everything. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._wake.send(b"x")
        self._thread.join(10)
        for camera in self.cameras.values():
            camera.close()
        for sock in (self._listener, self._wake, self._woken):
            sock.close()
        self._selector.close()

    # --- the thread

    def _run(self) -> None:
        while not self._closed:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    sock, _ = self._listener.accept()
                    self.connections += 1
                    # A channel to a client that was killed may have closed itself in `send`, and its number is free again.
                    self._selector._fd_to_key.pop(sock.fileno(), None)  # type: ignore[attr-defined]
                    self._selector.register(Channel(sock), selectors.EVENT_READ)
                elif isinstance(key.fileobj, Channel):
                    self._hear(key.fileobj)
        for key in tuple(self._selector.get_map().values()):
            if isinstance(key.fileobj, Channel):
                key.fileobj.close()

    def _hear(self, channel: Channel) -> None:
        try:
            messages = channel.receive()
        except FramecastError:
            self._forget(channel)
            return
        for message in messages:
            with self._lock:
                try:
                    answer = self._answer(channel, message.fields)
                except FramecastError as error:
                    answer = {"error": type(error).__name__, "message": str(error)}
            if answer is not None:
                _send(channel, {**answer, "id": message.fields.get("id")})

    def _forget(self, channel: Channel) -> None:
        with self._lock:
            for camera in self.cameras.values():
                camera.readers = [pair for pair in camera.readers if pair[0] is not channel]
            if channel in self._watchers:
                self._watchers.remove(channel)
        # The number is gone from epoll with the socket; only the selector's own books are left.
        found = [key for key in self._selector.get_map().values() if key.fileobj is channel]
        for key in found:
            self._selector._fd_to_key.pop(key.fd)  # type: ignore[attr-defined]
        channel.close()

    def _answer(self, channel: Channel, fields: dict[str, Any]) -> dict[str, Any] | None:
        op = fields["op"]
        if op == "subscribe":
            self._subscribe(channel, fields)
            return None
        if op == "again":
            for camera in self.cameras.values():
                for wish in [wish for reader, wish in camera.readers if reader is channel]:
                    camera.switch.introduce(channel, wish)
            return None
        if op == "watch":
            self._watchers.append(channel)
            for camera in self.cameras.values():
                _send(channel, {"event": "stream", **camera.status()})
            return None
        if op not in _ANSWERS:
            raise Invalid(f"this small node does not know {op}")
        answer: dict[str, Any] = _ANSWERS[op](self, fields)
        return answer

    def _subscribe(self, channel: Channel, fields: dict[str, Any]) -> None:
        wish = Subscription.from_json(fields)
        camera = self._find(wish.stream)
        track = str(wish.track)
        if not camera.has_pictures or not (track == "video" or track.startswith("jpeg/")):
            raise NotFound(f"stream {wish.stream} has no {track}")
        _send(channel, {"event": "state", **_state(camera)})
        camera.adopt(channel, wish)

    def _find(self, name: object) -> Camera:
        try:
            return self.cameras[str(name)]
        except KeyError as error:
            raise NotFound(f"there is no stream {name}") from error

    def _newest(self) -> dict[str, float]:
        times = {name: camera.status().get("newest_at") for name, camera in self.cameras.items()}
        return {name: at for name, at in times.items() if at is not None}

    def _put(self, fields: dict[str, Any]) -> dict[str, Any]:
        spec = StreamSpec.from_json(str(fields["name"]), fields["stream"])
        self.puts.append(spec)
        names = {"display_name": spec.display_name, "groups": spec.groups}
        self.add(spec.name, source=spec.source.reveal(), configured="api", **names)
        return {"ok": True}

    def _delete(self, fields: dict[str, Any]) -> dict[str, Any]:
        camera = self._find(fields["name"])
        del self.cameras[camera.name]
        for reader, _ in camera.readers:
            _send(reader, {"error": "Ended", "message": f"stream {camera.name} was removed"})
        for watcher in self._watchers:
            _send(watcher, {"event": "removed", "name": camera.name})
        camera.close()
        return {"ok": True}

    def _restart(self, fields: dict[str, Any]) -> dict[str, Any]:
        self.recover(self._find(fields["name"]).name)
        return {"ok": True}

    def _stats(self, _fields: dict[str, Any]) -> dict[str, Any]:
        return {
            "streams": {
                name: {"tracks": [track.stats() for track in camera.switch.publisher.tracks.values()]}
                for name, camera in self.cameras.items()
            }
        }


def _send(channel: Channel, fields: dict[str, Any]) -> None:
    try:
        channel.send(fields)
    except FramecastError:
        return


def _state(camera: Camera) -> dict[str, Any]:
    return {"state": str(camera.state), "reason": camera.reason, "detail": ""}


def _unknown(_node: SmallNode, fields: dict[str, Any]) -> dict[str, Any]:
    raise Invalid(f"unknown op {fields['op']}")


_ANSWERS: Any = {
    "streams": lambda node, _: {"streams": [camera.status() for camera in node.cameras.values()]},
    "newest": lambda node, _: {"newest": node._newest()},
    "stream": lambda node, fields: node._find(fields["name"]).status(),
    "put": SmallNode._put,
    "delete": SmallNode._delete,
    "restart": SmallNode._restart,
    "stats": SmallNode._stats,
    "figures": lambda _node, _: {"servers": {}},
    "processes": lambda _node, _: {"processes": []},
    "info": lambda _node, _: {"version": "0.1.0", "pid": 1, "uptime_s": 5.0, "servers": []},
    "schema": lambda _node, _: {"schema": {"type": "object"}},
    "publish_topic": lambda _node, _: {"ok": True},
    "follow": lambda _node, _: {"ok": True},
}
