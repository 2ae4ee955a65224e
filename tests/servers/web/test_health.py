"""Probes and figures."""

import re
from pathlib import Path

from framecast.model import State
from tests.servers.web.mjpeg_reader import MjpegReader
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess
from tests.support.waiting import until

METRICS_PAGE = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"


def samples(web: WebProcess) -> dict[str, float]:
    """Return the value of each series of /metrics."""
    lines = web.ask("/metrics")[1].decode().splitlines()
    return {
        line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("#")
    }


def test_server_is_ready_when_its_configured_streams_have_been_tried(
    node: SmallNode, web: WebProcess
) -> None:
    assert web.json("/readyz") == {"ready": True, "waiting": 0}
    node.add("door")
    node.set_state("door", State.CONNECTING)
    # What came before counts as a try only where the server has seen it, so a stream that was live may be ready.
    node.add("late", configured="api")
    node.set_state("late", State.CONNECTING)
    node.fail("door")
    until(lambda: web.ask("/readyz")[0].status == 200)
    node.set_state("door", State.CONNECTING)
    assert web.ask("/readyz")[0].status == 200


def test_server_is_not_ready_while_a_stream_is_tried_for_the_first_time(
    node: SmallNode, web: WebProcess
) -> None:
    camera = node.add("door")
    camera.state = State.CONNECTING
    response, body = web.ask("/readyz")
    assert response.status == 503
    assert body == b'{"ready":false,"waiting":1}'


def test_server_without_its_node_lives_but_is_not_ready(node: SmallNode, web: WebProcess) -> None:
    node.close()
    assert web.ask("/healthz")[0].status == 200
    assert web.ask("/readyz")[0].status == 503


def test_metrics_match_what_happened(node: SmallNode, web: WebProcess) -> None:
    camera = node.add("door")
    node.add("garage")
    node.fail("garage")
    with MjpegReader(web.connect(), "src=door") as reader:
        for _ in range(20):
            reader.part()
        camera.running.clear()
        reader.until(live=False)
        found = samples(web)
        published = camera.switch.publisher.tracks["jpeg/75"].published_records
    assert found['framecast_track_records_total{stream="door",track="jpeg/75"}'] == published
    assert found['framecast_http_viewers{stream="door"}'] == 1
    assert found['framecast_http_pictures_total{stream="door"}'] >= 20
    assert found['framecast_stream_state{state="offline",stream="garage"}'] == 1
    assert found['framecast_stream_state{state="live",stream="garage"}'] == 0
    assert found["framecast_http_feeds"] == 1
    assert found['framecast_stream_reason{reason="refused",stream="garage"}'] == 1
    assert 0 <= found['framecast_stream_state_seconds{stream="garage"}'] < 60
    assert found['framecast_track_age_seconds{stream="door",track="jpeg/75"}'] >= 0
    assert found['framecast_track_corrupt_total{stream="door",track="jpeg/75"}'] == 0
    assert found['framecast_http_requests_total{method="GET",route="/api/stream.mjpeg",status="200"}'] == 1
    buckets = [value for name, value in found.items() if "latency_seconds_bucket" in name and "+Inf" in name]
    counts = [value for name, value in found.items() if "latency_seconds_count" in name]
    assert buckets == counts
    latencies = [value for name, value in found.items() if "latency_seconds_sum" in name]
    assert 0 < sum(latencies) < 10


def test_label_that_looks_like_markup_is_escaped(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    camera = node.cameras["door"]
    with MjpegReader(web.connect(), "src=door") as reader:
        reader.part()
        for _, outlet in camera.switch.publisher._readers.values():
            object.__setattr__(outlet.wish, "label", 'evil"\n} 1')
        text = web.ask("/metrics")[1].decode()
    assert r"evil\"\n} 1" in text


def test_every_metric_is_documented_and_every_documented_metric_exists(
    node: SmallNode, web: WebProcess
) -> None:
    node.add("door")
    with MjpegReader(web.connect(), "src=door") as reader:
        reader.part()
        text = web.ask("/metrics")[1].decode()
    exported = set(re.findall(r"^# TYPE ((?:framecast|process)_\w+)", text, re.MULTILINE))
    documented = set(re.findall(r"^\| `((?:framecast|process)_\w+)`", METRICS_PAGE.read_text(), re.MULTILINE))
    # What other servers report is held to the page by their own tests.
    assert exported == {
        name for name in documented if name.split("_")[1] not in ("grpc", "zmq", "login", "library", "rooms")
    }


def test_counters_of_readers_and_viewers_are_given_as_json(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    with MjpegReader(web.connect(), "src=door") as reader:
        reader.part()
        found = web.json("/api/stats")["streams"]["door"]
    assert found["viewers"] == 1
    assert found["pictures"]["shown"] >= 1
    assert found["tracks"][0]["readers"][0]["label"] == "web"
