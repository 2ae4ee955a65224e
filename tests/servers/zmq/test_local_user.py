"""The user behind a connection, as the kernel knows it."""

from __future__ import annotations

import os
import socket

import pytest

from framecast.servers.zmq import local_user
from framecast.servers.zmq.local_user import user_at


@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")], ids=["IPv4", "IPv6"]
)
def test_user_of_this_process_is_known(family: socket.AddressFamily, host: str) -> None:
    with (
        socket.create_server((host, 0), family=family) as server,
        socket.create_connection(server.getsockname()[:2]) as client,
    ):
        sock, _ = server.accept()
        with sock:
            assert user_at(sock) == os.getuid()
            assert user_at(client) == os.getuid()


def test_socket_that_is_gone_or_elsewhere_has_no_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_user, "_uid", lambda answer: pytest.fail("it must not be asked"))
    with socket.socket() as sock:
        assert user_at(sock) is None
    monkeypatch.undo()
    question = local_user._question(socket.AF_INET, ("192.0.2.1", 1), ("192.0.2.2", 2))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, local_user._NETLINK_SOCK_DIAG) as kernel:
        kernel.sendto(question, (0, 0))
        assert local_user._uid(kernel.recv(4096)) is None
