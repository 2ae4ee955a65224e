"""Which addresses a stranger's source may reach: each block, each spelling, each word of the setting."""

from __future__ import annotations

import pytest

from framecast.errors import Invalid
from framecast.model.networks import Networks, block_of, reached_by

PUBLIC = Networks.parse(["public"])
PRIVATE = Networks.parse(["public", "private"])
ANY = Networks.parse(["any"])
EVERYTHING = Networks.parse(["any", "public", "private", "0.0.0.0/0", "::/0"])

BLOCKS = {
    "public": (
        "8.8.8.8",
        "93.184.216.34",
        "2606:4700::1111",
        "64:ff9b::8.8.8.8",
        "::ffff:8.8.8.8",
        "2002:808:808::1",
    ),
    "private": (
        *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.20", "100.64.0.1", "fd00::1", "fec0::1"),
        *("::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::192.168.0.1", "2002:a00:1::1", "::ffff:0:10.0.0.1"),
    ),
    "link-local": ("169.254.1.1", "fe80::1", "fe80::1%eth0"),
    "reserved": (
        *("192.0.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9", "240.0.0.1", "2001:db8::1"),
        *("2001::1", "64:ff9b:1::7f00:1", "100::1", "4000::1"),
    ),
    "this machine": (
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "::1", "::", "::ffff:127.0.0.1"),
        *("::127.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::", "::ffff:0:127.0.0.1", "::ffff:0.0.0.0"),
    ),
    "multicast or broadcast": ("224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1"),
    "metadata service of a cloud": (
        *("169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::"),
        *("169.254.170.2", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"),
    ),
}


@pytest.mark.parametrize(("name", "address"), [(name, one) for name, all_ in BLOCKS.items() for one in all_])
def test_each_address_is_in_its_block_however_it_is_written(name: str, address: str) -> None:
    block = block_of(address)
    assert block.name == name
    assert PUBLIC.admit(address) is (name == "public")
    assert PRIVATE.admit(address) is (name in ("public", "private"))
    assert ANY.admit(address) is not block.is_guarded
    # Neither a word nor a network around it opens this machine, its cloud or a group; only its own name does.
    assert EVERYTHING.admit(address) is not block.is_guarded
    assert Networks.parse([str(reached_by(address))]).admit(address)
    assert not Networks.parse([]).admit(address)


def test_a_network_admits_what_is_in_it_and_nothing_else() -> None:
    cameras = Networks.parse(["10.20.0.0/16", "fd00:1::/32"])
    assert cameras.admit("10.20.3.4")
    assert cameras.admit("::ffff:10.20.3.4")
    assert cameras.admit("fd00:1::5")
    assert not cameras.admit("10.21.0.1")
    assert not cameras.admit("fd00:2::5")
    assert not cameras.admit("8.8.8.8")


def test_a_guarded_block_is_opened_by_a_part_of_it_only() -> None:
    assert Networks.parse(["127.0.0.0/8"]).admit("127.0.0.1")
    assert Networks.parse(["127.0.0.2/32"]).admit("127.0.0.2")
    assert not Networks.parse(["127.0.0.2/32"]).admit("127.0.0.1")
    assert not Networks.parse(["126.0.0.0/7"]).admit("127.0.0.1")
    assert not Networks.parse(["169.254.0.0/16"]).admit("169.254.169.254")
    assert Networks.parse(["169.254.0.0/16"]).admit("169.254.1.1")
    assert Networks.parse(["::1"]).admit("::1")
    assert not Networks.parse(["::/0"]).admit("::1")


def test_an_address_of_this_machine_must_be_named_itself() -> None:
    wide = Networks.parse(["any", "192.168.1.0/24"])
    assert wide.admit("192.168.1.20")
    assert not wide.admit("192.168.1.20", is_own=True)
    assert not wide.admit("8.8.8.8", is_own=True)
    assert Networks.parse(["192.168.1.20"]).admit("192.168.1.20", is_own=True)
    assert Networks.parse(["192.168.1.20"]).admit("::ffff:192.168.1.20", is_own=True)


@pytest.mark.parametrize("text", ["", "lan", "10.0.0.0/33", "Public", "camera.example", "1.2.3"])
def test_a_word_that_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="must be 'public', 'private', 'any', or addresses"):
        Networks.parse([text])


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "1.2.3.4:80", "[::1]"]
)
def test_what_is_no_address_is_not_admitted(text: str) -> None:
    assert not EVERYTHING.admit(text)
