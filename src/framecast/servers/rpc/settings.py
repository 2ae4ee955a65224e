"""What the node tells the gRPC server when it starts it, beside what every server is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from framecast.servers.launch import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcSettings(Settings):
    """`fd` only holds the port: the server opens the same one beside it. With both files it speaks TLS."""

    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None

    @property
    def address(self) -> str:
        """Host and port as gRPC writes them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
