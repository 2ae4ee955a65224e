"""The listening sockets of a node: a port that is taken, forbidden or free, and the address by which programs reach it."""

from __future__ import annotations

import errno
import os
import re
import socket
from pathlib import Path

import pytest

from framecast.errors import Conflict, Denied, Invalid
from framecast.node import port


def test_port_0_takes_a_free_one_that_accepts_connections() -> None:
    with port.listen("127.0.0.1", 0) as sock:
        number = sock.getsockname()[1]
        assert number > 0
        with socket.create_connection(("127.0.0.1", number)):
            pass
        assert not sock.get_inheritable()


def test_port_that_is_taken_is_a_conflict_that_names_the_key() -> None:
    with port.listen("127.0.0.1", 0) as sock:
        number = sock.getsockname()[1]
        for take in (port.listen, port.reserve):
            with pytest.raises(Conflict) as caught:
                take("127.0.0.1", number, "--port")
            said = rf"port {number} of 127.0.0.1 .*Address in use; set --port to another one, such as \d+"
            assert re.fullmatch(said, str(caught.value))
            explained = str(port.with_holder(caught.value))
            mine = f"process {os.getpid()} ({Path('/proc/self/comm').read_text().strip()})"
            assert explained == f"{caught.value}, or end {mine} there: kill {os.getpid()}"
    assert "ss -ltnp" in str(port.with_holder(Conflict("taken", port=number))), (
        "nobody holds it, or another user"
    )
    other = Conflict("something else")
    assert port.with_holder(other) is other


def test_reserved_port_is_opened_beside_by_a_server_and_by_no_other_node() -> None:
    with port.reserve("127.0.0.1", 0, "grpc.port") as held, socket.socket() as server:
        number = held.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", number))
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", number))
        server.listen()
        with socket.create_connection(("127.0.0.1", number)):
            pass
        with pytest.raises(Conflict):
            port.reserve("127.0.0.1", number, "grpc.port")


@pytest.mark.parametrize("host", ["no.such.host.invalid", "x" * 300, "a..b"])
def test_host_that_is_none_of_this_machine_is_refused(host: str) -> None:
    with pytest.raises(Invalid, match="address of this machine"):
        port.listen(host, 0)


def test_address_of_another_machine_is_refused_with_the_system_s_reason() -> None:
    with pytest.raises(Invalid, match="is not an address of this machine: it belongs to another"):
        port.listen("192.0.2.1", 0)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_port_that_this_user_may_not_open_is_denied(number: int) -> None:
    found = port._explained(OSError(number, "no"), "127.0.0.1", 80, "--port")
    assert isinstance(found, Denied)
    assert "above 1023" in str(found)


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("::", "[::1]")],
)
def test_address_is_one_that_programs_here_can_call(host: str, shown: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if family == socket.AF_INET6 and not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with port.listen(host, 0) as sock:
        assert port.address(sock, "http") == f"http://{shown}:{sock.getsockname()[1]}"
