"""At which addresses a phone reaches this server, and what to do if there is none."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from framecast.servers.web.streams import addresses
from framecast.servers.web.streams.addresses import NO_NETWORK, ONLY_PROXY, advice, lan_urls, own_addresses
from tests.servers.web.web_process import WebProcess

OWN = ["192.168.1.5", "10.0.0.7"]


@pytest.mark.parametrize(
    ("host", "port", "base", "urls"),
    [
        ("0.0.0.0", 8080, "", ["http://192.168.1.5:8080/", "http://10.0.0.7:8080/"]),
        ("::", 80, "/cams", ["http://192.168.1.5/cams/", "http://10.0.0.7/cams/"]),
        ("192.168.1.5", 8080, "", ["http://192.168.1.5:8080/"]),
        ("fd00::1", 8080, "", ["http://[fd00::1]:8080/"]),
        ("camera-box", 8080, "", ["http://camera-box:8080/"]),
        ("127.0.0.1", 8080, "", []),
        ("::1", 8080, "", []),
        ("", 0, "", []),
    ],
)
def test_urls_are_those_of_what_the_server_listens_on(
    host: str, port: int, base: str, urls: list[str]
) -> None:
    assert lan_urls(host, port, base, OWN) == urls


def test_without_a_url_the_advice_says_exactly_what_to_set() -> None:
    assert advice("0.0.0.0", ["http://192.168.1.5:8080/"]) == ""
    assert "--host 0.0.0.0" in advice("127.0.0.1", [])
    assert "FRAMECAST_ACCESS_TOKEN" in advice("::1", [])
    assert (advice("", []), advice("0.0.0.0", [])) == (ONLY_PROXY, NO_NETWORK)


def test_ipv6_addresses_are_those_of_a_server_that_listens_there() -> None:
    own = ["192.168.1.5", "fd00::5"]
    assert lan_urls("0.0.0.0", 80, "", own) == ["http://192.168.1.5/"]
    assert lan_urls("::", 80, "", own) == ["http://192.168.1.5/", "http://[fd00::5]/"]


def test_own_ipv6_addresses_are_of_no_single_link(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = tmp_path / "if_inet6"
    monkeypatch.setattr(addresses, "_IPV6_ADDRESSES", table)
    assert not any(":" in found for found in own_addresses())
    table.write_text(
        "00000000000000000000000000000001 01 80 10 80       lo\n"
        "fe80000000000000021122fffe334455 02 40 20 80     eth0\n"
        "fd000000000000000000000000000005 02 40 00 80     eth0\n"
        "fd000000000000000000000000000006 05 40 00 80  docker0\n"
    )
    assert [found for found in own_addresses() if ":" in found] == ["fd00::5"]


def test_own_addresses_are_addresses_of_networks() -> None:
    for found in own_addresses():
        assert not ipaddress.ip_address(found).is_loopback


def test_server_on_loopback_says_so(web: WebProcess) -> None:
    answer = web.json("/api/addresses")
    assert answer["addresses"] == []
    assert "this node listens on 127.0.0.1" in answer["advice"]
