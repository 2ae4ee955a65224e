"""Samples of streams, tracks and readers: what the node says, under the names and labels of the table of metrics."""

from __future__ import annotations

from typing import Any

import pytest

from framecast.control import metrics
from framecast.control.metrics import Sample
from framecast.model import LATENCY_EDGES_NS, Kind, State, TrackInfo
from framecast.model.status import Status
from framecast.servers.web.stream_metrics import latencies, stream_samples, track_samples

VIDEO = TrackInfo("video", Kind.PACKETS, codec="h264", width=1920, height=1080)
BOUNDS = len(LATENCY_EDGES_NS) + 1


def named(samples: list[Sample], metric: str) -> list[Sample]:
    return [sample for sample in samples if sample.metric == metric]


def stats(**reader: Any) -> dict[str, Any]:
    reader = {"id": 3, "label": "web", **reader}
    return {"door": {"tracks": [{"name": "video", "records": 5, "readers": [reader]}]}}


def test_stream_is_in_exactly_one_state() -> None:
    found = list(stream_samples([Status("door", state=State.STALLED)]))
    states = named(found, "framecast_stream_state")
    assert len(states) == len(State)
    assert [sample.labels for sample in states if sample.value] == [("door", "stalled")]


def test_reason_and_failures_are_there_only_if_there_are_some() -> None:
    calm = list(stream_samples([Status("door")]))
    assert named(calm, "framecast_stream_reason") == named(calm, "framecast_stream_failures") == []
    failed = Status("door", state=State.OFFLINE, reason="refused", failures={"refused": 4, "stalled": 1})
    found = list(stream_samples([failed]))
    assert named(found, "framecast_stream_reason") == [
        Sample("framecast_stream_reason", ("door", "refused"), 1)
    ]
    assert [sample.value for sample in named(found, "framecast_stream_failures")] == [4, 1]


@pytest.mark.parametrize(("since", "least", "most"), [(0.0, 0.0, 0.0), (1e12, 0.0, 0.0), (1.0, 1e9, 1e12)])
def test_time_in_a_state_is_never_negative(since: float, least: float, most: float) -> None:
    found = list(stream_samples([Status("door", since=since)]))
    (sample,) = named(found, "framecast_stream_state_seconds")
    assert least <= sample.value <= most


def test_labels_of_a_track_are_those_of_the_table_in_its_order() -> None:
    found = list(stream_samples([Status("door", tracks=(VIDEO,))]))
    (sample,) = named(found, "framecast_track_info")
    assert sample.labels[:6] == ("door", "video", "packets", "h264", "1920", "1080")
    assert len(sample.labels) == 2 + len(metrics.CODING)


def test_what_a_publisher_does_not_count_is_zero_and_an_age_that_is_unknown_is_left_out() -> None:
    found = list(track_samples(stats()))
    assert named(found, "framecast_track_records")[0].value == 5
    assert named(found, "framecast_track_corrupt")[0].value == 0
    assert named(found, "framecast_track_age_seconds") == []
    young = {"door": {"tracks": [{"name": "video", "age_ns": 0}]}, "empty": {}}
    assert named(list(track_samples(young)), "framecast_track_age_seconds")[0].value == 0


def test_readers_are_counted_by_track_label_and_number() -> None:
    found = list(track_samples(stats(sent=7, latency_max_ns=2_500_000)))
    (sent,) = named(found, "framecast_reader_records")
    assert (sent.labels, sent.value) == (("door", "video", "web", "3"), 7)
    (most,) = named(found, "framecast_reader_latency_max_seconds")
    assert most.value == pytest.approx(0.0025)


def test_histogram_adds_up_and_ends_with_everything() -> None:
    (found,) = latencies(stats(latency_counts=[1] * BOUNDS, latency_ns=3_000_000_000))
    assert [count for _, count in found.buckets] == list(range(1, BOUNDS + 1))
    assert found.buckets[0][0] == "0.0005"
    assert found.buckets[-1][0] == "+Inf"
    assert found.sum_s == pytest.approx(3)


@pytest.mark.parametrize("counts", [None, [], [1, 2]])
def test_publisher_of_another_version_has_the_sum_alone(counts: list[int] | None) -> None:
    (found,) = latencies(stats(latency_counts=counts, handed=9))
    assert found.buckets == [("+Inf", 9.0)]
