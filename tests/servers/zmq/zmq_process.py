"""The ZeroMQ server as the node starts it, and subscribers with the real libzmq."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import psutil
import zmq

from framecast.servers.zmq.settings import ZmqSettings
from tests.servers.server_process import ServerProcess, line

WAIT_S = 60.0


class ZmqProcess(ServerProcess):
    """A running ZeroMQ server. `options` go into its settings."""

    def __init__(self, runtime_dir: Path, *, imagezmq: bool = False, **options: Any) -> None:
        socks = [socket.create_server(("127.0.0.1", 0)) for _ in range(1 + imagezmq)]
        settings = {"fd": socks[0].fileno(), "runtime_dir": str(runtime_dir), **options}
        self.imagezmq_port = 0
        if imagezmq:
            self.imagezmq_port = int(socks[1].getsockname()[1])
            settings["imagezmq_fd"] = socks[1].fileno()
        super().__init__("framecast.servers.zmq", socks, line(ZmqSettings, **settings))

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def memory_bytes(self) -> int:
        """Its own memory: that which is not shared with publishers."""
        return int(psutil.Process(self.process.pid).memory_full_info().uss)

    def cpu_s(self) -> float:
        """CPU seconds so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)


class Listener:
    """A subscriber in the test's own process."""

    def __init__(self, address: str, *topics: str, **options: Any) -> None:
        self._context = zmq.Context()
        self.sock = self._context.socket(zmq.SUB)
        self.sock.rcvtimeo = int(WAIT_S * 1000)
        self.sock.linger = 0
        for name, value in options.items():
            setattr(self.sock, name, value)
        for topic in topics:
            self.sock.subscribe(topic)
        self.sock.connect(address)

    def receive(self) -> tuple[str, dict[str, Any], bytes]:
        """Return topic, header and payload of the next message."""
        topic, header, payload = self.sock.recv_multipart()
        return topic.decode(), json.loads(header), payload

    def hears_within(self, timeout_s: float) -> bool:
        """True where something comes in time."""
        return bool(self.sock.poll(int(timeout_s * 1000)))

    def close(self) -> None:
        """Disconnect."""
        self.sock.close()
        self._context.term()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


_REMOTE = """
import json, sys, zmq
sock = zmq.Context().socket(zmq.SUB)
sock.rcvhwm = int(sys.argv[3])
sock.rcvbuf = 1 << 20  # else the kernel may keep several pictures for it
sock.subscribe(sys.argv[2])
sock.connect(sys.argv[1])
while len(sys.argv) < 5 or sys.stdin.readline():
    _, header, payload = sock.recv_multipart(copy=False)
    fields = json.loads(header.bytes)
    print(fields["seq"], fields["dropped"], len(payload), flush=True)
"""


class Remote:
    """A subscriber in a process of its own, which can be stopped; with `on_demand` it takes a message when it is asked."""

    def __init__(self, address: str, topic: str, *, on_demand: bool = False, hwm: int = 1) -> None:
        extra = ["on demand"] if on_demand else []
        self.process = subprocess.Popen(
            [sys.executable, "-c", _REMOTE, address, topic, str(hwm), *extra],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._on_demand = on_demand

    def receive(self) -> tuple[int, int, int]:
        """Return sequence, dropped and size of the next message."""
        assert self.process.stdin
        assert self.process.stdout
        if self._on_demand:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        seq, dropped, size = self.process.stdout.readline().split()
        return int(seq), int(dropped), int(size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()


@contextmanager
def stopped(process: subprocess.Popen[Any]) -> Iterator[None]:
    """Stop a process for a while."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)
