"""Figures in Prometheus' format: those of the node and this server, and those that other servers report."""

from framecast.control.metrics import METRICS, REPORTED, Sample
from framecast.servers.web.metrics import families, reported_families


def figure(stream: str, value: float, kind: str = "counter") -> dict[str, object]:
    return {
        "metric": "framecast_zmq_records",
        "kind": kind,
        "help": "Sent",
        "labels": {"stream": stream},
        "value": value,
    }


def test_figures_of_one_metric_are_one_family() -> None:
    (family,) = reported_families({"zmq": [figure("door", 3), figure("garden", 4)], "grpc": []})
    assert (family.name, family.type, family.documentation) == ("framecast_zmq_records", "counter", "Sent")
    assert [(sample.labels, sample.value) for sample in family.samples] == [
        ({"stream": "door"}, 3.0),
        ({"stream": "garden"}, 4.0),
    ]


def test_gauge_stays_a_gauge() -> None:
    (family,) = reported_families({"zmq": [figure("door", 3, "gauge")]})
    assert family.type == "gauge"


def test_every_metric_of_the_node_and_this_server_has_a_header_and_its_samples() -> None:
    found = {
        family.name: family
        for family in families(
            [
                Sample("framecast_stream_readers", ("door",), 2),
                Sample("framecast_http_requests", ("GET", "/api", "200"), 7),
            ]
        )
    }
    expected = {
        name: kind
        for name, kind in METRICS.items()
        if kind.source not in REPORTED and kind.kind != "histogram"
    }
    assert {name: (family.type, family.documentation) for name, family in found.items()} == {
        name: (kind.kind, kind.help) for name, kind in expected.items()
    }
    assert [(one.labels, one.value) for one in found["framecast_stream_readers"].samples] == [
        ({"stream": "door"}, 2)
    ]
    assert [(one.name, one.labels) for one in found["framecast_http_requests"].samples] == [
        ("framecast_http_requests_total", {"method": "GET", "route": "/api", "status": "200"})
    ]
    assert not found["framecast_stream_reason"].samples
