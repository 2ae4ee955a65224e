"""How often one address may open a socket: a burst, then a rate; networks count as one; the memory is bounded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from framecast.errors import WouldBlock
from framecast.model.room import Visitor
from framecast.model.room_limits import Limit
from framecast.servers.web.http import handshakes
from framecast.servers.web.http.handshakes import Handshakes


def guest(address: str) -> Visitor:
    return Visitor(None, "g", "Guest", address=address)


class At:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def used_up(made: Handshakes, who: Visitor) -> int:
    """Return how many fit at this moment."""
    for count in range(1000):
        try:
            made.check(who)
        except WouldBlock as error:
            assert float(str(error.fields["wait_s"])) > 0  # noqa: PT017  how many came before it counts
            return count
    return 1000


def test_burst_then_a_rate() -> None:
    clock = At()
    made = Handshakes(Limit(5, 2.0), clock)
    assert used_up(made, guest("1.2.3.4")) == 5
    assert used_up(made, guest("1.2.3.4")) == 0, "what was refused does not count"
    clock.now = 2.0
    assert used_up(made, guest("1.2.3.4")) == 1
    assert used_up(made, guest("1.2.3.5")) == 5
    clock.now = 100.0
    assert used_up(made, guest("1.2.3.4")) == 5


def test_network_of_ipv6_counts_as_one_and_strange_addresses_as_they_are() -> None:
    made = Handshakes(Limit(5, 2.0), At())
    assert used_up(made, guest("2001:db8::1")) == 5
    assert used_up(made, guest("2001:db8::ffff:2")) == 0
    assert used_up(made, guest("2001:db8:0:1::1")) == 5
    assert used_up(made, guest("")) == 5


def test_owners_admins_and_programs_of_an_open_node_are_exempt() -> None:
    made = Handshakes(Limit(1, 2.0), At())
    who = guest("1.2.3.4")
    for exempt in (replace(who, is_admin=True), replace(who, is_owner=True), replace(who, is_local=True)):
        for _ in range(10):
            made.check(exempt)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshakes, "MOST_REMEMBERED", 3)
    made = Handshakes(Limit(1, 2.0), At())
    for number in range(10):
        made.check(guest(f"1.2.3.{number}"))
    assert len(made._marks) == 3
