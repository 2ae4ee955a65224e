"""The table of metrics, and the page that has the same one."""

import re
from pathlib import Path

import pytest

from framecast.control.metrics import METRICS, Sample, report
from framecast.node.figures import Figures

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| ([\w, ]*)\|", re.MULTILINE)


def test_the_page_has_the_same_metrics_types_and_labels() -> None:
    written = {
        name: (kind, tuple(labels.replace(" ", "").split(",")) if labels.strip() else ())
        for name, kind, labels in ROW.findall(PAGE.read_text())
    }
    assert written == {kind.shown_name: (kind.kind, kind.labels) for kind in METRICS.values()}


def test_each_metric_is_named_once_and_says_what_it_is() -> None:
    assert all(name == kind.name and kind.help for name, kind in METRICS.items())
    assert {kind.kind for kind in METRICS.values()} == {"counter", "gauge", "histogram"}


def test_a_report_is_what_the_node_takes() -> None:
    figures = Figures()
    figures.take(
        "zmq",
        report([Sample("framecast_zmq_feeds", ("zmq",), 3), Sample("framecast_grpc_publishers", (), 1)]),
    )
    assert figures.all["zmq"][0] == {
        "metric": "framecast_zmq_feeds",
        "kind": "gauge",
        "help": "Tracks that the ZeroMQ server reads",
        "labels": {"port": "zmq"},
        "value": 3.0,
    }
    assert figures.all["zmq"][1]["labels"] == {}


@pytest.mark.parametrize(
    "wrong",
    [Sample("framecast_zmq_feeds", (), 3), Sample("framecast_zmq_feeds", ("zmq", "more"), 3)],
)
def test_a_sample_has_the_labels_of_its_metric(wrong: Sample) -> None:
    with pytest.raises(ValueError, match="zip"):
        report([wrong])
