"""Figures for Prometheus: the node's counters and the HTTP viewers of this process.

docs/reference/metrics.md names each; a test holds the two together. Series of a reader live as long as the reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from framecast import __version__
from framecast.model import State
from framecast.servers.web.reported import reported_metrics
from framecast.servers.web.web import Web

Fields = Mapping[str, Any]

# Field of the node's answer -> (metric, what it is)
_TRACK_COUNTERS = {
    "records": ("framecast_track_records", "Records that the source has published"),
    "bytes": ("framecast_track_bytes", "Bytes that the source has published"),
    "refused": ("framecast_track_refused", "Records that found no room in the track's memory"),
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


def metrics_text(
    statuses: Iterable[Fields],
    stats: Mapping[str, Fields],
    web: Web,
    servers: Mapping[str, Iterable[Fields]] | None = None,
) -> bytes:
    """Return all figures in Prometheus' text format; `servers` are those that other servers reported."""
    registry = CollectorRegistry(auto_describe=False)
    own = [*_stream_metrics(statuses), *_track_metrics(stats), *_viewer_metrics(web)]
    registry.register(_Figures([*own, *reported_metrics(servers or {})]))
    return generate_latest(registry)


class _Figures(Collector):
    """Ready-made families, for a registry that lives as long as one answer."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _stream_metrics(statuses: Iterable[Fields]) -> Iterator[Metric]:
    build = GaugeMetricFamily("framecast_build_info", "Which Framecast this is", labels=["version"])
    build.add_metric([__version__], 1)
    state = GaugeMetricFamily(
        "framecast_stream_state", "1 for the state that the stream is in", labels=["stream", "state"]
    )
    readers = GaugeMetricFamily("framecast_stream_readers", "Readers on the bus", labels=["stream"])
    reconnects = CounterMetricFamily(
        "framecast_stream_reconnects", "Times that the source was dialled again", labels=["stream"]
    )
    for status in statuses:
        name = str(status["name"])
        for one in State:
            state.add_metric([name, one.value], float(status["state"] == one))
        readers.add_metric([name], float(status.get("readers", 0)))
        reconnects.add_metric([name], float(status.get("reconnects", 0)))
    yield from (build, state, readers, reconnects)


def _track_metrics(stats: Mapping[str, Fields]) -> Iterator[Metric]:
    tracks = [
        ([name, str(track["name"])], track)
        for name, found in stats.items()
        for track in found.get("tracks", ())
    ]
    labels = ["stream", "track"]
    yield from _families(CounterMetricFamily, _TRACK_COUNTERS, labels, tracks)
    yield from _families(GaugeMetricFamily, _TRACK_GAUGES, labels, tracks)
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


def _latency(labels: list[str], readers: list[tuple[list[str], Fields]]) -> Iterator[Metric]:
    latency = SummaryMetricFamily(
        "framecast_reader_latency_seconds", "From arrival at the source to the reader's hand", labels=labels
    )
    most = GaugeMetricFamily(
        "framecast_reader_latency_max_seconds", "The longest of these latencies so far", labels=labels
    )
    for values, reader in readers:
        handed = float(reader.get("handed", 0))
        latency.add_metric(values, count_value=handed, sum_value=float(reader.get("latency_ns", 0)) / 1e9)  # type: ignore[arg-type]
        most.add_metric(values, float(reader.get("latency_max_ns", 0)) / 1e9)
    yield from (latency, most)


def _viewer_metrics(web: Web) -> Iterator[Metric]:
    feeds, movies = web.feeds, web.movies
    viewers = GaugeMetricFamily("framecast_http_viewers", "Viewers of live pictures", labels=["stream"])
    for name, count in web.viewers().items():
        viewers.add_metric([name], count)
    yield viewers
    yield GaugeMetricFamily("framecast_http_feeds", "JPEG tracks that this server reads", value=feeds.count)
    yield GaugeMetricFamily("framecast_http_movies", "Movies that this server muxes", value=movies.count)
    yield GaugeMetricFamily(
        "framecast_http_connections", "WebSockets, live MP4 files and HLS packagers", value=web.guests.count
    )
    lost = CounterMetricFamily(
        "framecast_http_groups_lost", "Groups of pictures that slow viewers lost", labels=["stream"]
    )
    for name, movie_stats in movies.stats().items():
        lost.add_metric([name], movie_stats.lost_groups)
    yield lost
    for key, (metric, words) in {
        "shown": ("framecast_http_pictures", "Pictures written to viewers"),
        "skipped": (
            "framecast_http_pictures_skipped",
            "Pictures that viewers skipped because they were busy",
        ),
    }.items():
        family = CounterMetricFamily(metric, words, labels=["stream"])
        for name, stats in feeds.stats().items():
            family.add_metric([name], getattr(stats, key))
        yield family
    cut = CounterMetricFamily(
        "framecast_http_viewers_cut", "Viewers cut because they did not read", labels=["stream"]
    )
    for name, count in web.viewers_cut().items():
        cut.add_metric([name], count)
    yield cut


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
