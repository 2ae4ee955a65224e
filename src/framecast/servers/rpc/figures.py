"""What this server counts, for /metrics: reported to the node when it has changed."""

from __future__ import annotations

from collections.abc import Iterator

from framecast.control.metrics import Sample
from framecast.servers.access.gate import Gate
from framecast.servers.rpc.calls import Calls
from framecast.servers.rpc.feeds import Feeds
from framecast.servers.rpc.publication import Publications

EVERY_S = 2.0


def samples(feeds: Feeds, publications: Publications, calls: Calls, gate: Gate) -> Iterator[Sample]:
    """Yield every figure of this server."""
    yield Sample("framecast_grpc_feeds", (), feeds.count)
    yield Sample("framecast_grpc_publishers", (), publications.count)
    for stream, count in feeds.clients().items():
        yield Sample("framecast_grpc_watchers", (stream,), count)
    for stream, count in feeds.lost().items():
        yield Sample("framecast_grpc_lost", (stream,), count)
    for method, count in calls.begun.items():
        yield Sample("framecast_grpc_calls", (method,), count)
    for (method, code), count in calls.ended.items():
        yield Sample("framecast_grpc_results", (method, code), count)
    yield from gate.samples("grpc")
