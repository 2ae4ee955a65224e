"""Access: the token by PLAIN, keys by CURVE, with libzmq as the client."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zmq
from zmq.utils.monitor import recv_monitor_message

import framecast
from framecast.client.node_client import NodeClient
from tests.client.nodes import TestNode
from tests.servers.zmq.zmq_process import WAIT_S, Listener, ZmqProcess

Start = Callable[..., ZmqProcess]


class Keys:
    """A server's and a client's keys in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server_public, self.server_secret = zmq.curve_keypair()
        self.client_public, self.client_secret = zmq.curve_keypair()
        self.secret_file = folder / "server.key"
        self.secret_file.write_bytes(self.server_secret + b"\n")
        self.secret_file.chmod(0o600)

    def options(self, **changes: Any) -> dict[str, Any]:
        """What a client sets."""
        given = {
            "curve_serverkey": self.server_public,
            "curve_publickey": self.client_public,
            "curve_secretkey": self.client_secret,
        }
        return given | changes


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def comes_in(address: str, **options: Any) -> bool:
    """True where the handshake succeeds, False where it is refused or cut."""
    context = zmq.Context()
    sock = context.socket(zmq.SUB)
    for name, value in options.items():
        setattr(sock, name, value)
    wanted = zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    wanted |= zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    monitor = sock.get_monitor_socket(wanted)
    sock.connect(address)
    try:
        assert monitor.poll(int(WAIT_S * 1000)), "nothing happened"
        return bool(recv_monitor_message(monitor)["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED)
    finally:
        sock.disable_monitor()
        context.destroy(0)


def test_token_is_asked_as_the_password(client: NodeClient, start: Start) -> None:
    client.put("sensor", "numbers:?period=0.02")
    server = start(access_token="let me in")
    with Listener(
        server.address, "sensor/data$", plain_username=b"anybody", plain_password=b"let me in"
    ) as listener:
        listener.receive()
    assert not comes_in(server.address)
    for wrong in (b"let me", b"let me in ", b"\xff\xfe"):
        assert not comes_in(server.address, plain_username=b"anybody", plain_password=wrong), wrong


def test_wrong_tokens_are_limited(start: Start) -> None:
    server = start(access_token="let me in")
    for _ in range(12):
        assert not comes_in(server.address, plain_username=b"x", plain_password=b"guess")
    assert not comes_in(server.address, plain_username=b"x", plain_password=b"let me in")


def test_token_that_nobody_can_guess_is_let_in_while_somebody_guesses(start: Start) -> None:
    strong = b"8d969eef6ecad3c29a3a629280e686cf"
    server = start(access_token=strong.decode())
    for _ in range(12):
        assert not comes_in(server.address, plain_username=b"x", plain_password=b"guess")
    assert comes_in(server.address, plain_username=b"x", plain_password=strong)


def test_everything_travels_encrypted_for_who_knows_the_server_key(
    node: TestNode, keys: Keys, start: Start
) -> None:
    server = start(curve_secret_key_file=str(keys.secret_file))
    image = np.random.default_rng(3).integers(0, 255, (360, 640, 3), np.uint8)
    with framecast.publish("wall", node=node.folder) as out:
        out.send(image)
        with Listener(server.address, "wall/frames$", **keys.options()) as listener:
            for _ in range(3):
                _, header, payload = listener.receive()
                np.testing.assert_array_equal(
                    np.frombuffer(payload, np.uint8).reshape(header["shape"]), image
                )
                out.send(image)
            listener.sock.unsubscribe("wall/frames$")
            listener.sock.subscribe("wall/jpeg/80$")
            assert listener.receive()[0] == "wall/jpeg/80$"


@pytest.mark.parametrize("secured", [False, True])
def test_heartbeats_are_answered(secured: bool, client: NodeClient, keys: Keys, start: Start) -> None:
    client.put("sensor", "numbers:?period=30")
    server = start(**({"curve_secret_key_file": str(keys.secret_file)} if secured else {}))
    options = keys.options() if secured else {}
    context = zmq.Context()
    sock = context.socket(zmq.SUB)
    for name, value in (options | {"heartbeat_ivl": 100, "heartbeat_timeout": 500}).items():
        setattr(sock, name, value)
    monitor = sock.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
    sock.connect(server.address)
    assert monitor.poll(int(WAIT_S * 1000))
    assert recv_monitor_message(monitor)["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED
    assert not monitor.poll(2500), "it was disconnected"
    sock.disable_monitor()
    context.destroy(0)


def test_wrong_keys_and_none_stay_outside(keys: Keys, start: Start) -> None:
    server = start(curve_secret_key_file=str(keys.secret_file))
    other_public, other_secret = zmq.curve_keypair()
    assert comes_in(server.address, **keys.options())
    assert not comes_in(server.address, **keys.options(curve_serverkey=other_public))
    assert not comes_in(server.address, **keys.options(curve_publickey=other_public))
    assert not comes_in(server.address)
    assert not comes_in(server.address, plain_username=b"x", plain_password=b"x")
    assert comes_in(
        server.address, **keys.options(curve_publickey=other_public, curve_secretkey=other_secret)
    )


def test_allowed_clients_are_a_file_that_may_change(keys: Keys, start: Start) -> None:
    allowed = keys.folder / "clients"
    allowed.write_text("# nobody yet\n\n")
    server = start(curve_secret_key_file=str(keys.secret_file), curve_clients_file=str(allowed))
    assert not comes_in(server.address, **keys.options())
    allowed.write_text(f"# people\n{keys.client_public.decode()}  the lab's desk\n")
    assert comes_in(server.address, **keys.options())
    allowed.unlink()
    assert not comes_in(server.address, **keys.options())


def test_server_without_a_readable_key_ends_with_a_sentence(node: TestNode, tmp_path: Path) -> None:
    server = ZmqProcess(node.folder, curve_secret_key_file=str(tmp_path / "missing"))
    assert server.close() == 1
    assert "missing cannot be read: No such file" in server.log


def test_made_keys_work(start: Start, tmp_path: Path) -> None:
    place = tmp_path / "made.key"
    command = [sys.executable, "-m", "framecast.servers.zmq.keys", str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    public = done.stdout.split()[-1]
    assert place.stat().st_mode & 0o777 == 0o600
    assert Path(f"{place}.pub").read_text().strip() == public
    assert place.read_text().strip() not in done.stdout
    assert subprocess.run(command, capture_output=True, text=True).returncode == 1, "it would overwrite keys"
    server = start(curve_secret_key_file=str(place))
    own_public, own_secret = zmq.curve_keypair()
    assert comes_in(
        server.address,
        curve_serverkey=public.encode(),
        curve_publickey=own_public,
        curve_secretkey=own_secret,
    )
