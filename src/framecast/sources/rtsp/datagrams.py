"""RTP over UDP (RFC 2326 section 12.39): two sockets per track, sorted, beside the connection of the session.

Only packets from the address of the camera, or from the one that it names, are read. The source's thread.
"""

from __future__ import annotations

import ipaddress
import re
import select
import socket
import struct
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from time import monotonic_ns

from framecast.clock import NS
from framecast.errors import SourceError
from framecast.model.number import integer
from framecast.protocols.rtp.rtcp import RTCP
from framecast.protocols.rtp.sorter import SenderSorter, Sorter
from framecast.protocols.rtsp.messages import Item
from framecast.protocols.sdp import Unfit
from framecast.sources import dial
from framecast.sources.rtsp.carrier import Channels
from framecast.sources.rtsp.connection import TICK_S, Connection

_SERVER_PORTS = re.compile(r"server_port\s*=\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?", re.IGNORECASE)
_SOURCE = re.compile(r"source\s*=\s*\"?\[?([0-9A-Fa-f.:]+)", re.IGNORECASE)
_PORT_TRIES = 32
# A key frame comes at once. The kernel doubles it for its own needs, and gives less where net.core.rmem_max says so.
SOCKET_BYTES = 2 << 20
_SO_RCVBUFFORCE = 33  # linux/socket.h: beyond rmem_max, for processes with CAP_NET_ADMIN
_MAX_DATAGRAM = 65536
_MAX_AT_ONCE = 512  # then others are looked at
# They open the way back through routers and firewalls; servers ignore an empty packet and an empty report.
_RTP_OPENER = struct.pack(">BBHII", 0x80, 0, 0, 0, 0)
_RTCP_OPENER = struct.pack(">BBHI", 0x80, 201, 1, 0)

Addr = tuple[str, int] | tuple[str, int, int, int]  # of IPv6 with flow and scope


@dataclass(slots=True)
class _Port:
    """A socket of a track; the one of RTP has a `sorter`. `remote` is the address that the server sends from."""

    sock: socket.socket
    channel: int
    sorter: SenderSorter | None
    remote: Addr | None = None


class Datagrams:
    """Sockets between the two addresses of `connection`.

    Raises:
        SourceError: the connection is closed already.
    """

    def __init__(self, connection: Connection) -> None:
        here, self._camera, scope = connection.ends()
        self.connection = connection
        self.damage = 0
        self._here: Addr = (here, 0, 0, scope) if connection.family == socket.AF_INET6 else (here, 0)
        self._ports: dict[int, _Port] = {}  # by descriptor
        self._pairs: list[tuple[_Port, _Port]] = []
        self._sources = {self._camera, _plain(self._camera)}
        self._stranger = ""  # an address that sends, and is not the camera
        self._found: list[Item] = []
        self._buffer = bytearray(_MAX_DATAGRAM)
        self._epoll = select.epoll()
        self._epoll.register(connection.fileno(), select.EPOLLIN)

    @property
    def hint(self) -> str:
        """A hint why nothing came."""
        if self._stranger:
            return f" over UDP from {self._camera}, but from {self._stranger}: try the transport tcp"
        return " over UDP: a firewall may be in the way, try the transport tcp"

    def transport(self, index: int) -> str:
        """Open the ports of a track, and return the Transport header that names them."""
        if index == len(self._pairs):  # otherwise they are open already: of a track that was refused
            self._open(index)
        first = self._pairs[index][0].sock.getsockname()[1]
        return f"RTP/AVP;unicast;client_port={first}-{first + 1}"

    def _open(self, index: int) -> None:
        rtp, rtcp = _pair(self.connection.family, self._here)
        pair = _Port(rtp, 2 * index, SenderSorter(Sorter)), _Port(rtcp, 2 * index + 1, None)
        self._pairs.append(pair)
        for port in pair:
            self._ports[port.sock.fileno()] = port
            self._epoll.register(port.sock.fileno(), select.EPOLLIN)

    def agree(self, index: int, transport: str) -> Channels:
        """Take the header of the answer."""
        if (
            "tcp" in transport.lower()
            or "interleaved" in transport.lower()
            or "multicast" in transport.lower()
        ):
            raise Unfit("a server that does not send over UDP")
        host = self._sender(transport)
        self._sources.add(_plain(host))
        rtp, rtcp = self._pairs[index]
        ports = _SERVER_PORTS.search(transport)
        if ports:
            first = integer(ports[1], 0, 99_999)
            second = integer(ports[2], 0, 99_999) if ports[2] else first + 1
            for port, number in ((rtp, first), (rtcp, second)):
                if 0 < number < 65536:
                    port.remote = (host, number, *self._here[2:])
        return rtp.channel, rtcp.channel

    def begin(self) -> None:
        """Open the way through routers and firewalls."""
        for rtp, rtcp in self._pairs:
            self._send(rtp, _RTP_OPENER)
            self._send(rtcp, _RTCP_OPENER)

    def receive(self) -> None:
        """Wait for packets, and for messages on the connection.

        Raises:
            SourceError: the connection was closed.
        """
        ready = self._epoll.poll(self._patience_s())
        now_ns = monotonic_ns()
        for number, _ in ready:
            port = self._ports.get(number)
            if port is None:
                self.connection.receive()
                self._found += self.connection.items()
            else:
                self._read(port, now_ns)
        self.damage += self.connection.damage
        self.connection.damage = 0
        for rtp, _ in self._pairs:
            assert rtp.sorter is not None
            if rtp.sorter.due_ns is not None:
                self._add(rtp.channel, rtp.sorter.overdue(now_ns))

    def items(self) -> list[Item]:
        """Return the packets and messages that came, sorted."""
        found, self._found = self._found, []
        return found

    def report(self, packet: bytes) -> None:
        """Send an RTCP packet for each track."""
        for index in range(len(self._pairs)):
            self.tell(index, packet)

    def tell(self, index: int, packet: bytes) -> None:
        """Send an RTCP packet for one track."""
        self._send(self._pairs[index][1], packet)

    def close(self) -> None:
        """Close the ports. Idempotent."""
        self._epoll.close()
        for port in self._ports.values():
            port.sock.close()

    def _sender(self, transport: str) -> str:
        """Return the sender: the camera, unless it names another address. It must not name this machine, nor one that the source may not reach."""
        found = _SOURCE.search(transport)
        with suppress(ValueError):
            named = ipaddress.ip_address(found[1] if found else "")
            is_here = named.is_loopback and not ipaddress.ip_address(_plain(self._camera)).is_loopback
            is_refused = not dial.admits(self.connection.networks, str(named))
            if not (named.is_unspecified or named.is_multicast or is_here or is_refused):
                return str(named)
        return self._camera

    def _patience_s(self) -> float:
        due = [rtp.sorter.due_ns for rtp, _ in self._pairs if rtp.sorter and rtp.sorter.due_ns is not None]
        return max(0.0, min(TICK_S, (min(due) - monotonic_ns()) / NS)) if due else TICK_S

    def _read(self, port: _Port, now_ns: int) -> None:
        receive, buffer, sources = port.sock.recvfrom_into, self._buffer, self._sources
        for _ in range(_MAX_AT_ONCE):
            try:
                size, address = receive(buffer)
            except BlockingIOError:
                return
            except OSError:
                continue  # the error of an earlier packet: its port is closed
            if address[0] not in sources and _plain(address[0]) not in sources:
                self._stranger = address[0]
                continue
            packet = bytes(memoryview(buffer)[:size])
            if port.sorter is None or (size > 1 and packet[1] in RTCP):
                self._found.append((port.channel, packet))
            else:
                self._add(port.channel, port.sorter.take(packet, now_ns))

    def _add(self, channel: int, packets: Sequence[bytes]) -> None:
        self._found += [(channel, packet) for packet in packets]

    def _send(self, port: _Port, packet: bytes) -> None:
        if port.remote is not None:
            with suppress(OSError):
                port.sock.sendto(packet, port.remote)


def capacity_bytes() -> int:
    """Return how many received bytes a socket can hold here."""
    with _bound(socket.AF_INET, ("127.0.0.1", 0), 0) as sock:
        return sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2


def _pair(family: int, here: Addr) -> tuple[socket.socket, socket.socket]:
    """Two sockets, the first at an even port and the second at the next one (RFC 3550 section 11)."""
    last: OSError | None = None
    for _ in range(_PORT_TRIES):
        with ExitStack() as undo:
            try:
                any_one = undo.enter_context(_bound(family, here, 0))
                number = any_one.getsockname()[1] & ~1
                any_one.close()
                rtp = undo.enter_context(_bound(family, here, number))
                rtcp = _bound(family, here, number + 1)
            except OSError as error:
                last = error
                continue
            undo.pop_all()
            return rtp, rtcp
    raise SourceError("failed", f"no two adjacent UDP ports are free ({last})")


def _bound(family: int, here: Addr, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, SOCKET_BYTES)
        sock.bind((here[0], port, *here[2:]))
    except BaseException:
        sock.close()
        raise
    return sock


def _plain(host: str) -> str:
    """Return an address without its zone, and an IPv4-mapped address as IPv4."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
