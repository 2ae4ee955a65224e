"""The ZeroMQ server as part of a node: its port, its settings, and what happens when it is killed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from framecast import clock
from tests.cli.running import COMMAND, Node, environment
from tests.servers.zmq.zmq_process import Listener
from tests.support.waiting import until

SENSOR = "sensor=numbers:?period=0.02"
METRICS = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"


def address(node: Node) -> str:
    return node.wait_for(r"zmq=(tcp://\S+)")[1]


def _is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid)


def test_killed_server_is_started_again_and_subscribers_come_back_by_themselves(tmp_path: Path) -> None:
    with (
        Node(tmp_path, SENSOR, servers=("zmq",)) as node,
        Listener(address(node), "sensor/data$") as listener,
    ):
        listener.receive()
        for _ in range(2):
            killed = node.server_process("zmq").pid
            os.kill(killed, signal.SIGKILL)
            until(partial(_is_gone, killed))
            gone_at = clock.utc_ns()
            while listener.receive()[1]["published_at"] < gone_at:
                pass  # sent by the one that was killed
            assert node.server_process("zmq").pid != killed


def test_its_figures_stand_among_the_metrics_as_documented(tmp_path: Path) -> None:
    with (
        Node(tmp_path, SENSOR, servers=("zmq",)) as node,
        Listener(address(node), "sensor/data$") as listener,
    ):
        listener.receive()
        with socket.create_connection(("127.0.0.1", int(address(node).rpartition(":")[2]))) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            stranger.recv(10)
        found: dict[str, str] = {}

        def told() -> bool:
            with urlopen(f"{node.url}metrics") as answer:
                text = answer.read().decode()
            found.update(re.findall(r"^(framecast_zmq_\w+)\S* (\S+)$", text, re.MULTILINE))
            return "framecast_zmq_refused_total" in found and "framecast_zmq_dropped_total" in found

        until(told)
    documented = set(re.findall(r"^\| `(framecast_zmq_\w+)`", METRICS.read_text(), re.MULTILINE))
    assert {name for name in found if not name.endswith("_created")} == documented


def test_busy_port_ends_the_node_at_once_with_one_line_in_the_log_file(tmp_path: Path) -> None:
    log = tmp_path / "node.log"
    (tmp_path / "framecast.yaml").write_text(f"port: 0\nlog: {{format: file, file: {log}}}\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = subprocess.Popen(
            [*COMMAND, "serve", "--zmq-port", str(port)],
            cwd=tmp_path,
            env=environment(tmp_path),
            stderr=subprocess.PIPE,
        )
        begun = time.monotonic()
        assert process.wait(30) != 0
        took = time.monotonic() - begun
        assert process.stderr
        process.stderr.close()
    (line,) = [line for line in log.read_text().splitlines() if "ERROR" in line]
    assert re.fullmatch(
        rf"{process.pid} - [^-]+.* - ERROR - .*port {port}.*Address in use.*zmq\.port.*", line
    ), line
    print(f"the node ended after {took:.2f} s")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("zmq: {host: 0.0.0.0}", "zmq.host 0.0.0.0 is open to other machines, and there are no CURVE keys"),
        (
            "access_token: secret\nzmq: {host: 0.0.0.0}",
            "zmq.host 0.0.0.0 is open to other machines, and there are no CURVE keys",
        ),
        ("zmq: {imagezmq_port: 0, imagezmq_host: 0.0.0.0}", "imagezmq has no keys"),
        ("zmq: {imagezmq_track: video}", "zmq.imagezmq_track must be frames/bgr"),
        ("zmq: {prot: 1}", "unknown key 'zmq.prot': did you mean 'port'"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_a_sentence(
    lines: str, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "framecast.yaml").write_text(f"port: 0\n{lines}\n")
    variables = environment(tmp_path)
    done = subprocess.run(
        [*COMMAND, "serve"], cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert sentence in done.stderr.replace("\n", " ")


def test_other_machines_are_let_in_with_keys(tmp_path: Path) -> None:
    from tests.servers.zmq.test_authentication import Keys

    keys = Keys(tmp_path)
    (tmp_path / "framecast.yaml").write_text(
        f"port: 0\nzmq: {{host: 0.0.0.0, curve_secret_key_file: {keys.secret_file}}}\n"
    )
    with (
        Node(tmp_path, SENSOR, servers=("zmq",)) as node,
        Listener(address(node), "sensor/data$", **keys.options()) as listener,
    ):
        listener.receive()
