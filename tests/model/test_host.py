"""Which addresses only this machine reaches."""

from __future__ import annotations

import pytest

from framecast.model.host import is_loopback, is_this_machine


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost", "::ffff:127.0.0.1", "[::ffff:127.0.0.1]"]
)
def test_loopback_addresses_are_of_this_machine(host: str) -> None:
    assert is_loopback(host)
    assert is_this_machine(host)


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "192.168.1.2", "::ffff:10.0.0.1", "localhost.example", "fe80::1%eth0", "no host"],
)
def test_other_addresses_are_not(host: str) -> None:
    assert not is_loopback(host)
    assert not is_this_machine(host)


def test_peer_without_an_address_is_a_unix_socket_and_a_host_without_one_is_every_address() -> None:
    assert is_this_machine("")
    assert not is_loopback("")
