"""TLS in front of a server of this host, as a proxy does it: a certificate for localhost by an authority of its own."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.support import needs
from tests.support.cable import hang_up

_CHUNK = 1 << 16
KEYS = {
    "ec": ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
    "rsa": ("-newkey", "rsa:2048"),
}


class TlsFront:
    """Takes TLS with ALPN h2 at `port` and speaks plainly to `target_port`. `authority` is whom clients have to trust."""

    def __init__(self, folder: Path, target_port: int) -> None:
        self.authority, key = certificate(folder)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.authority, key)
        self._context.set_alpn_protocols(["h2"])
        self._target = target_port
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        try:
            near = self._context.wrap_socket(raw, server_side=True)
            far = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            raw.close()
            return
        self._sockets += [near, far]
        threading.Thread(target=self._pump, args=(far, near), daemon=True).start()
        self._pump(near, far)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(_CHUNK):
                sink.sendall(chunk)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End everything."""
        hang_up(self._listener, *self._sockets)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def certificate(folder: Path, stem: str = "", kind: str = "ec") -> tuple[Path, Path]:
    """Make a certificate for this host that signs itself; return it and its key. `kind` is `ec` or `rsa`."""
    cert, key = folder / f"{stem}cert.pem", folder / f"{stem}key.pem"
    names = "subjectAltName=DNS:localhost,DNS:cams.example,IP:127.0.0.1"
    made = [*KEYS[kind], "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", names]
    files = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(
        [needs.openssl(), "req", "-x509", *made, *files], check=True, capture_output=True, timeout=60
    )
    return cert, key
