"""Samples for /metrics of streams, their tracks and their readers, from the node's answers. Pure but for the time of day."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Any, NamedTuple

from framecast.control.metrics import CODING, Sample
from framecast.model import LATENCY_EDGES_NS, State
from framecast.model.status import Status, public_tracks

Fields = Mapping[str, Any]
Labels = tuple[str, ...]

# Field of the node's answer -> metric
_OF_TRACK = {
    "records": "framecast_track_records",
    "bytes": "framecast_track_bytes",
    "refused": "framecast_track_refused",
    "corrupt": "framecast_track_corrupt",
    "discontinuities": "framecast_track_discontinuities",
    "lost_packets": "framecast_track_lost_packets",
    "gone_dropped": "framecast_track_gone_dropped",
    "pool_bytes": "framecast_pool_bytes",
    "used_bytes": "framecast_pool_used_bytes",
}
_OF_READER = {
    "sent": "framecast_reader_records",
    "dropped": "framecast_reader_dropped",
    "thinned": "framecast_reader_thinned",
    "held": "framecast_reader_held",
}
_BOUNDS = [*(str(edge / 1e9) for edge in LATENCY_EDGES_NS), "+Inf"]


class Latency(NamedTuple):
    """One reader's histogram: how many records were at most as late as each bound, and the sum of all latencies."""

    labels: Labels
    buckets: list[tuple[str, float]]
    sum_s: float


def stream_samples(statuses: Iterable[Status]) -> Iterator[Sample]:
    """Yield the node's facts about each stream, and what its tracks are."""
    now = time.time()
    for status in statuses:
        name = status.name
        for state in State:
            yield Sample("framecast_stream_state", (name, state.value), float(status.state is state))
        yield Sample("framecast_stream_readers", (name,), status.readers)
        yield Sample("framecast_stream_reconnects", (name,), status.reconnects)
        yield Sample("framecast_stream_state_seconds", (name,), max(0.0, now - (status.since or now)))
        if status.reason:
            yield Sample("framecast_stream_reason", (name, status.reason), 1)
        for reason, count in status.failures.items():
            yield Sample("framecast_stream_failures", (name, reason), count)
        for track in public_tracks(status.tracks):
            coding = (str(track.get(key) or "") for key in CODING)
            yield Sample("framecast_track_info", (name, track["name"], *coding), 1)


def track_samples(stats: Mapping[str, Fields]) -> Iterator[Sample]:
    """Yield what the publishers count of each track and each reader."""
    for labels, track in _tracks(stats):
        yield from _fields(_OF_TRACK, labels, track)
        if track.get("age_ns") is not None:
            yield Sample("framecast_track_age_seconds", labels, float(track["age_ns"]) / 1e9)
    for labels, reader in _readers(stats):
        yield from _fields(_OF_READER, labels, reader)
        most_s = float(reader.get("latency_max_ns", 0)) / 1e9
        yield Sample("framecast_reader_latency_max_seconds", labels, most_s)


def latencies(stats: Mapping[str, Fields]) -> Iterator[Latency]:
    """Yield the histogram of each reader."""
    for labels, reader in _readers(stats):
        yield Latency(labels, _buckets(reader), float(reader.get("latency_ns", 0)) / 1e9)


def _tracks(stats: Mapping[str, Fields]) -> Iterator[tuple[Labels, Fields]]:
    for stream, found in stats.items():
        for track in found.get("tracks", ()):
            yield (stream, str(track["name"])), track


def _readers(stats: Mapping[str, Fields]) -> Iterator[tuple[Labels, Fields]]:
    for labels, track in _tracks(stats):
        for reader in track.get("readers", ()):
            yield (*labels, str(reader.get("label", "")), str(reader["id"])), reader


def _fields(names: Mapping[str, str], labels: Labels, fields: Fields) -> Iterator[Sample]:
    for key, metric in names.items():
        yield Sample(metric, labels, float(fields.get(key, 0)))


def _buckets(reader: Fields) -> list[tuple[str, float]]:
    """Return the histogram's buckets; a publisher of an earlier version counts the sum alone."""
    counts = reader.get("latency_counts") or []
    if len(counts) != len(_BOUNDS):
        return [("+Inf", float(reader.get("handed", 0)))]
    return list(zip(_BOUNDS, map(float, accumulate(counts)), strict=True))
