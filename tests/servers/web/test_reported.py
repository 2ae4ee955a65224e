"""Figures of other servers in Prometheus' format."""

from framecast.servers.web.reported import reported_metrics


def figure(stream: str, value: float, kind: str = "counter") -> dict[str, object]:
    return {
        "metric": "framecast_zmq_records",
        "kind": kind,
        "help": "Sent",
        "labels": {"stream": stream},
        "value": value,
    }


def test_figures_of_one_metric_are_one_family() -> None:
    (family,) = reported_metrics({"zmq": [figure("door", 3), figure("garden", 4)], "grpc": []})
    assert (family.name, family.type, family.documentation) == ("framecast_zmq_records", "counter", "Sent")
    assert [(sample.labels, sample.value) for sample in family.samples] == [
        ({"stream": "door"}, 3.0),
        ({"stream": "garden"}, 4.0),
    ]


def test_gauge_stays_a_gauge() -> None:
    (family,) = reported_metrics({"zmq": [figure("door", 3, "gauge")]})
    assert family.type == "gauge"
