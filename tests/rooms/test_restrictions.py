"""Ranges of addresses, as bans have them. What restrictions do is in `test_moderation`."""

from __future__ import annotations

from framecast.rooms.restrictions import check_network, network_of


def test_ranges_of_addresses() -> None:
    assert network_of("203.0.113.7") == "203.0.113.7/32"
    assert network_of("::ffff:203.0.113.7") == "203.0.113.7/32"
    assert network_of("2001:db8:1:2:3::9%eth0") == "2001:db8:1:2::/64"
    assert network_of("") == network_of("unix") == ""
    assert check_network("203.0.113.7") == "203.0.113.7/32"
    assert check_network("203.0.113.7/24") == "203.0.113.0/24"
    assert check_network("2001:db8::1") == "2001:db8::/64"
