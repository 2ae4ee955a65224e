"""Another node: a real `framecast serve` with gRPC on a port that stays when it is killed and started again."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Self

import yaml

from framecast.client.node_client import NodeClient
from tests.cli.running import Running
from tests.support import ports
from tests.support.waiting import until


class RemoteNode:
    """`url` is how other machines call it; `folder` its runtime folder, for looking at it from within."""

    def __init__(self, place: Path, streams: dict[str, object], *, token: str = "") -> None:
        self.place = place
        self.port = ports.free_port()
        self.url = f"grpc://127.0.0.1:{self.port}"
        self.folder = place / "run"
        config: dict[str, object] = {"streams": streams, "port": 0}
        if token:
            config["access_token"] = token
        (place / "framecast.yaml").write_text(yaml.safe_dump(config))
        self._node: Running | None = None
        self.start()

    def start(self) -> None:
        """Start it and wait until it is ready for other machines."""
        file = str(self.place / "framecast.yaml")
        self._node = Running(self.place, "serve", "--config", file, "--grpc-port", str(self.port))
        self._node.wait_for("serving gRPC")
        until(lambda: self.server_pid)

    @property
    def client(self) -> NodeClient:
        """A fresh connection for questions, from within its host."""
        return NodeClient(self.folder)

    @property
    def server_pid(self) -> int:
        """The process of its gRPC server, 0 while there is none."""
        with self.client as client:
            return int(client.info()["servers"]["grpc"]["pid"])

    def kill_server(self) -> None:
        """Kill its gRPC server alone, as the out-of-memory killer does."""
        os.kill(
            until(lambda: self.server_pid, "the gRPC server runs"), signal.SIGKILL
        )  # 0 would be this test's own group

    def kill(self) -> None:
        """Kill the whole node; its processes die with it."""
        assert self._node is not None
        self._node.end(signal.SIGKILL)
        self.stop()

    def stop(self) -> None:
        """End it."""
        if self._node is not None:
            node, self._node = self._node, None
            node.__exit__()

    def readers(self, name: str) -> int:
        """How many readers of a stream it counts."""
        with self.client as client:
            return client.stream(name).readers

    def tracks_read(self, name: str) -> set[str]:
        """Which tracks of a stream have a reader there."""
        with self.client as client:
            figures = client.stats().get(name, {"tracks": []})
        return {str(track["name"]) for track in figures["tracks"] if track["readers"]}

    def show(self) -> str:
        """What it says of its streams, for messages of tests."""
        with self.client as client:
            return json.dumps([str(status) for status in client.streams()], indent=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()
