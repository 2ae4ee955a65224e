"""What the node gives the gRPC server on stdin, beside what every server gets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from framecast.servers.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcSettings(Settings):
    """`fd` only holds the port: the server opens the same port beside it. With both files it speaks TLS.

    `socket_mode` is that of node.sock, and of the socket file for programs of this machine.
    """

    tls_cert_file: Path | None
    tls_key_file: Path | None
    socket_mode: int

    @property
    def address(self) -> str:
        """Host and port as gRPC writes them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
