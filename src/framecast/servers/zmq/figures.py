"""This server's figures for /metrics: docs/reference/metrics.md names each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from framecast.servers.zmq.feeds import Feeds

_HELP = {
    "framecast_zmq_subscribers": "Connected ZeroMQ subscribers",
    "framecast_zmq_feeds": "Tracks that the ZeroMQ server reads",
    "framecast_zmq_messages": "Messages sent to ZeroMQ subscribers",
    "framecast_zmq_dropped": "Records that ZeroMQ subscribers lost because they were too slow",
    "framecast_zmq_refused": "ZeroMQ subscribers and messages that were refused",
}


def figures(ports: Mapping[str, Feeds]) -> list[dict[str, Any]]:
    """Return all figures, by port."""
    return [
        {"metric": metric, "kind": kind, "help": _HELP[metric], "labels": labels, "value": value}
        for port, feeds in ports.items()
        for metric, kind, labels, value in _of(port, feeds)
    ]


def _of(port: str, feeds: Feeds) -> Iterator[tuple[str, str, dict[str, str], int]]:
    labels = {"port": port}
    yield "framecast_zmq_subscribers", "gauge", labels, len(feeds.guests)
    yield "framecast_zmq_feeds", "gauge", labels, len(feeds.feeds)
    sent = feeds.sent + sum(guest.sent for guest in feeds.guests)
    yield "framecast_zmq_messages", "counter", labels, sent
    dropped = feeds.gone.copy()
    for key, feed in feeds.feeds.items():
        dropped[key] += feed.dropped
    for (stream, track), count in dropped.items():
        yield "framecast_zmq_dropped", "counter", {**labels, "stream": stream, "track": str(track)}, count
    for reason, count in feeds.refused.items():
        yield "framecast_zmq_refused", "counter", {**labels, "reason": reason}, count
