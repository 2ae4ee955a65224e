"""What the node gives the ZeroMQ server on stdin, beside what every server gets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from framecast.servers.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ZmqSettings(Settings):
    """The keys of `framecast.yaml`, section `zmq`. `imagezmq_fd` is the socket of imagezmq's port, None without one.

    `imagezmq_is_open`: other machines reach that port, which `insecure` allows, and everybody who reaches it sees the pictures.
    """

    curve_secret_key_file: Path | None
    curve_clients_file: Path | None
    imagezmq_fd: int | None
    imagezmq_is_open: bool
    imagezmq_track: str
    imagezmq_streams: tuple[str, ...]
