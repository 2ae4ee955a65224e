"""What waits for one connection that is pushed to: bounded in bytes, written as the transport takes it.

One pass over all connections hands the same buffers to each of them. What waits is held by reference, and the bound counts
it nevertheless. If a client does not keep up, each track loses records by its policy: of GROUPS the group that is on its way is
finished, the newest one is kept, and those between are lost whole; NEWEST holds one record; QUEUE loses its oldest. What goes out by
`send` is never lost. One connection may carry several tracks, a `Flow` each. Pure but for the transport; the clock is given.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from framecast.fanout.loss import Loss
from framecast.fanout.progress import STUCK_S, Progress

Buffers = Sequence[bytes]


class Transport(Protocol):
    """What a send queue needs of `asyncio.WriteTransport`."""

    def writelines(self, list_of_data: Iterable[bytes], /) -> None:
        """Write buffers without a copy, as far as that is possible."""

    def get_write_buffer_size(self) -> int:
        """Return how many bytes have not left yet."""
        ...

    def is_closing(self) -> bool:
        """Return whether the connection is closed, or about to be."""
        ...

    def set_write_buffer_limits(self, high: int | None = None) -> None:
        """Set above how many bytes the owner is asked to wait."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """In bytes."""

    held: int = 4 << 20  # at most, with what the transport has not sent yet
    transport: int = 256 << 10  # given to the transport at a time; what waits behind it can still be lost
    unlosable: int = 1 << 20  # of what must not be lost; beyond it a client is not served any more


class Flow:
    """One track's part in a send queue. `on_lost` is called for each record, of GROUPS for each group, that was lost."""

    __slots__ = ("loss", "on_lost", "skipping")

    def __init__(self, on_lost: Callable[[], None], loss: Loss = Loss.GROUPS) -> None:
        self.on_lost = on_lost
        self.loss = loss
        self.skipping = loss is Loss.GROUPS  # until the next key frame


@dataclass(slots=True)
class _Entry:
    """Something to send; `flow` is None for what is never lost."""

    buffers: Buffers
    size: int
    flow: Flow | None
    starts: bool


class SendQueue:
    """Writes to `transport`; the owner of the connection calls `on_writable`, and now and then `check`."""

    def __init__(
        self,
        transport: Transport,
        clock: Callable[[], float] = monotonic,
        bounds: Bounds = Bounds(),
        stuck_s: float = STUCK_S,
    ) -> None:
        self._transport = transport
        self._bounds = bounds
        self._transport_bytes = bounds.transport
        self._progress = Progress(stuck_s, clock)
        self._waiting: deque[_Entry] = deque()
        self._waiting_bytes = 0
        self._unlosable_bytes = 0  # of these
        self._given = 0  # bytes to the transport so far
        transport.set_write_buffer_limits(high=bounds.transport)

    @property
    def waiting_bytes(self) -> int:
        """What the transport does not have yet."""
        return self._waiting_bytes

    @property
    def held_bytes(self) -> int:
        """What has not left yet."""
        return self._waiting_bytes + self._transport.get_write_buffer_size()

    def send(self, data: bytes) -> bool:
        """Send something small that must not be lost, in its order. False if too much of that waits already."""
        if self._transport.is_closing() or self._write((data,), len(data)):
            return True
        self._unlosable_bytes += len(data)
        if self._unlosable_bytes > self._bounds.unlosable:
            return False
        self._append(_Entry((data,), len(data), None, starts=False))
        return True

    def send_within(self, data: bytes, most: int) -> bool:
        """Send something small as `send`, unless more than `most` bytes wait already. False: it was not taken."""
        transport = self._transport
        # Without further calls: this is done for each message and member of a room.
        if not self._waiting and not transport.is_closing():
            held = transport.get_write_buffer_size()
            if held > most:
                return False
            if held <= self._transport_bytes:
                self._given += len(data)
                transport.writelines((data,))
                return True
        return transport.is_closing() or (self.held_bytes <= most and self.send(data))

    def offer(self, flow: Flow, buffers: Buffers, size: int, *, starts: bool = True) -> bool:
        """Send a record, or lose it if the client is too far behind. Return whether the transport has it now."""
        transport = self._transport
        if transport.is_closing():  # the owner hears of that soon; others must not notice
            return False
        if flow.skipping:
            if not starts:
                return False
            if self.held_bytes + size > self._bounds.held:
                flow.on_lost()
                return False
            flow.skipping = False
        # As `_write`, without a call: this is done for each record and client.
        if not self._waiting and transport.get_write_buffer_size() <= self._transport_bytes:
            self._given += size
            transport.writelines(buffers)
            return True
        if flow.loss is Loss.NEWEST:
            self._lose_waiting(flow)
        self._append(_Entry(buffers, size, flow, starts))
        if self.held_bytes > self._bounds.held:
            self._shed()
        return False

    def leave(self, flow: Flow) -> None:
        """Forget what waits of a track."""
        self._keep(entry for entry in self._waiting if entry.flow is not flow)

    def on_writable(self) -> None:
        """The transport takes more."""
        while self._waiting and self._takes_more() and not self._transport.is_closing():
            entry = self._waiting.popleft()
            self._waiting_bytes -= entry.size
            self._unlosable_bytes -= entry.size if entry.flow is None else 0
            self._given += entry.size
            self._transport.writelines(entry.buffers)

    def check(self) -> bool:
        """Return False if the client is stuck."""
        unsent = self._transport.get_write_buffer_size()
        return self._progress.check(self._given - unsent, waits=bool(unsent))

    def _takes_more(self) -> bool:
        return self._transport.get_write_buffer_size() <= self._transport_bytes

    def _write(self, buffers: Buffers, size: int) -> bool:
        if self._waiting or not self._takes_more():
            return False
        self._given += size
        self._transport.writelines(buffers)
        return True

    def _append(self, entry: _Entry) -> None:
        self._waiting.append(entry)
        self._waiting_bytes += entry.size

    def _lose_waiting(self, flow: Flow) -> None:
        """Lose the one record of a track that waits."""
        kept = [entry for entry in self._waiting if entry.flow is not flow]
        if len(kept) < len(self._waiting):
            flow.on_lost()
            self._keep(kept)

    def _shed(self) -> None:
        """Lose as little as is enough: the oldest of queues, the middle of groups, in the end everything that may be lost."""
        self._shed_queues()
        if self.held_bytes > self._bounds.held:
            self._keep(_without_middle(self._waiting))
        if self.held_bytes > self._bounds.held:
            self._shed_all()

    def _shed_queues(self) -> None:
        over = self.held_bytes - self._bounds.held
        newest = self._waiting[-1]
        kept = []
        for entry in self._waiting:
            if over > 0 and entry is not newest and entry.flow is not None and entry.flow.loss is Loss.QUEUE:
                over -= entry.size
                entry.flow.on_lost()
            else:
                kept.append(entry)
        self._keep(kept)

    def _shed_all(self) -> None:
        for entry in self._waiting:
            flow = entry.flow
            if flow is not None and not flow.skipping:
                flow.skipping = flow.loss is Loss.GROUPS
                flow.on_lost()
        self._keep(entry for entry in self._waiting if entry.flow is None)

    def _keep(self, entries: Iterable[_Entry]) -> None:
        self._waiting = deque(entries)
        self._waiting_bytes = sum(entry.size for entry in self._waiting)


def _without_middle(waiting: Sequence[_Entry]) -> list[_Entry]:
    """Leave out, of each track of groups, what lies from its first key frame up to its newest."""
    newest = {
        entry.flow: index
        for index, entry in enumerate(waiting)
        if entry.flow and entry.starts and entry.flow.loss is Loss.GROUPS
    }
    kept: list[_Entry] = []
    losing: set[Flow] = set()
    for index, entry in enumerate(waiting):
        flow = entry.flow
        if flow is not None and flow in newest:
            if entry.starts and index < newest[flow]:
                losing.add(flow)
                flow.on_lost()
            elif index == newest[flow]:
                losing.discard(flow)
            if flow in losing:
                continue
        kept.append(entry)
    return kept
