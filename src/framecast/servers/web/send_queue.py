"""What waits for one viewer: groups of pictures in order, bounded in bytes, written as the transport takes them.

Runs on the event loop. A viewer that does not keep up loses whole groups of pictures, never single fragments: the group
that is on its way is finished, the newest one is kept, those between are lost. One connection may carry several streams
(`flows`); a flow that has lost something goes on at its next key frame. What is shared with other viewers is held by
reference, so the bound counts it although it costs nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic

# Held for a viewer at most, what the transport holds included.
MAX_HELD_BYTES = 4 << 20
# So much is given to the transport at a time; what waits behind it can still be lost.
TRANSPORT_BYTES = 256 << 10
# Words (state, clock, answers) are never lost, so who lets so many of them pile up is not served any more.
MAX_WORDS_BYTES = 1 << 20
# A viewer that has taken no byte for so long is gone or stopped.
STUCK_S = 30.0

Buffers = Sequence[bytes]


class Flow:
    """One stream's place in a send queue. `on_lost` is called for each group of pictures that was lost."""

    __slots__ = ("on_lost", "skipping")

    def __init__(self, on_lost: Callable[[], None]) -> None:
        self.on_lost = on_lost
        self.skipping = True  # until the first key frame


@dataclass(slots=True)
class _Entry:
    """Something to send; `flow` is None for what is never lost. `opens`: a group of pictures begins with it."""

    buffers: Buffers
    size: int
    flow: Flow | None
    opens: bool


class SendQueue:
    """Writes to `transport`; whoever owns the connection calls `on_writable` and `check`."""

    def __init__(self, transport: asyncio.Transport, clock: Callable[[], float] = monotonic) -> None:
        self._transport = transport
        self._clock = clock
        self._waiting: deque[_Entry] = deque()
        self._waiting_bytes = 0
        self._words_bytes = 0  # of these
        self._given = 0  # bytes to the transport so far
        self._taken = 0  # of these had left when `check` looked last
        self._progress_at = clock()
        transport.set_write_buffer_limits(high=TRANSPORT_BYTES)

    @property
    def waiting_bytes(self) -> int:
        """What the transport does not have yet."""
        return self._waiting_bytes

    @property
    def held_bytes(self) -> int:
        """What has not left yet."""
        return self._waiting_bytes + self._transport.get_write_buffer_size()

    def say(self, data: bytes) -> bool:
        """Send something small that must not be lost, in its order. False where too much of that waits already."""
        if self._transport.is_closing() or self._write((data,), len(data)):
            return True
        self._words_bytes += len(data)
        if self._words_bytes > MAX_WORDS_BYTES:
            return False
        self._append(_Entry((data,), len(data), None, opens=False))
        return True

    def send(self, flow: Flow, buffers: Buffers, size: int, *, opens: bool) -> None:
        """Send a part of a group of pictures, or lose it where the viewer is too far behind."""
        if self._transport.is_closing():  # it is told soon; others must not notice
            return
        if flow.skipping:
            if not opens:
                return
            if self.held_bytes + size > MAX_HELD_BYTES:
                flow.on_lost()
                return
            flow.skipping = False
        if not self._write(buffers, size):
            self._append(_Entry(buffers, size, flow, opens))
            if self.held_bytes > MAX_HELD_BYTES:
                self._shed()

    def leave(self, flow: Flow) -> None:
        """Forget what waits of a flow."""
        self._keep(entry for entry in self._waiting if entry.flow is not flow)

    def on_writable(self) -> None:
        """The transport takes more."""
        while self._waiting and self._takes_more() and not self._transport.is_closing():
            entry = self._waiting.popleft()
            self._waiting_bytes -= entry.size
            self._words_bytes -= entry.size if entry.flow is None else 0
            self._given += entry.size
            self._transport.writelines(entry.buffers)

    def check(self) -> bool:
        """Return False where nothing was taken for `STUCK_S`. Called now and then."""
        unsent, now = self._transport.get_write_buffer_size(), self._clock()
        taken = self._given - unsent
        if taken != self._taken or not unsent:
            self._taken, self._progress_at = taken, now
        return now - self._progress_at < STUCK_S

    def _takes_more(self) -> bool:
        return self._transport.get_write_buffer_size() <= TRANSPORT_BYTES

    def _write(self, buffers: Buffers, size: int) -> bool:
        if self._waiting or not self._takes_more():
            return False
        self._given += size
        self._transport.writelines(buffers)
        return True

    def _append(self, entry: _Entry) -> None:
        self._waiting.append(entry)
        self._waiting_bytes += entry.size

    def _shed(self) -> None:
        """Lose what is between the groups that are on their way and the newest ones; all of it where that is not enough."""
        self._keep(_without_middle(self._waiting))
        if self.held_bytes <= MAX_HELD_BYTES:
            return
        for entry in self._waiting:
            if entry.flow is not None and not entry.flow.skipping:
                entry.flow.skipping = True
                entry.flow.on_lost()
        self._keep(entry for entry in self._waiting if entry.flow is None)

    def _keep(self, entries: Iterable[_Entry]) -> None:
        self._waiting = deque(entries)
        self._waiting_bytes = sum(entry.size for entry in self._waiting)


def _without_middle(waiting: Sequence[_Entry]) -> list[_Entry]:
    """Leave out of each flow what lies from its first key frame up to its newest."""
    newest = {entry.flow: index for index, entry in enumerate(waiting) if entry.flow and entry.opens}
    kept, losing = [], set()
    for index, entry in enumerate(waiting):
        flow = entry.flow
        if flow is not None and flow in newest:
            if entry.opens and index < newest[flow]:
                losing.add(flow)
                flow.on_lost()
            elif index == newest[flow]:
                losing.discard(flow)
            if flow in losing:
                continue
        kept.append(entry)
    return kept
