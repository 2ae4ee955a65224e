"""What the node tells the ZeroMQ server when it starts it, beside what every server is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from framecast.servers.launch import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ZmqSettings(Settings):
    """Keys as in `framecast.yaml`, section `zmq`. `imagezmq_fd` is the socket of imagezmq's port, -1 without one."""

    curve_secret_key_file: Path | None = None
    curve_clients_file: Path | None = None
    imagezmq_fd: int = -1
    imagezmq_track: str = "frames/bgr"
    imagezmq_streams: tuple[str, ...] = ()
