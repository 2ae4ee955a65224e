"""What this server counts, for /metrics, by port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from framecast.control.metrics import Sample
from framecast.servers.zmq.feeds import Feeds


def samples(ports: Mapping[str, Feeds]) -> Iterator[Sample]:
    """Yield every figure of this server."""
    for port, feeds in ports.items():
        yield from _of(port, feeds)


def _of(port: str, feeds: Feeds) -> Iterator[Sample]:
    yield Sample("framecast_zmq_subscribers", (port,), len(feeds.connections))
    yield Sample("framecast_zmq_feeds", (port,), feeds.count)
    sent = feeds.sent + sum(connection.sent for connection in feeds.connections)
    yield Sample("framecast_zmq_messages", (port,), sent)
    for (stream, track), count in feeds.lost().items():
        yield Sample("framecast_zmq_dropped", (port, stream, str(track)), count)
    for reason, count in feeds.refused.items():
        yield Sample("framecast_zmq_refused", (port, reason), count)
