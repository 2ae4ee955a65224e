"""Which networks the address of a source may lead to: the setting `source_networks`. Pure; any thread.

An IP address is judged as the one that it reaches: an IPv6 address that carries an IPv4 address (mapped, NAT64, 6to4) is that IPv4 address.
The blocks are those of the IANA registries of special-purpose addresses (RFC 6890); the table is our own, because Python's differs between its versions.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from framecast.errors import Invalid

IP: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

PUBLIC, PRIVATE, ANY = "public", "private", "any"
EXPECTED = "'public', 'private', 'any', or addresses and networks such as '10.20.0.0/16'"


@dataclass(frozen=True, slots=True)
class Block:
    """Addresses of one use. A guarded block is reached only by a network of its own that the owner has named: no word and no larger network opens it."""

    name: str
    word: str  # the word that admits it, besides `any`; '' if only a network does
    is_guarded: bool
    networks: tuple[Network, ...]


def _block(name: str, *networks: str, word: str = "", guarded: bool = False) -> Block:
    return Block(name, word, guarded, tuple(map(ipaddress.ip_network, networks)))


# The first block that has an address counts: small ones come before those that contain them.
BLOCKS = (
    # Services of clouds that give the keys of the machine to every program on it: AWS, ECS, EKS, Alibaba, Azure, Oracle, Google.
    _block(
        "metadata service of a cloud",
        *("169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", "100.100.100.200/32"),
        *("168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128", "fd00:ec2::23/128", "fd20:ce::254/128"),
        guarded=True,
    ),
    # Linux connects 0.0.0.0 and :: to this machine.
    _block("this machine", "127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128", guarded=True),
    _block("multicast or broadcast", "224.0.0.0/4", "255.255.255.255/32", "ff00::/8", guarded=True),
    _block("link-local", "169.254.0.0/16", "fe80::/10"),
    _block(
        "private",
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"),
        word=PRIVATE,
    ),
    _block(
        "reserved",
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "3fff::/20"),
    ),
    _block("public", "0.0.0.0/0", "2000::/3", word=PUBLIC),
    _block("reserved", "::/0"),
)
_THIS_MACHINE = next(block for block in BLOCKS if block.name == "this machine")
# IPv6 networks that carry an IPv4 address, and how many bits are behind it: mapped, compatible, translated, NAT64, 6to4.
_CARRIERS = tuple(
    (ipaddress.IPv6Network(text), shift)
    for text, shift in (
        ("::ffff:0:0/96", 0),
        ("::/96", 0),
        ("::ffff:0:0:0/96", 0),
        ("64:ff9b::/96", 0),
        ("2002::/16", 80),
    )
)


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks that a source's address may lead to; what is not named is refused."""

    words: frozenset[str]
    named: tuple[Network, ...]

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Networks:
        """Return the networks of a setting: words, addresses, networks.

        Raises:
            Invalid: names the one that is neither.
        """
        words, named = set(), []
        for text in texts:
            if text in (PUBLIC, PRIVATE, ANY):
                words.add(text)
                continue
            try:
                named.append(ipaddress.ip_network(text, strict=False))
            except ValueError:
                raise Invalid(f"must be {EXPECTED}, got {text!r:.60}") from None
        return cls(frozenset(words), tuple(named))

    def admit(self, address: str | IP, *, is_own: bool = False) -> bool:
        """Return whether a source may connect to an IP address. `is_own`: it is an address of this machine's own interfaces.

        Text that is no IP address is not admitted.
        """
        try:
            reached = reached_by(address)
        except ValueError:
            return False
        block = _THIS_MACHINE if is_own else block_of(reached)
        if block.is_guarded:
            around = [reached] if is_own else [one for one in block.networks if _holds(one, reached)]
            return any(_holds(named, reached) and _is_within(named, around) for named in self.named)
        is_by_word = ANY in self.words or block.word in self.words
        return is_by_word or any(_holds(named, reached) for named in self.named)


def block_of(address: str | IP) -> Block:
    """Return the block of an IP address.

    Raises:
        ValueError: it is no IP address.
    """
    reached = reached_by(address)
    return next(block for block in BLOCKS if any(_holds(one, reached) for one in block.networks))


def reached_by(address: str | IP) -> IP:
    """Return the address that a connection to `address` reaches: without a zone, and of an address that carries an IPv4 address, that one.

    Raises:
        ValueError: it is no IP address.
    """
    given = ipaddress.ip_address(str(address).partition("%")[0])
    if isinstance(given, ipaddress.IPv4Address) or int(given) < 2:
        return given
    for carrier, shift in _CARRIERS:
        if given in carrier:
            return ipaddress.IPv4Address(int(given) >> shift & 0xFFFFFFFF)
    return given


def _holds(network: Network, address: IP) -> bool:
    return address.version == network.version and address in network


def _is_within(named: Network, around: Iterable[IP | Network]) -> bool:
    """Return whether a network that the owner has named is a part of a guarded one: 127.0.0.0/8 is, 0.0.0.0/0 is not."""
    first, last = named[0], named[-1]
    return any(
        first in one and last in one if not isinstance(one, IP) else first == last == one for one in around
    )
