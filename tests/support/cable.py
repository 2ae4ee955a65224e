"""A TCP connection that can be cut as a cable is: nothing is closed, nothing arrives any more."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self

_CHUNK = 1 << 16


class Cable:
    """Forwards from a port of its own (`port`) to `target_port` of this host. `rate` limits bytes a second, 0 does not."""

    def __init__(self, target_port: int, rate: int = 0) -> None:
        self._target = target_port
        self._rate = rate
        self._whole = threading.Event()
        self._whole.set()
        self._closed = threading.Event()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Let nothing through; new connections are accepted by nobody that answers."""
        self._whole.clear()

    def mend(self) -> None:
        """Let all through again; what waited arrives."""
        self._whole.set()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                if self._closed.is_set():
                    return
                continue
            for one in (near, far):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _CHUNK)
            self._sockets += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(_CHUNK):
                if self._rate:
                    self._closed.wait(len(chunk) / self._rate)
                self._whole.wait()
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """End everything."""
        self._closed.set()
        self._whole.set()
        hang_up(self._listener, *self._sockets)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def hang_up(*sockets: socket.socket) -> None:
    """Close sockets that other threads wait for: shutdown wakes who accepts or reads, close alone would not."""
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
