"""Time-outs and bans as rows: which of them are about somebody, and what they leave of its standing."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from framecast.errors import Invalid
from framecast.model.host import bucket_of
from framecast.model.networks import IP, Network
from framecast.model.room import RoomRole, Standing, Visitor
from framecast.model.room_moderation import Restriction, RestrictionKind, Scope
from framecast.store.room_schema import room_restrictions

# A larger range has too many people in it for one of them.
_SHORTEST_PREFIX = {4: 16, 6: 32}


def is_in_force(now: float) -> ColumnElement[bool]:
    """Return the condition of those that have not ended."""
    return or_(room_restrictions.c.until.is_(None), room_restrictions.c.until > now)


def restrictions_of(connection: Connection, room: int, now: float, who: Visitor | None) -> list[Row[Any]]:
    """Return the rows that may be about somebody: by the database all that are about addresses. `who` None: those of everybody."""
    query = select(room_restrictions).where(room_restrictions.c.room_id == room, is_in_force(now))
    if who is not None:
        own = (room_restrictions.c.author_id == who.id) | (room_restrictions.c.scope == Scope.ADDRESS)
        query = query.where(own)
    return list(connection.execute(query))


class InForce:
    """The restrictions of a room, ready to be asked about many people: each question looks at few of them."""

    def __init__(self, rows: Iterable[Row[Any]]) -> None:
        self._of_authors: dict[str, list[Row[Any]]] = defaultdict(list)
        # By the version of IP and the length of the prefix: by the address of the network.
        self._of_networks: dict[tuple[int, int], dict[int, list[Row[Any]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for row in rows:
            if row.author_id:
                self._of_authors[row.author_id].append(row)
            if row.network:
                network: Network = ipaddress.ip_network(row.network)
                of_size = self._of_networks[network.version, network.prefixlen]
                of_size[int(network.network_address)].append(row)

    def left_of(self, standing: Standing, who: Visitor) -> Standing:
        """Return what is left of the standing of somebody. An owner has no restriction; what is about addresses alone spares moderators."""
        if standing.role is RoomRole.OWNER:
            return standing
        about = [row for row in self._of_authors.get(who.id, ()) if _is_of_session(row, who)]
        if not standing.role.may_moderate:
            about += self._of_address(who.address)
        bans = [row for row in about if row.kind == RestrictionKind.BAN]
        if bans:
            return replace(standing, is_banned=True, reason=_longest(bans).reason)
        if about:
            mute = _longest(about)
            return replace(standing, muted_until=mute.until, reason=mute.reason)
        return standing

    def to_complete(self, who: Visitor) -> list[str]:
        """Return the ids of the restrictions of somebody whose session or address nobody knew when they were made, and which `who` has."""
        return [
            row.id
            for row in self._of_authors.get(who.id, ())
            if (row.scope == Scope.SESSION and not row.session and who.session)
            or (row.scope == Scope.ADDRESS and not row.network and network_of(who.address))
        ]

    def _of_address(self, address: str) -> list[Row[Any]]:
        if not self._of_networks or not address:
            return []
        try:
            given: IP = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return []
        mapped = given.ipv4_mapped if isinstance(given, ipaddress.IPv6Address) else None
        found: IP = mapped or given
        return [
            row
            for (version, length), networks in self._of_networks.items()
            if version == found.version
            for row in networks.get(_masked(found, length), ())
        ]


def network_of(address: str) -> str:
    """Return what a ban of an address covers: that of IPv4, the /64 of IPv6; empty for what is no address."""
    bucket = bucket_of(address)
    try:
        return str(ipaddress.ip_network(bucket))
    except ValueError:
        return ""


def check_network(given: str) -> str:
    """Return a range of addresses as it is kept: an address alone is that of IPv4, or the /64 of IPv6.

    Raises:
        Invalid: it is something else, or too large.
    """
    if "/" not in given:
        found = network_of(given)
        if found:
            return found
    try:
        network = ipaddress.ip_network(given[:64], strict=False)
    except ValueError:
        raise Invalid(
            "target must be the id of an author, or a range of addresses such as 203.0.113.0/24"
        ) from None
    shortest = _SHORTEST_PREFIX[network.version]
    if network.prefixlen < shortest:
        raise Invalid(
            f"a range of IPv{network.version} addresses must be /{shortest} or smaller, got /{network.prefixlen}"
        )
    return str(network)


def restriction_of(row: Row[Any], *, with_network: bool) -> Restriction:
    """Return the restriction in a row."""
    return Restriction(
        id=row.id,
        kind=RestrictionKind(row.kind),
        scope=Scope(row.scope),
        author_id=row.author_id,
        name=row.author_name,
        network=row.network if with_network else "",
        reason=row.reason,
        by=row.by_name,
        created_at=row.created_at,
        until=row.until,
    )


def _is_of_session(row: Row[Any], who: Visitor) -> bool:
    return bool(row.scope != Scope.SESSION or row.session in ("", who.session))


def _masked(address: IP, length: int) -> int:
    free = address.max_prefixlen - length
    return int(address) >> free << free


def _longest(rows: list[Row[Any]]) -> Row[Any]:
    return max(rows, key=lambda row: float("inf") if row.until is None else row.until)
