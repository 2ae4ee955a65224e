"""What this server counts, as the web server's /metrics shows it: reported to the node when it has changed."""

from __future__ import annotations

from typing import Any

from framecast.servers.access.gate import Gate
from framecast.servers.rpc.calls import Calls
from framecast.servers.rpc.feeds import Feeds
from framecast.servers.rpc.publication import Publications

EVERY_S = 2.0

Figure = dict[str, Any]


def figures(feeds: Feeds, publications: Publications, calls: Calls, gate: Gate | None = None) -> list[Figure]:
    """Return every figure; docs/reference/metrics.md names each."""
    watchers, lost = "Clients that read tracks now", "Records that slow clients lost"
    return [
        _figure("gauge", "framecast_grpc_feeds", "Selections of tracks that clients share", feeds.count),
        _figure("gauge", "framecast_grpc_publishers", "Clients that publish now", publications.count),
        *(
            _figure("gauge", "framecast_grpc_watchers", watchers, count, stream=stream)
            for stream, count in feeds.clients().items()
        ),
        *(
            _figure("counter", "framecast_grpc_lost", lost, count, stream=stream)
            for stream, count in feeds.lost().items()
        ),
        *(
            _figure("counter", "framecast_grpc_calls", "Calls that have begun", count, method=method)
            for method, count in calls.begun.items()
        ),
        *(
            _figure(
                "counter", "framecast_grpc_results", "Calls that have ended", count, method=method, code=code
            )
            for (method, code), count in calls.ended.items()
        ),
        *([gate.figure("grpc")] if gate is not None else []),
    ]


def _figure(kind: str, metric: str, words: str, value: int, **labels: str) -> Figure:
    return {"metric": metric, "kind": kind, "help": words, "labels": labels, "value": value}
