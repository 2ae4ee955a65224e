"""Figures for Prometheus: what the node, its publishers and its other servers count, and the HTTP viewers of this process.

docs/reference/metrics.md names each; a test holds the two together.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from framecast import __version__
from framecast.servers.web.context import WebContext
from framecast.servers.web.process_metrics import Usage, process_metrics
from framecast.servers.web.reported import reported_metrics
from framecast.servers.web.stream_metrics import coding_metrics, stream_metrics, track_metrics

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the node said: streams, counters of their tracks, reports of the other servers, itself, its processes."""

    statuses: Sequence[Fields] = field(default_factory=list)
    stats: Mapping[str, Fields] = field(default_factory=dict)
    servers: Mapping[str, Iterable[Fields]] = field(default_factory=dict)
    info: Fields = field(default_factory=dict)
    usages: Sequence[Usage] = field(default_factory=list)


def metrics_text(answers: Answers, web: WebContext) -> bytes:
    """Return all figures in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    reports = {**answers.servers, "web": _own_report(web)}
    families = [
        *_node_metrics(answers.info),
        *stream_metrics(answers.statuses),
        *coding_metrics(answers.statuses),
        *track_metrics(answers.stats),
        *_viewer_metrics(web),
        *_request_metrics(web),
        *process_metrics(answers.usages),
        *reported_metrics(reports),
    ]
    registry.register(_Figures(families))
    return generate_latest(registry)


class _Figures(Collector):
    """Ready-made families, for a registry that lives as long as one answer."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _node_metrics(info: Fields) -> Iterator[Metric]:
    build = GaugeMetricFamily(
        "framecast_build_info",
        "1; the labels say which Framecast this is",
        labels=["version", "python", "pyav", "machine"],
    )
    build.add_metric([__version__, platform.python_version(), version("av"), platform.machine()], 1)
    yield build
    yield GaugeMetricFamily(
        "framecast_config_last_reload_successful",
        "0 if the configuration file was changed to one that is not used",
        value=float(info.get("config_ok", True)),
    )
    yield GaugeMetricFamily(
        "framecast_config_last_reload_success_timestamp_seconds",
        "When the configuration in use was read, in seconds since 1970",
        value=float(info.get("config_read_at", 0)),
    )


def _own_report(web: WebContext) -> list[Fields]:
    """What every server reports, of this one."""
    return [] if web.gate is None else [web.gate.figure("web")]


def _request_metrics(web: WebContext) -> Iterator[Metric]:
    answered = CounterMetricFamily(
        "framecast_http_requests", "Requests that were answered", labels=["method", "route", "status"]
    )
    for (method, route, status), count in web.requests.counts.items():
        answered.add_metric([method, route, str(status)], count)
    refused = CounterMetricFamily(
        "framecast_http_refused", "Requests beyond a limit, refused before any route", labels=["status"]
    )
    for status, count in web.connections.refused.items():
        refused.add_metric([str(status)], count)
    yield from (answered, refused)
    yield GaugeMetricFamily(
        "framecast_http_open_connections", "Open connections of clients", value=web.connections.count
    )
    yield CounterMetricFamily(
        "framecast_http_connections_replaced",
        "Connections without a request in progress that were closed for new ones",
        value=web.connections.closed_for_others,
    )


def _viewer_metrics(web: WebContext) -> Iterator[Metric]:
    live_jpegs, live_mp4s = web.live_jpegs, web.live_mp4s
    viewers = GaugeMetricFamily("framecast_http_viewers", "Viewers of live pictures", labels=["stream"])
    for name, count in web.viewers().items():
        viewers.add_metric([name], count)
    yield viewers
    yield GaugeMetricFamily(
        "framecast_http_feeds", "JPEG tracks that this server reads", value=live_jpegs.count
    )
    yield GaugeMetricFamily(
        "framecast_http_movies", "Live MP4s that this server muxes", value=live_mp4s.count
    )
    yield GaugeMetricFamily(
        "framecast_http_connections", "WebSockets, live MP4 files and HLS packagers", value=web.guests.count
    )
    lost = CounterMetricFamily(
        "framecast_http_groups_lost", "Groups of pictures that slow viewers lost", labels=["stream"]
    )
    for name, mp4_stats in live_mp4s.stats().items():
        lost.add_metric([name], mp4_stats.lost_groups)
    yield lost
    for key, (metric, words) in {
        "shown": ("framecast_http_pictures", "Pictures written to viewers"),
        "skipped": (
            "framecast_http_pictures_skipped",
            "Pictures that viewers skipped because they were busy",
        ),
    }.items():
        family = CounterMetricFamily(metric, words, labels=["stream"])
        for name, stats in live_jpegs.stats().items():
            family.add_metric([name], getattr(stats, key))
        yield family
    cut = CounterMetricFamily(
        "framecast_http_viewers_cut", "Viewers cut because they did not read", labels=["stream"]
    )
    for name, count in web.viewers_cut().items():
        cut.add_metric([name], count)
    yield cut
