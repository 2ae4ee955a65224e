"""Figures of streams, tracks and their readers, from what the node and the publishers count, for Prometheus.

Series of a reader live as long as the reader. Pure: answers of the node in, families out.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from framecast.model import LATENCY_EDGES_NS, State

Fields = Mapping[str, Any]

# Field of the node's answer -> (metric, what it is)
_TRACK_COUNTERS = {
    "records": ("framecast_track_records", "Records that the source has published"),
    "bytes": ("framecast_track_bytes", "Bytes that the source has published"),
    "refused": ("framecast_track_refused", "Records that found no room in the track's memory"),
    "corrupt": ("framecast_track_corrupt", "Records that the demuxer or decoder marked as damaged"),
    "discontinuities": (
        "framecast_track_discontinuities",
        "Records before which something was lost at the source",
    ),
    "lost_packets": ("framecast_track_lost_packets", "Packets that the network lost before the source"),
    "gone_dropped": ("framecast_track_gone_dropped", "Records that readers lost who have left since"),
}
_TRACK_GAUGES = {
    "pool_bytes": ("framecast_pool_bytes", "Shared memory of the track"),
    "used_bytes": ("framecast_pool_used_bytes", "Shared memory that holds records now"),
}
_READER_COUNTERS = {
    "sent": ("framecast_reader_records", "Records that the reader was lent"),
    "dropped": ("framecast_reader_dropped", "Records that the reader lost because it was too slow"),
    "thinned": ("framecast_reader_thinned", "Records that the reader's max_fps left out"),
}


# What labels of a track's info are, as its own description names them.
_INFO = ("kind", "codec", "width", "height", "rate", "sample_rate", "channels")
_BOUNDS = [*(str(edge / 1e9) for edge in LATENCY_EDGES_NS), "+Inf"]


def stream_metrics(statuses: Iterable[Fields]) -> Iterator[Metric]:
    """Yield what the node says about each stream."""
    state = GaugeMetricFamily(
        "framecast_stream_state", "1 for the state that the stream is in", labels=["stream", "state"]
    )
    readers = GaugeMetricFamily("framecast_stream_readers", "Readers on the bus", labels=["stream"])
    reconnects = CounterMetricFamily(
        "framecast_stream_reconnects", "Times that the source was dialled again", labels=["stream"]
    )
    since = GaugeMetricFamily(
        "framecast_stream_state_seconds", "Time in the present state", labels=["stream"]
    )
    reason = GaugeMetricFamily(
        "framecast_stream_reason", "1 for the reason why the stream is not live", labels=["stream", "reason"]
    )
    failures = CounterMetricFamily(
        "framecast_stream_failures",
        "Times that the source has failed, by reason",
        labels=["stream", "reason"],
    )
    now = time.time()
    for status in statuses:
        name = str(status["name"])
        for one in State:
            state.add_metric([name, one.value], float(status["state"] == one))
        readers.add_metric([name], float(status.get("readers", 0)))
        reconnects.add_metric([name], float(status.get("reconnects", 0)))
        since.add_metric([name], max(0.0, now - float(status.get("since", now))))
        if status.get("reason"):
            reason.add_metric([name, str(status["reason"])], 1)
        for why, count in status.get("failures", {}).items():
            failures.add_metric([name, str(why)], float(count))
    yield from (state, readers, reconnects, since, reason, failures)


def coding_metrics(statuses: Iterable[Fields]) -> Iterator[Metric]:
    """Yield what each track is, as labels: codec, size, rate."""
    family = GaugeMetricFamily(
        "framecast_track_info", "1; the labels say what the track is", labels=["stream", "track", *_INFO]
    )
    for status in statuses:
        for track in status.get("tracks", ()):
            labels = [str(status["name"]), str(track["name"]), *(str(track.get(key) or "") for key in _INFO)]
            family.add_metric(labels, 1)
    yield family


def track_metrics(stats: Mapping[str, Fields]) -> Iterator[Metric]:
    """Yield what the publishers count of each track and each reader."""
    tracks = [
        ([name, str(track["name"])], track)
        for name, found in stats.items()
        for track in found.get("tracks", ())
    ]
    labels = ["stream", "track"]
    yield from _families(CounterMetricFamily, _TRACK_COUNTERS, labels, tracks)
    yield from _families(GaugeMetricFamily, _TRACK_GAUGES, labels, tracks)
    yield from _ages(labels, tracks)
    readers = [
        ([*labels, str(reader.get("label", "")), str(reader["id"])], reader)
        for labels, track in tracks
        for reader in track.get("readers", ())
    ]
    labels = ["stream", "track", "reader", "id"]
    yield from _families(CounterMetricFamily, _READER_COUNTERS, labels, readers)
    yield from _families(
        GaugeMetricFamily,
        {"held": ("framecast_reader_held", "Records that the reader holds")},
        labels,
        readers,
    )
    yield from _latency(labels, readers)


def _ages(labels: list[str], tracks: list[tuple[list[str], Fields]]) -> Iterator[Metric]:
    family = GaugeMetricFamily(
        "framecast_track_age_seconds", "Since the newest record was published", labels=labels
    )
    for values, track in tracks:
        if track.get("age_ns") is not None:
            family.add_metric(values, float(track["age_ns"]) / 1e9)
    yield family


def _latency(labels: list[str], readers: list[tuple[list[str], Fields]]) -> Iterator[Metric]:
    latency = HistogramMetricFamily(
        "framecast_reader_latency_seconds", "From arrival at the source to the reader's hand", labels=labels
    )
    most = GaugeMetricFamily(
        "framecast_reader_latency_max_seconds", "The longest of these latencies so far", labels=labels
    )
    for values, reader in readers:
        latency.add_metric(values, _buckets(reader), float(reader.get("latency_ns", 0)) / 1e9)
        most.add_metric(values, float(reader.get("latency_max_ns", 0)) / 1e9)
    yield from (latency, most)


def _buckets(reader: Fields) -> list[tuple[str, float]]:
    """Return how many were at most as late as each bound; a publisher of an earlier version counts the sum alone."""
    counts = reader.get("latency_counts") or []
    if len(counts) != len(_BOUNDS):
        return [("+Inf", float(reader.get("handed", 0)))]
    return list(zip(_BOUNDS, map(float, accumulate(counts)), strict=True))


def _families(
    kind: type[CounterMetricFamily] | type[GaugeMetricFamily],
    names: dict[str, tuple[str, str]],
    labels: list[str],
    rows: list[tuple[list[str], Fields]],
) -> Iterator[Metric]:
    for key, (name, words) in names.items():
        family = kind(name, words, labels=labels)
        for values, fields in rows:
            family.add_metric(values, float(fields.get(key, 0)))
        yield family
