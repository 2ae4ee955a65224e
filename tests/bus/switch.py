"""The least thing that can introduce a reader to a publisher: what the node does, in one thread and no more."""

from __future__ import annotations

import socket
import threading
from typing import Any

from framecast.bus import Callbacks, Channel, Publisher, Subscriber, pair
from framecast.errors import FramecastError
from framecast.model import Kind, Policy, Subscription, TrackInfo, TrackName


class Switch:
    """Introduces every subscriber that connects to one publisher, at once and again after a break."""

    def __init__(self, stream: str = "camera", **options: Any) -> None:
        self.stream = stream
        self.node_end, publisher_end = pair()
        self.lost = threading.Event()
        self.publisher = Publisher(publisher_end, stream, callbacks=Callbacks(on_node_lost=self.lost.set), **options)
        self.node_ends: list[Channel] = []
        self._number = 0

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
        """Return a subscriber that has been introduced."""
        wish = Subscription(self.stream, TrackName.parse(track), Policy.parse(policy), max_fps, "test")
        return Subscriber(wish, lambda: self.connect(wish))

    def close(self) -> None:
        """End everything."""
        self.publisher.close()
        for channel in (self.node_end, *self.node_ends):
            try:
                channel.close()
            except FramecastError:
                continue


def packets(name: str = "video", codec: str = "h264") -> TrackInfo:
    """Return a packets track for tests."""
    return TrackInfo(name, Kind.PACKETS, codec=codec)
