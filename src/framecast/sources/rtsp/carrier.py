"""How the packets of a session travel: inside its own connection, or beside it (`datagrams`). The source's thread."""

from __future__ import annotations

import re
from typing import Protocol

from framecast.errors import SourceError
from framecast.model.number import integer
from framecast.protocols.rtsp.messages import Item, interleaved
from framecast.protocols.sdp import Unfit
from framecast.sources.rtsp.connection import Connection

_INTERLEAVED = re.compile(r"interleaved\s*=\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?", re.IGNORECASE)

Channels = tuple[int, int]  # of a track: RTP, RTCP


class Carrier(Protocol):
    """A transport of packets. `damage` counts what was skipped and can be reset."""

    damage: int

    @property
    def hint(self) -> str:
        """A hint for people if nothing ever came, '' if there is no hint."""
        ...

    def transport(self, index: int) -> str:
        """Return the Transport header of the SETUP of the track of this index."""
        ...

    def agree(self, index: int, transport: str) -> Channels:
        """Take the Transport header of the answer, '' if it had none, and return the channels of the track.

        Raises:
            SourceError: the header is not valid.
            Unfit: the server answers something else.
        """
        ...

    def begin(self) -> None:
        """All tracks were agreed on, and PLAY was answered."""
        ...

    def receive(self) -> None:
        """Wait for something, for a tick at most.

        Raises:
            SourceError: closed.
        """
        ...

    def items(self) -> list[Item]:
        """Return what is complete, in its order: packets with their channel, and messages.

        Raises:
            SourceError: bad-data.
        """
        ...

    def report(self, packet: bytes) -> None:
        """Send an RTCP packet for each track.

        Raises:
            SourceError: closed.
        """
        ...

    def tell(self, index: int, packet: bytes) -> None:
        """Send an RTCP packet for the track of this index.

        Raises:
            SourceError: closed.
        """
        ...

    def close(self) -> None:
        """Release everything except the session's own connection. Idempotent."""
        ...


class Interleaved:
    """Within the session's connection (RFC 2326 section 10.12)."""

    hint = ""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.receive, self.items = (
            connection.receive,
            connection.items,
        )  # called many times a second: no call in between
        self._channels: list[Channels] = []

    @property
    def damage(self) -> int:
        """How often junk came between packets."""
        return self.connection.damage

    @damage.setter
    def damage(self, count: int) -> None:
        self.connection.damage = count

    def transport(self, index: int) -> str:
        """Return the Transport header of a SETUP."""
        return f"RTP/AVP/TCP;unicast;interleaved={2 * index}-{2 * index + 1}"

    def agree(self, index: int, transport: str) -> Channels:
        """Take the header of the answer."""
        if transport and "tcp" not in transport.lower() and "interleaved" not in transport.lower():
            raise Unfit("a server that does not interleave")
        found = _INTERLEAVED.search(transport)
        rtp = integer(found[1], 0, 999) if found else 2 * index
        rtcp = integer(found[2], 0, 999) if found and found[2] else rtp + 1
        if max(rtp, rtcp) > 255:
            raise SourceError("bad-data", f"the server names channel {max(rtp, rtcp)}, expected 0 to 255")
        self._channels.append((rtp, rtcp))
        return rtp, rtcp

    def begin(self) -> None:
        """After junk, accept packets of these channels."""
        self.connection.channels = frozenset(number for pair in self._channels for number in pair)

    def report(self, packet: bytes) -> None:
        """Send an RTCP packet for each track."""
        for index in range(len(self._channels)):
            self.tell(index, packet)

    def tell(self, index: int, packet: bytes) -> None:
        """Send an RTCP packet for one track."""
        self.connection.send(interleaved(self._channels[index][1], packet))

    def close(self) -> None:
        """Do nothing: there is only the connection."""
