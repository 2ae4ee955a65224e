"""A player without a browser: talks over a real WebSocket library, and reads MP4 with FFmpeg."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from websockets.sync.client import ClientConnection, connect

WAIT_S = 60.0
ALL = "avc1.640029,avc1.64002A,avc1.640033,hvc1.1.6.L153.B0,mp4a.40.2,mp4a.40.5,flac,opus"
NO_HEVC = "avc1.640029,avc1.64002A,avc1.640033,mp4a.40.2,opus"


@dataclass
class Player:
    """One open socket; `texts` and `media` are what has come so far."""

    socket: ClientConnection
    texts: list[dict[str, Any]] = field(default_factory=list)
    media: list[bytes] = field(default_factory=list)

    def say(self, **fields: Any) -> None:
        self.socket.send(json.dumps(fields))

    def hear(self) -> dict[str, Any] | bytes:
        """Return the next message."""
        message = self.socket.recv(WAIT_S)
        if isinstance(message, bytes):
            self.media.append(message)
            return message
        found: dict[str, Any] = json.loads(message)
        self.texts.append(found)
        return found

    def until(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the first text from now on that is it."""
        while True:
            message = self.hear()
            if isinstance(message, dict) and is_it(message):
                return message

    def until_type(self, kind: str) -> dict[str, Any]:
        return self.until(lambda message: message["type"] == kind)

    def take(self, count: int) -> list[bytes]:
        """Return the next binary messages."""
        begin = len(self.media)
        while len(self.media) < begin + count:
            self.hear()
        return self.media[begin:]

    def play(self, codecs: str = ALL) -> str:
        """Ask for MSE and return the media type."""
        self.say(type="mse", value=codecs)
        return str(self.until_type("mse")["value"])


@contextmanager
def player(url: str, src: str, **headers: str) -> Iterator[Player]:
    """Open `/api/ws` of the server at `url`."""
    with socket_at(url, f"api/ws?src={src}", **headers) as found:
        yield found


@contextmanager
def socket_at(url: str, path: str, **headers: str) -> Iterator[Player]:
    address = url.replace("http", "ws", 1).rstrip("/") + "/" + path
    with connect(
        address,
        max_size=None,
        additional_headers=headers,
        compression=None,
        ping_interval=None,
        max_queue=None,
    ) as socket:
        yield Player(socket)


def tracks_of(file: bytes) -> dict[str, list[av.Packet]]:
    """Return the packets of a file by codec, read by FFmpeg."""
    found: dict[str, list[av.Packet]] = {}
    with av.open(io.BytesIO(file), "r") as container:
        for packet in container.demux():
            if packet.dts is not None:
                found.setdefault(packet.stream.codec_context.name, []).append(packet)
    return found


def pictures_of(file: bytes) -> list[tuple[float, NDArray[np.uint8]]]:
    """Return time and luma of each picture, decoded by FFmpeg."""
    found: list[tuple[float, NDArray[np.uint8]]] = []
    with av.open(io.BytesIO(file), "r") as container:
        for frame in container.decode(video=0):
            assert frame.time is not None
            found.append((float(frame.time), np.asarray(frame.to_ndarray(format="gray"), np.uint8)))
    return found


def sound_of(file: bytes) -> tuple[float, int, NDArray[np.float32]]:
    """Return the beginning in seconds, the rate and the samples of the first channel."""
    blocks, begin, rate = [], -1.0, 0
    with av.open(io.BytesIO(file), "r") as container:
        for frame in container.decode(audio=0):
            assert frame.time is not None
            begin, rate = (frame.time, frame.sample_rate) if begin < 0 else (begin, rate)
            blocks.append(frame.to_ndarray().astype(np.float32)[0])
    return begin, rate, np.concatenate(blocks)
