"""Sorts RTP packets by their numbers, for networks in which packets overtake each other: UDP.

Packets in order go on at once. After a gap, packets wait for the missing ones, for a bounded time and in a bounded number; then the gap
is a loss, and `Numbering` counts it. Repetitions and jumps are passed on as they come: `Numbering` handles them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from framecast.clock import NS
from framecast.protocols.rtp.header import MAX_DROPOUT, MAX_MISORDER

# Packets overtake each other by far less; a picture with a lost packet is late by this.
HOLD_NS = NS // 20
_MAX_HELD = 128
_SIZE = 4  # up to the sequence number
_SENDER = slice(8, 12)
_MAX_SENDERS = 4


class Sorter:
    """Sorts the packets of one sender. `due_ns` (monotonic) is when the oldest waiting packet has waited long enough, None if no packet waits."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._jumped_to: int | None = None  # the number that would follow a packet that jumped
        self._held: dict[int, tuple[int, bytes]] = {}  # number: when it came, the packet
        self.due_ns: int | None = None

    def take(self, packet: bytes, now_ns: int) -> Sequence[bytes]:
        """Take a packet that came at `now_ns`, and return those that are in order now."""
        if len(packet) < _SIZE:
            return (packet,)
        number = packet[2] << 8 | packet[3]
        expected = self._next
        if expected is None or number == expected:
            self._next = number + 1 & 0xFFFF
            return self._with_followers([packet]) if self._held else (packet,)
        gap = number - expected & 0xFFFF
        if gap < MAX_DROPOUT:
            self._held.setdefault(number, (now_ns, packet))
            if len(self._held) > _MAX_HELD:
                return self._skip()
            if self.due_ns is None:
                self.due_ns = now_ns + HOLD_NS
            return ()
        if number == self._jumped_to:
            # The sender has started again: the missing packets will not come.
            before = [
                self._held[one][1] for one in sorted(self._held, key=lambda one: one - expected & 0xFFFF)
            ]
            self._held.clear()
            self._next, self._jumped_to, self.due_ns = number + 1 & 0xFFFF, None, None
            return [*before, packet]
        if gap < 0x10000 - MAX_MISORDER:
            self._jumped_to = number + 1 & 0xFFFF
        return (packet,)

    def overdue(self, now_ns: int) -> Sequence[bytes]:
        """Return the packets that have waited long enough, and all that follow them without a gap."""
        found: list[bytes] = []
        while self.due_ns is not None and now_ns >= self.due_ns:
            found += self._skip()
        return found

    def _skip(self) -> list[bytes]:
        """The packets before the first waiting one are lost."""
        assert self._next is not None
        expected = self._next
        self._next = min(self._held, key=lambda number: number - expected & 0xFFFF)
        return self._with_followers([])

    def _with_followers(self, found: list[bytes]) -> list[bytes]:
        assert self._next is not None
        while (held := self._held.pop(self._next, None)) is not None:
            found.append(held[1])
            self._next = self._next + 1 & 0xFFFF
        self.due_ns = min(at for at, _ in self._held.values()) + HOLD_NS if self._held else None
        return found


class SenderSorter:
    """Sorts the packets of each sender (SSRC) that sends to one port, each with a sorter of its own: their numbers are unrelated.

    `due_ns` is the earliest of all sorters.
    """

    def __init__(self, make: Callable[[], Sorter] = Sorter) -> None:
        self._make = make
        self._sorters: dict[bytes, Sorter] = {}
        self.due_ns: int | None = None

    def take(self, packet: bytes, now_ns: int) -> Sequence[bytes]:
        """Take a packet that came at `now_ns`, and return those of its sender that are in order now."""
        sender = packet[_SENDER]
        sorter = self._sorters.get(sender)
        if sorter is None:
            if len(self._sorters) >= _MAX_SENDERS:
                self._sorters.clear()  # junk: what they hold is lost
            sorter = self._sorters[sender] = self._make()
        found = sorter.take(packet, now_ns)
        self._look()
        return found

    def overdue(self, now_ns: int) -> Sequence[bytes]:
        """Return the packets that have waited long enough, and all that follow them without a gap."""
        found = [packet for sorter in self._sorters.values() for packet in sorter.overdue(now_ns)]
        self._look()
        return found

    def _look(self) -> None:
        dues = [sorter.due_ns for sorter in self._sorters.values() if sorter.due_ns is not None]
        self.due_ns = min(dues) if dues else None
