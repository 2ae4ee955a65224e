"""The least thing that can introduce a reader to a publisher: what the node does, in one thread and no more."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any, Self

from framecast.bus import Callbacks, Channel, Publisher, Subscriber, TrackWriter, pair
from framecast.bus.woken import WokenSubscriber
from framecast.clock import monotonic_ns, utc_ns
from framecast.errors import FramecastError
from framecast.model import Flag, Kind, Meta, Picture, Policy, Subscription, TrackInfo, TrackName

SMALL = Picture("gray", 64, 48)


class Switch:
    """Introduces every subscriber that connects to one publisher, at once and again after a break."""

    def __init__(self, stream: str = "camera", **options: Any) -> None:
        self.stream = stream
        self.lost = threading.Event()
        self.demand = threading.Event()
        self.node_ends: list[Channel] = []
        self.subscribers: list[Subscriber] = []
        self._number = 0
        self.node_end, publisher_end = pair()
        callbacks = Callbacks(on_node_lost=self.lost.set, on_demand=self.demand.set)
        self.publisher = Publisher(publisher_end, stream, callbacks=callbacks, **options)

    def connect(self, wish: Subscription) -> Channel:
        """Return a subscriber's channel on which the introduction already waits."""
        node_end, reader_end = pair()
        self.node_ends.append(node_end)
        self.introduce(node_end, wish)
        return reader_end

    def introduce(self, node_end: Channel, wish: Subscription) -> None:
        """Give one end of a fresh socket pair to the publisher and the other to the reader."""
        self._number += 1
        left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with left, right:
            self.node_end.send({"op": "introduce", "subscription": wish.to_json()}, [left.fileno()])
            node_end.send({"event": "introduce", "number": self._number}, [right.fileno()])

    def subscribe(self, track: str = "frames", policy: str = "latest", max_fps: float = 0) -> Subscriber:
        """Return a subscriber that is being introduced."""
        wish = Subscription(self.stream, TrackName.parse(track), Policy.parse(policy), max_fps, "test")
        subscriber = Subscriber(wish, lambda: self.connect(wish))
        self.subscribers.append(subscriber)
        return subscriber

    def attached(self, track: str = "frames", policy: str = "latest", max_fps: float = 0) -> Subscriber:
        """Return a subscriber that the publisher already serves."""
        writer = self.publisher.tracks[track]
        before = len(writer._outlets)
        subscriber = self.subscribe(track, policy, max_fps)
        self.wait_for(lambda: len(writer._outlets) > before)
        return subscriber

    def woken(self, track: str, policy: str) -> WokenSubscriber:
        """Return a subscriber for an event loop, that the publisher already serves."""
        writer = self.publisher.tracks[track]
        before = len(writer._outlets)
        wish = Subscription(self.stream, TrackName.parse(track), Policy.parse(policy), label="test")
        subscriber = WokenSubscriber(wish, lambda: self.connect(wish))
        self.subscribers.append(subscriber)
        self.wait_for(lambda: len(writer._outlets) > before)
        return subscriber

    def wait_for(self, condition: Any, timeout_s: float = 60.0) -> None:
        """Wait until `condition()` holds; demand events wake it, the watchdog ends it."""
        for _ in range(int(timeout_s / 0.01)):
            if condition():
                return
            self.demand.wait(0.01)
            self.demand.clear()
        raise AssertionError("the condition never held")

    def frames(self, picture: Picture = SMALL) -> TrackWriter:
        """Add a frames track."""
        return self.publisher.track(TrackInfo("frames", Kind.FRAMES, picture=picture))

    def packets(self, name: str = "video") -> TrackWriter:
        """Add a packets track."""
        return self.publisher.track(TrackInfo(name, Kind.PACKETS, codec="h264"))

    def close(self) -> None:
        """End everything."""
        for subscriber in self.subscribers:
            subscriber.close()
        self.publisher.close()
        for channel in (self.node_end, *self.node_ends):
            try:
                channel.close()
            except FramecastError:
                continue

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def meta(number: int = 0, key: bool = True) -> Meta:
    """Return times for test record `number`."""
    return Meta(number, utc_ns(), monotonic_ns(), flags=Flag.KEY if key else Flag.NONE)


def show(writer: TrackWriter, number: int) -> int:
    """Publish a picture whose every byte says `number`."""
    assert writer.info.picture is not None
    slot = writer.reserve(writer.info.picture.layout.size_bytes)
    slot.view[:] = number % 256
    return writer.publish(slot, meta(number))


def descriptors() -> int:
    """Return how many file descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))
