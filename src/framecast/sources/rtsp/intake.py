"""From a carrier to the access units of a session: waits, reads, and passes packets to the tracks. The source's thread.

`NativeIntake` leaves the connection to `framecast-native`, which returns once per finished picture or block of sound. Text, junk and
what follows them come back here, to the one parser of RTSP; behind them, the bytes go to the native side again.
"""

from __future__ import annotations

from time import monotonic_ns
from typing import Protocol, cast

from framecast.clock import NS
from framecast.protocols.rtp.implementation import PYTHON, Implementation
from framecast.protocols.rtp.reception import WAIT_NS, Found, Reception
from framecast.protocols.rtsp.messages import Item, Message
from framecast.sources.rtsp.carrier import Carrier, Interleaved
from framecast.sources.rtsp.connection import TICK_S, Connection
from framecast.sources.unattended import Keeper, Unattended

_TICK_NS = round(TICK_S * NS)


class NativeReception(Protocol):
    """What `framecast_native.Reception` has beside the methods of `Reception`."""

    def feed(self, chunk: bytes, now_ns: int) -> tuple[Found, bytes | None]:
        """Take bytes of the connection; return units, and bytes that are no packet."""
        ...

    def receive(self, fd: int, patience_ns: int) -> tuple[Found, bytes | None, int]:
        """Read until something is complete; also return when a read last had to wait, 0 if none had to."""
        ...

    def keep(
        self, fd: int, patience_ns: int, keeper: Keeper, waited_at_ns: int
    ) -> tuple[Found, bytes | None, int, int]:
        """Read as `receive` and leave units to `keeper`; also return how many it has taken."""
        ...


class Intake:
    """Reads by the carrier. `items` came already. `waited_at_ns` (CLOCK_MONOTONIC) is when a read last had to wait."""

    def __init__(self, carrier: Carrier, reception: Reception, items: list[Item]) -> None:
        self._carrier, self._reception, self._items = carrier, reception, items
        self.waited_at_ns = 0
        self.has_kept = False  # the last call has left packets to native
        self.unattended: Unattended | None = None

    def more(self) -> tuple[Found, list[Message]]:
        """Take what is there, or wait for it for a tick at most.

        Raises:
            SourceError: closed, bad-data.
        """
        items, self._items = self._items, []
        if not items:
            asked_ns = monotonic_ns()
            self._carrier.receive()
            now_ns = monotonic_ns()
            if now_ns - asked_ns > WAIT_NS:
                self.waited_at_ns = now_ns
            items = self._carrier.items()
        found: Found = []
        messages: list[Message] = []
        if items:
            take, now_ns = self._reception.take, monotonic_ns()
            for item in items:
                if isinstance(item, tuple):
                    found += take(item[0], item[1], now_ns)
                else:
                    messages.append(item)
        if self._carrier.damage:
            self._reception.hurt(self._carrier.damage)
            self._carrier.damage = 0
        return found, messages


class NativeIntake(Intake):
    """Reads a connection without TLS by `framecast-native`."""

    def __init__(self, carrier: Interleaved, reception: Reception, items: list[Item]) -> None:
        super().__init__(carrier, reception, items)
        self._connection: Connection = carrier.connection
        self._native = cast("NativeReception", reception)
        self._is_between_packets = False

    def more(self) -> tuple[Found, list[Message]]:
        """Take what is there, or wait for it for a tick at most."""
        self.has_kept = False
        if not self._is_between_packets:
            found, messages = super().more()
            if found and self.unattended is not None:
                self.unattended.end()
            rest = self._connection.rest()
            if rest is not None:
                self._is_between_packets = True
                self._native.feed(rest, 0)  # less than a packet
            return found, messages
        found, text, waited_at_ns = self._received()
        if waited_at_ns:
            self.waited_at_ns = waited_at_ns
        if text is not None:
            self._is_between_packets = False
            self._connection.put_back(text)
            self._items = self._connection.items()
        return found, []

    def _received(self) -> tuple[Found, bytes | None, int]:
        """Read the connection; what is returned is for the relay, which has its state back."""
        fd, unattended = self._connection.fileno(), self.unattended
        keeper = None if unattended is None else unattended.keeper()
        if unattended is None or keeper is None:
            return self._native.receive(fd, _TICK_NS)
        found, text, waited_at_ns, kept = self._native.keep(fd, _TICK_NS, keeper, self.waited_at_ns)
        self.has_kept = kept > 0
        if found:
            unattended.end()
        return found, text, waited_at_ns


def intake(rtp: Implementation, carrier: Carrier, reception: Reception, items: list[Item]) -> Intake:
    """Return the intake that fits a carrier."""
    if rtp is not PYTHON and isinstance(carrier, Interleaved) and not carrier.connection.is_tls:
        return NativeIntake(carrier, reception, items)
    return Intake(carrier, reception, items)
