"""Figures of the node's other servers, as they report them, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

_FAMILIES = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily}


def reported_metrics(servers: Mapping[str, Iterable[Mapping[str, Any]]]) -> Iterator[Metric]:
    """Yield a family for each metric; all figures of one have the labels of its first."""
    families: dict[str, tuple[CounterMetricFamily | GaugeMetricFamily, list[str]]] = {}
    for figures in servers.values():
        for figure in figures:
            name, given = str(figure["metric"]), dict(figure["labels"])
            if name not in families:
                family = _FAMILIES[figure["kind"]](name, str(figure["help"]), labels=list(given))
                families[name] = family, list(given)
            family, labels = families[name]
            family.add_metric([str(given.get(label, "")) for label in labels], float(figure["value"]))
    yield from (family for family, _ in families.values())
