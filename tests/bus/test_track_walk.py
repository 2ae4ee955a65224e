"""Any order of sends, changes, reads, releases, joins and leaves: real tracks, outlets and subscribers beside a pure model.

One thread: what the publisher's own thread would be woken for, `Walk.wake` does, and nothing else. So a reader that nobody
would ever serve again is found here, too.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
import pytest

from framecast.bus import Channel, Subscriber, pair
from framecast.bus import kept as kept_module
from framecast.bus import track as track_module
from framecast.bus.outlet import Outlet
from framecast.bus.track import TrackWriter
from framecast.bus.view import Record
from framecast.errors import WouldBlock
from framecast.model import Flag, Kind, Meta, Picture, Policy, Subscription, TrackInfo, TrackName

SECOND = 1_000_000_000
NAMES = {Kind.FRAMES: "frames", Kind.PACKETS: "video", Kind.SAMPLES: "samples", Kind.DATA: "data"}
PICTURES = [Picture("gray", 64, 48), Picture("gray", 80, 48), Picture("bgr", 64, 48), Picture("i420", 16, 16)]
POLICIES = ["latest", "queue(1)", "queue(5)", "queue(40)"]
BYTE_LIMIT = 20_000
GROUP_LIMIT = 20_032  # bytes: longer groups of pictures are cut
ALIGNED = 64


def describe(kind: Kind, number: int, epoch: int) -> TrackInfo:
    """Description `number` of those that a track changes between, and back."""
    if kind is Kind.FRAMES:
        picture = PICTURES[number % len(PICTURES)]
        return TrackInfo("frames", kind, picture=picture, epoch=epoch, width=picture.width)
    if kind is Kind.PACKETS:
        return TrackInfo("video", kind, codec="h264", extradata=bytes([number]), epoch=epoch)
    if kind is Kind.SAMPLES:
        return TrackInfo("samples", kind, codec="s16", sample_rate=8000 + number, channels=1, epoch=epoch)
    return TrackInfo("data", kind, epoch=epoch)


@dataclass(eq=False)
class Reader:
    """A subscriber, and what it may expect."""

    subscriber: Subscriber
    outlet: Outlet
    policy: str
    max_fps: float
    joined: int  # the first record that it could get
    last: int  # the last one that it got
    left: bool = False
    dropped: int = 0
    got: int = 0
    held: list[Record] = field(default_factory=list)


class Walk:
    """A track, its readers, and the list of all that was published."""

    def __init__(self, kind: Kind, clock: list[int]) -> None:
        self.kind = kind
        self.clock = clock
        self.description, self.epoch = 0, 1
        self.track = TrackWriter(describe(kind, 0, 1), "x", 1 << 30, lambda _: None)
        self.published: list[tuple[bytes, TrackInfo, bool]] = []
        self.kept_from = 0  # the model of what is kept: from here to the end
        self.readers: list[Reader] = []
        self.sockets: list[socket.socket] = []
        self.channels: list[Channel] = []

    # --- steps

    def send(self, key: bool, size: int) -> None:
        number = len(self.published)
        picture = self.track.info.picture
        payload = bytes([number % 251]) * (picture.layout.size_bytes if picture else size)
        key = key or self.kind is not Kind.PACKETS
        self.clock[0] += SECOND // 25
        meta = Meta(number, self.clock[0], self.clock[0], flags=Flag.KEY if key else Flag.NONE)
        if key:
            self.kept_from = number
        self.published.append((payload, self.track.info, key))
        if self.kind is Kind.PACKETS:
            while self.kept_from < number and self.kept_bytes() > GROUP_LIMIT:
                self.kept_from += 1
        assert self.track.send(payload, meta) == number

    def burst(self, count: int, size: int) -> None:
        """More than a reader without credit may have."""
        for _ in range(count):
            self.send(key=False, size=size)

    def kept_bytes(self) -> int:
        return sum(
            -(-len(payload) // ALIGNED) * ALIGNED for payload, _, _ in self.published[self.kept_from :]
        )

    def change(self, description: int) -> None:
        self.epoch += 1
        self.kept_from = len(self.published)
        self.track.reformat(describe(self.kind, description, self.epoch))

    def forget(self) -> None:
        if not self.track.wanted:
            self.kept_from = len(self.published)
        self.track.forget()

    def join(self, policy: str, max_fps: float) -> None:
        wish = Subscription("x", TrackName.parse(NAMES[self.kind]), Policy.parse(policy), max_fps)
        left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        node_end, reader_end = pair()
        with right:
            node_end.send({"event": "introduce", "number": 1}, [right.fileno()])
        outlet = Outlet(left, left.fileno(), wish, BYTE_LIMIT)
        subscriber = Subscriber(wish, lambda: reader_end)
        keys = [number for number in range(self.kept_from, len(self.published)) if self.published[number][2]]
        joined = keys[0] if keys else len(self.published)
        self.track.attach(outlet)
        self.readers.append(Reader(subscriber, outlet, policy, max_fps, joined, joined - 1))
        self.sockets.append(left)
        self.channels.append(node_end)

    def read(self, number: int, count: int) -> None:
        for reader in self._some(number):
            for _ in range(count):
                if not self._read_one(reader):
                    return

    def release(self, number: int, count: int) -> None:
        for reader in self._some(number):
            del reader.held[:count]

    def leave(self, number: int) -> None:
        for reader in self._some(number):
            reader.left = True
            reader.subscriber.close()

    def let_go(self, number: int) -> None:
        """Of a reader that has left: its views."""
        if self.readers:
            self.readers[number % len(self.readers)].held.clear()

    # --- what the publisher's thread does

    def wake(self) -> None:
        """Serve whom epoll would name: a reader that has gone, and one without credit that has said something."""
        for reader in self.readers:
            sock = reader.outlet.sock
            if sock.fileno() < 0:
                continue
            poll = select.poll()
            poll.register(sock, select.POLLRDHUP | (select.POLLIN if reader.outlet.starved else 0))
            if poll.poll(0) and not self.track.serve(reader.outlet.number):
                sock.close()

    # --- what must hold

    def settle(self) -> None:
        """Every reader reads all there is."""
        for reader in self.readers:
            while not reader.left and self._read_one(reader):
                reader.held.clear()

    def finish(self) -> None:
        """After whatever happened, everybody gets what comes now, and all is accounted for."""
        for reader in self.readers:
            reader.held.clear()
        self.settle()
        self.clock[0] += 10 * SECOND  # nobody finds the next one too early
        self.send(key=True, size=9)
        self.wake()
        self.settle()
        for reader in self.readers:
            if not reader.left:
                assert reader.last == len(self.published) - 1
                lost = len(self.published) - reader.joined - reader.got
                assert reader.dropped == lost or (reader.max_fps and reader.dropped <= lost)
                assert reader.outlet.stats.thinned + reader.outlet.stats.dropped <= lost
                reader.subscriber.close()
        self.wake()
        assert not self.track.wanted
        self.track.forget()
        assert self.track.stats()["used_bytes"] == 0

    def close(self) -> None:
        for reader in self.readers:
            reader.held.clear()
            reader.subscriber.close()
        self.track.close()
        for sock in self.sockets:
            sock.close()
        for channel in self.channels:
            channel.close()

    def _some(self, number: int) -> Iterator[Reader]:
        here = [reader for reader in self.readers if not reader.left]
        if here:
            yield here[number % len(here)]

    def _read_one(self, reader: Reader) -> bool:
        for _ in range(2):  # the releases of the first try may bring more
            try:
                record = reader.subscriber.read(0)
            except WouldBlock:
                self.wake()
                continue
            self._check(reader, record)
            self.wake()
            return True
        return False

    def _check(self, reader: Reader, record: Record) -> None:
        payload, info, key = self.published[record.seq]
        assert reader.last < record.seq < len(self.published)
        assert bytes(np.asarray(record.payload).tobytes() if record.leased else record.payload) == payload
        assert record.info == info
        missed = record.seq - reader.last - 1
        assert record.dropped == missed or (reader.max_fps and record.dropped <= missed)
        if (
            self.kind is Kind.PACKETS and missed and not reader.max_fps
        ):  # pictures that are thinned stand alone
            assert key
        reader.last = record.seq
        reader.dropped += record.dropped
        reader.got += 1
        reader.held.append(record)


# How often each step is taken, and what it is given.
STEPS: dict[str, tuple[int, Callable[[Random], tuple[Any, ...]]]] = {
    "send": (8, lambda dice: (dice.random() < 0.15, dice.choice([1, 900, 7000]))),
    "burst": (3, lambda dice: (dice.randint(3, 25), dice.choice([1, 900, 3000]))),
    "change": (3, lambda dice: (dice.randint(0, 3),)),
    "join": (2, lambda dice: (dice.choice(POLICIES), dice.choice([0.0, 0.0, 10.0]))),
    "read": (5, lambda dice: (dice.randint(0, 4), dice.randint(1, 8))),
    "release": (4, lambda dice: (dice.randint(0, 4), dice.randint(1, 8))),
    "leave": (1, lambda dice: (dice.randint(0, 4),)),
    "let_go": (1, lambda dice: (dice.randint(0, 4),)),
    "forget": (1, lambda _: ()),
}
WALKS, LENGTH = 60, 60


@pytest.mark.parametrize("kind", list(Kind))
def test_no_order_of_events_hurts_the_writer_or_leaves_a_reader_behind(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [SECOND]
    monkeypatch.setattr(track_module, "monotonic_ns", lambda: clock[0])
    monkeypatch.setattr(kept_module, "GOP_LIMIT_BYTES", GROUP_LIMIT)
    for seed in range(WALKS):
        dice = Random(seed)
        names = dice.choices(list(STEPS), [weight for weight, _ in STEPS.values()], k=LENGTH)
        steps = [(name, STEPS[name][1](dice)) for name in names]
        walk = Walk(kind, clock)
        try:
            for name, arguments in steps:
                getattr(walk, name)(*arguments)
                walk.wake()
            walk.finish()
        except BaseException as error:
            error.add_note(f"seed {seed} of {kind}: {steps}")
            raise
        finally:
            walk.close()
