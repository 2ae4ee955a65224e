"""The ZeroMQ server with the real libzmq on the other side: what arrives, and when anything is read at all."""

from __future__ import annotations

import base64
import io

import av
import numpy as np
import pytest

import framecast
from framecast.client.node_client import NodeClient
from framecast.servers.zmq.feeds import LIMITS
from tests.client.nodes import TestNode
from tests.servers.zmq.zmq_process import Listener, ZmqProcess
from tests.support.waiting import until

PATTERN = "pattern:?size=320x180&fps=25"


def readers(client: NodeClient, stream: str) -> int:
    return client.stream(stream).readers


def test_arrays_come_as_raw_bytes_with_shape_and_dtype(client: NodeClient, server: ZmqProcess) -> None:
    client.put("sensor", "numbers:?period=0.02&lower=5&upper=6&count=4")
    with Listener(server.address, "sensor/data$") as listener:
        found = [listener.receive() for _ in range(5)]
    for topic, header, payload in found:
        assert topic == "sensor/data$"
        assert header["stream"], header["track"] == ("sensor", "data")
        values = np.frombuffer(payload, header["dtype"]).reshape(header["shape"])
        assert values.shape == (4,)
        assert ((values >= 5) & (values < 6)).all()
        assert header["published_at"] >= header["captured_at"]
    assert [header["seq"] for _, header, _ in found] == list(
        range(found[0][1]["seq"], found[0][1]["seq"] + 5)
    )


def test_client_that_asks_for_much_takes_nothing_from_others(client: NodeClient, server: ZmqProcess) -> None:
    client.put("demo", PATTERN)
    client.put("sensor", "numbers:?period=0.02")
    greedy = [f"unknown{number}/data$" for number in range(206)]
    greedy += [f"demo/jpeg/{quality}$" for quality in range(1, 51)]
    with Listener(server.address, *greedy) as all_of_it, Listener(server.address, "sensor/data$") as modest:
        assert modest.receive()[0] == "sensor/data$"
        found = {all_of_it.receive()[0] for _ in range(100)}
        assert 1 <= len(found) <= LIMITS.renditions_a_stream_and_client
        with Listener(server.address, "demo/jpeg/90$") as other:
            assert other.receive()[0] == "demo/jpeg/90$"
    until(lambda: not client.stream("demo").readers)
    with Listener(server.address, "demo/jpeg/60$") as later:
        assert later.receive()[0] == "demo/jpeg/60$"


def test_topic_of_a_stream_that_comes_later_is_served_then(client: NodeClient, server: ZmqProcess) -> None:
    with Listener(server.address, "late/data$") as listener:
        client.put("early", "numbers:?period=0.02")
        with Listener(server.address, "early/data$") as known:
            known.receive()
        client.put("late", "numbers:?period=0.02")
        assert listener.receive()[0] == "late/data$"
        client.delete("late")
        client.put("late", "numbers:?period=0.02")
        listener.receive()
        until(lambda: client.stream("late").readers == 1)


def test_json_and_bytes_come_as_they_were_published(node: TestNode, server: ZmqProcess) -> None:
    with framecast.publish("notes", node=node.folder) as out, Listener(server.address, "notes/") as listener:
        out.send_data({"boxes": [[1, 2, 3, 4]], "label": "grün"})
        topic, header, payload = listener.receive()
        assert (topic, header["type"]) == ("notes/data$", "json")
        assert payload.decode() == '{"boxes":[[1,2,3,4]],"label":"grün"}'
        out.send_data(b"\x80\x04N.")  # what a pickle begins with is bytes like any others on the way out
        _, header, payload = listener.receive()
        assert (header["type"], payload) == ("bytes", b"\x80\x04N.")


def test_pictures_come_whole_in_the_form_that_the_topic_names(node: TestNode, server: ZmqProcess) -> None:
    image = np.random.default_rng(3).integers(0, 255, (241, 321, 3), np.uint8)
    with framecast.publish("wall", node=node.folder) as out:
        out.send(image)
        with (
            Listener(server.address, "wall/frames$") as native,
            Listener(server.address, "wall/frames/gray/160x0$") as gray,
            Listener(server.address, "wall/jpeg/90$") as jpeg,
        ):
            _, header, payload = native.receive()
            assert header["format"] == "bgr"
            np.testing.assert_array_equal(np.frombuffer(payload, np.uint8).reshape(header["shape"]), image)
            _, header, payload = gray.receive()
            assert header["shape"][1] == 160
            assert len(payload) == header["shape"][0] * 160
            _, header, payload = jpeg.receive()
            assert (header["format"], payload[:2]) == ("mjpeg", b"\xff\xd8")


def test_planes_of_a_picture_have_the_shape_that_opencv_takes(client: NodeClient, server: ZmqProcess) -> None:
    client.put("demo", PATTERN)
    with Listener(server.address, "demo/frames$") as listener:
        _, header, payload = listener.receive()
    assert (header["format"], header["shape"]) == ("i420", [270, 320])
    assert len(payload) == 270 * 320


def test_packets_begin_with_a_key_frame_for_who_comes_late_and_play(
    client: NodeClient, server: ZmqProcess
) -> None:
    client.put("demo", PATTERN)
    with Listener(server.address, "demo/video$") as early:
        for _ in range(20):
            early.receive()
        with Listener(server.address, "demo/video$") as late:
            packets = [late.receive() for _ in range(20)]
    first = packets[0][1]
    assert first["key"]
    assert first["format"] == "h264"
    assert [header["seq"] for _, header, _ in packets] == list(range(first["seq"], first["seq"] + 20))
    head = base64.b64decode(first["extradata"])
    stream = io.BytesIO(head + b"".join(payload for _, _, payload in packets))
    with av.open(stream, "r", format="h264") as container:
        assert len(list(container.decode(video=0))) == 20


def test_sound_comes_as_samples(client: NodeClient, server: ZmqProcess) -> None:
    client.put("demo", PATTERN)
    with Listener(server.address, "demo/samples$") as listener:
        _, header, payload = listener.receive()
    samples = np.frombuffer(payload, header["dtype"]).reshape(header["shape"])
    assert samples.shape[1] == header["channels"]
    assert samples.any()


def test_a_name_with_its_slash_does_not_bring_another_stream(client: NodeClient, server: ZmqProcess) -> None:
    for name in ("door", "door2"):
        client.put(name, "numbers:?period=0.02")
    with Listener(server.address, "door/") as one, Listener(server.address, "door") as both:
        assert {one.receive()[0] for _ in range(10)} == {"door/data$"}
        seen: set[str] = set()
        while len(seen) < 2:
            seen.add(both.receive()[0])
    assert seen == {"door/data$", "door2/data$"}


def test_a_name_alone_brings_pictures_as_jpeg(client: NodeClient, server: ZmqProcess) -> None:
    client.put("demo", PATTERN)
    with Listener(server.address, "demo/") as listener:
        assert {listener.receive()[0] for _ in range(5)} == {"demo/jpeg/75$"}


def test_end_mark_keeps_a_track_apart_from_one_that_begins_the_same(
    client: NodeClient, server: ZmqProcess
) -> None:
    client.put("demo", PATTERN)
    with (
        Listener(server.address, "demo/frames/bgr$") as exact,
        Listener(server.address, "demo/frames/bgr") as loose,
        Listener(server.address, "demo/frames/bgr/160x90$") as small,
    ):
        small.receive()
        seen: set[str] = set()
        while len(seen) < 2:
            seen.add(loose.receive()[0])
        assert {exact.receive()[0] for _ in range(5)} == {"demo/frames/bgr$"}


def test_stream_that_comes_later_reaches_who_subscribed_before(
    client: NodeClient, server: ZmqProcess
) -> None:
    with Listener(server.address, "late/data$") as named, Listener(server.address, "") as all_of_them:
        client.put("other", "numbers:?period=0.02")
        assert all_of_them.receive()[0] == "other/data$"
        client.put("late", "numbers:?period=0.02")
        assert named.receive()[0] == "late/data$"


def test_nothing_is_read_before_and_after_a_subscription(client: NodeClient, server: ZmqProcess) -> None:
    client.put("sensor", "numbers:?period=0.02")
    with Listener(server.address) as listener:
        assert not listener.hears_within(0.5)
        assert readers(client, "sensor") == 0
        listener.sock.subscribe("sensor/data$")
        listener.receive()
        assert readers(client, "sensor") == 1
        listener.sock.unsubscribe("sensor/data$")
        until(lambda: readers(client, "sensor") == 0)
        listener.sock.subscribe("sensor/data$")
        listener.receive()
    until(lambda: readers(client, "sensor") == 0)


@pytest.mark.alone
def test_idle_server_costs_nothing(client: NodeClient, server: ZmqProcess) -> None:
    client.put("sensor", "numbers:?period=0.02")
    with Listener(server.address, "never/data$") as listener:
        assert not listener.hears_within(1.0)  # it has started by now
        before = server.cpu_s()
        assert not listener.hears_within(4.0)
        assert server.cpu_s() - before < 0.08  # two percent of a core


def test_source_that_dies_and_returns_goes_on_for_the_same_subscriber(
    node: TestNode, server: ZmqProcess
) -> None:
    with Listener(server.address, "box/data$") as listener:
        for value in (1, 2):
            with framecast.publish("box", node=node.folder) as out:
                out.send_data({"value": value})
                assert listener.receive()[2] == b'{"value":%d}' % value


def test_node_that_restarts_is_found_again(node: TestNode, client: NodeClient, server: ZmqProcess) -> None:
    client.put("sensor", "numbers:?period=0.02")
    with Listener(server.address, "sensor/data$") as listener:
        last = listener.receive()[1]
        node.kill()
        node.start()
        with NodeClient(node.folder) as again:
            again.put("sensor", "numbers:?period=0.02")
            # Epochs begin at the second in which a node starts: within the same one only the sequence begins anew.
            while (header := listener.receive()[1])["epoch"] == last["epoch"] and header["seq"] > last["seq"]:
                last = header


@pytest.mark.parametrize("topic", ["nothing/like/this$", "../etc$", "x" * 200, "\N{SNOWMAN}/data$"])
def test_topics_that_name_nothing_are_quiet(topic: str, client: NodeClient, server: ZmqProcess) -> None:
    client.put("sensor", "numbers:?period=0.02")
    with Listener(server.address, topic) as listener:
        assert not listener.hears_within(0.3)
        listener.sock.subscribe("sensor/data$")
        listener.receive()
