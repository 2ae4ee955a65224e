"""Figures for Prometheus: what the node, its publishers and its other servers count, and the HTTP viewers of this process.

The table of all metrics is `control.metrics`; the modules beside this one give samples.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import chain
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from framecast import __version__
from framecast.control.metrics import METRICS, REPORTED, MetricKind, Sample, report
from framecast.model.status import Status
from framecast.servers.web.context import WebContext
from framecast.servers.web.process_metrics import Usage, process_samples
from framecast.servers.web.stream_metrics import Latency, latencies, stream_samples, track_samples

Fields = Mapping[str, Any]
# Read once, at the import: version() opens files.
_BUILD = (__version__, platform.python_version(), version("av"), platform.machine())
_LATENCY = "framecast_reader_latency_seconds"


@dataclass(frozen=True, slots=True)
class Answers:
    """The node's answers: streams, counters of their tracks, reports of the other servers, itself, its processes."""

    statuses: Sequence[Status] = field(default_factory=list)
    stats: Mapping[str, Fields] = field(default_factory=dict)
    servers: Mapping[str, Iterable[Fields]] = field(default_factory=dict)
    info: Fields = field(default_factory=dict)
    usages: Sequence[Usage] = field(default_factory=list)


def metrics_text(answers: Answers, web: WebContext, knows: Callable[[str], bool]) -> bytes:
    """Return all figures in Prometheus' text format; those of streams that the client does not know are left out."""
    samples = chain(
        _node_samples(answers.info),
        stream_samples(answers.statuses),
        track_samples(answers.stats),
        _viewer_samples(web),
        _request_samples(web),
        process_samples(answers.usages),
    )
    of_rooms = () if web.rooms is None else web.rooms.samples("web")
    own = report((*web.gate.samples("web"), *of_rooms))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(
        _Figures(
            [
                *families(one for one in samples if _is_known(_stream_of(one), knows)),
                _latency_family(row for row in latencies(answers.stats) if knows(row.labels[0])),
                *reported_families(_known({**answers.servers, "web": own}, knows)),
            ]
        )
    )
    return generate_latest(registry)


def _stream_of(sample: Sample) -> str:
    """Return the stream that a sample is about, '' for one about something else."""
    labels = METRICS[sample.metric].labels
    return sample.labels[labels.index("stream")] if "stream" in labels else ""


def _is_known(stream: str, knows: Callable[[str], bool]) -> bool:
    return not stream or knows(stream)


def _known(servers: Mapping[str, Iterable[Fields]], knows: Callable[[str], bool]) -> dict[str, list[Fields]]:
    return {
        name: [one for one in figures if _is_known(str(one["labels"].get("stream", "")), knows)]
        for name, figures in servers.items()
    }


def families(samples: Iterable[Sample]) -> list[Metric]:
    """Return a family for each metric of this server and the node, with its samples."""
    found = {
        name: _family(kind)
        for name, kind in METRICS.items()
        if kind.source not in REPORTED and kind.kind != "histogram"
    }
    for metric, labels, value in samples:
        found[metric].add_metric(labels, value)
    return list(found.values())


def reported_families(servers: Mapping[str, Iterable[Fields]]) -> list[Metric]:
    """Return a family for each metric that servers report; all figures of one have the labels of its first."""
    found: dict[str, tuple[CounterMetricFamily | GaugeMetricFamily, tuple[str, ...]]] = {}
    for figure in chain.from_iterable(servers.values()):
        name, given = str(figure["metric"]), dict(figure["labels"])
        if name not in found:
            kind = MetricKind(name, str(figure["kind"]), str(figure["help"]), tuple(given), "servers")
            found[name] = _family(kind), kind.labels
        family, labels = found[name]
        family.add_metric([str(given.get(label, "")) for label in labels], float(figure["value"]))
    return [family for family, _ in found.values()]


def _family(kind: MetricKind) -> CounterMetricFamily | GaugeMetricFamily:
    make = CounterMetricFamily if kind.kind == "counter" else GaugeMetricFamily
    return make(kind.name, kind.help, labels=kind.labels)


def _latency_family(rows: Iterable[Latency]) -> Metric:
    kind = METRICS[_LATENCY]
    family = HistogramMetricFamily(kind.name, kind.help, labels=kind.labels)
    for row in rows:
        family.add_metric(row.labels, row.buckets, row.sum_s)
    return family


class _Figures(Collector):
    """Ready-made families, for a registry that lives as long as one answer."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _node_samples(info: Fields) -> Iterator[Sample]:
    yield Sample("framecast_build_info", _BUILD, 1)
    yield Sample("framecast_config_last_reload_successful", (), float(info.get("config_ok", True)))
    read_at = float(info.get("config_read_at", 0))
    yield Sample("framecast_config_last_reload_success_timestamp_seconds", (), read_at)


def _request_samples(web: WebContext) -> Iterator[Sample]:
    for (method, route, status), count in web.requests.counts.items():
        yield Sample("framecast_http_requests", (method, route, str(status)), count)
    for refused, count in web.requests.refused.items():
        yield Sample("framecast_http_refused", (str(refused),), count)
    files = web.files
    yield Sample("framecast_http_open_connections", (), web.connections.count + files.open_there)
    replaced = web.connections.closed_for_others + files.replaced_there
    yield Sample("framecast_http_connections_replaced", (), replaced)


def _viewer_samples(web: WebContext) -> Iterator[Sample]:
    yield Sample("framecast_http_feeds", (), web.live_jpegs.count)
    yield Sample("framecast_http_movies", (), web.live_mp4s.count)
    yield Sample("framecast_http_connections", (), web.upkeep.count)
    for name, count in web.viewers().items():
        yield Sample("framecast_http_viewers", (name,), count)
    for name, mp4_stats in web.live_mp4s.stats().items():
        yield Sample("framecast_http_groups_lost", (name,), mp4_stats.lost_groups)
    for name, stats in web.live_jpegs.stats().items():
        yield Sample("framecast_http_pictures", (name,), stats.shown)
        yield Sample("framecast_http_pictures_skipped", (name,), stats.skipped)
    for name, count in web.viewers_cut().items():
        yield Sample("framecast_http_viewers_cut", (name,), count)
