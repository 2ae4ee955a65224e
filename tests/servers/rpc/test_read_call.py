"""Steering a call of Watch; many clients, and slow ones."""

import itertools
import threading

import grpc
import pytest

from framecast.servers.rpc.feeds import LIMITS
from framecast.v1 import media_pb2
from tests.servers.rpc.house import PACKETS, Client, Reading, RpcNode, number_of, packets
from tests.support.waiting import until

KEY = 1


def test_client_changes_track_stream_and_rate_without_a_new_call(client: Client) -> None:
    watching = client.watch()
    watching.read("demo", "video")
    assert watching.record().track == "video"
    watching.read("demo", "jpeg/50")
    assert {watching.record().track for _ in range(3)} == {"jpeg/50"}
    watching.read("dice", "data")
    assert {watching.record().track for _ in range(2)} == {"data"}
    watching.read("demo", "frames/gray/64x48", max_fps=10)
    times = [watching.record().captured_at for _ in range(5)]
    assert times[-1] - times[0] > 4 * 60_000_000
    watching.close()


def test_what_comes_behind_the_fence_is_by_the_new_order(node: RpcNode, client: Client) -> None:
    with node.publish("one", "data") as one, node.publish("two", "data") as two:
        one.send_data("one")
        two.send_data("two")
        watching = client.watch()
        for _ in range(20):
            watching.read("one", "data")
            assert b"one" in watching.record().payload
            watching.read("two", "data")
            assert b"two" in watching.record().payload


def test_paused_client_gets_nothing_and_goes_on_with_the_newest(node: RpcNode, client: Client) -> None:
    with node.publish("paused", "data") as out:
        watching = client.watch()
        out.send_data(1)
        watching.read("paused", "data")
        assert b"1" in watching.record().payload
        watching.pause()
        until(lambda: node.readers("paused") == 0, "the subscription is let go")
        for number in (2, 3, 4):
            out.send_data(number)
        watching.resume()
        assert watching.record().payload.endswith(b"4")
        assert not watching.lost
        out.send_data(5)
        assert watching.record().payload.endswith(b"5")


def test_pause_before_anything_is_read_is_refused(client: Client) -> None:
    watching = client.watch()
    watching.order(media_pb2.WatchRequest(pause=media_pb2.Pause()))
    status, words = watching.ended()
    assert status is grpc.StatusCode.INVALID_ARGUMENT
    assert "must be read" in words


def test_empty_order_is_refused(client: Client) -> None:
    watching = client.watch()
    watching.read("demo", "video")
    watching.order(media_pb2.WatchRequest())
    status, words = watching.ended()
    assert status is grpc.StatusCode.INVALID_ARGUMENT
    assert "order" in words


def test_order_for_an_unknown_stream_ends_the_call(client: Client) -> None:
    watching = client.watch()
    watching.read("demo", "video")
    watching.order(media_pb2.WatchRequest(read=media_pb2.ReadRequest(stream="nix", tracks=["data"])))
    assert watching.ended()[0] is grpc.StatusCode.NOT_FOUND


def test_client_that_gives_no_more_orders_goes_on_watching(client: Client) -> None:
    watching = client.watch()
    watching.read("demo", "video")
    watching.close()
    numbers = [watching.record().seq for _ in range(30)]
    assert numbers == list(range(numbers[0], numbers[0] + 30))


def test_client_that_ends_its_orders_before_the_first_is_told(client: Client) -> None:
    watching = client.watch()
    watching.close()
    status, words = watching.ended()
    assert status is grpc.StatusCode.INVALID_ARGUMENT
    assert "no order" in words


def test_call_that_nobody_can_resume_ends(client: Client) -> None:
    watching = client.watch()
    watching.read("demo", "video")
    assert watching.record().track == "video"
    watching.pause()
    watching.close()
    assert watching.ended()[0] is grpc.StatusCode.OK


def test_flood_of_orders_is_followed_in_order(client: Client) -> None:
    watching = client.watch()
    for number in range(200):
        what = (
            {"resume": media_pb2.Resume()}
            if number % 2
            else {"read": media_pb2.ReadRequest(stream="dice", tracks=["data"])}
        )
        watching.order(media_pb2.WatchRequest(id=number, **what))
    applied: list[int] = []
    while len(applied) < 200:
        found = watching.response()
        if found.HasField("applied"):
            applied.append(found.applied.id)
    assert applied == list(range(200))


@pytest.mark.timeout(240)
def test_client_that_does_not_read_loses_whole_groups_of_pictures_and_hurts_nobody(
    node: RpcNode, client: Client
) -> None:
    count, size, gop = 1200, 100_000, 25
    with node.publish("broad", PACKETS) as out, Client(node.address) as slow:
        server = node.server
        sent = packets(count, size=size, gop=gop)
        first, is_key = next(sent)
        out.send_packet(first, is_key=is_key)
        lazy, quick = slow.read("broad", "video"), client.read("broad", "video")
        assert number_of(lazy.record()) == number_of(quick.record()) == 0
        before = server.memory_info().rss
        for number, (payload, is_key) in enumerate(sent, 1):
            out.send_packet(payload, is_key=is_key)
            assert number_of(quick.record()) == number
        assert not quick.lost
        # 120 MB have passed; what waits for the lazy one is in the log that all share.
        assert server.memory_info().rss - before < 64 << 20
        numbers = [number_of(lazy.record())]
        while numbers[-1] < count - 1:
            numbers.append(number_of(lazy.record()))
    gaps = [(a, b) for a, b in itertools.pairwise([0, *numbers]) if b != a + 1]
    assert gaps
    assert all(behind % gop == 0 for _, behind in gaps)
    assert lazy.lost["video"] == sum(b - a - 1 for a, b in gaps)


def test_client_that_does_not_read_pictures_gets_the_newest(node: RpcNode, client: Client) -> None:
    import numpy as np

    with node.publish("pictures", "frames") as out, Client(node.address) as slow:
        server = node.server
        image = np.zeros((720, 1280, 3), np.uint8)
        out.send(image)
        lazy, quick = slow.read("pictures", "frames"), client.read("pictures", "frames")
        assert lazy.record().seq == quick.record().seq == 0
        before = server.memory_info().rss
        for number in range(1, 120):
            image[:] = number
            out.send(image)
            assert quick.record().seq == number
        assert not quick.lost
        assert server.memory_info().rss - before < 64 << 20
        seen = [lazy.record()]
        while seen[-1].seq < 119:
            seen.append(lazy.record())
        assert len(seen) < 60
        assert seen[-1].payload[:1] == bytes([119])
        assert lazy.lost["frames"] == 119 - len(seen)


@pytest.mark.timeout(240)
def test_hundred_clients_watch_at_once_and_all_get_everything(node: RpcNode) -> None:
    clients, count = 100, 60
    with node.publish("crowd", PACKETS) as out:
        sent = packets(count, size=5000, gop=20)
        payload, is_key = next(sent)
        out.send_packet(payload, is_key=is_key)
        connections = [Client(node.address) for _ in range(10)]
        results: dict[int, list[int]] = {}
        ready = threading.Barrier(clients + 1, timeout=120)

        def watch(number: int) -> None:
            reading: Reading = connections[number % len(connections)].read("crowd", "video")
            seen = results[number] = [number_of(reading.record())]
            ready.wait()
            while seen[-1] < count - 1:
                seen.append(number_of(reading.record()))
            assert not reading.lost

        threads = [threading.Thread(target=watch, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        ready.wait()
        assert node.readers("crowd") == 1  # one subscription for all of them
        for payload, is_key in sent:
            out.send_packet(payload, is_key=is_key)
        for thread in threads:
            thread.join(120)
        assert [results[number] for number in range(clients)] == [list(range(count))] * clients
        for connection in connections:
            connection.channel.close()
        until(lambda: node.readers("crowd") == 0, "nobody is left")


def test_too_many_different_selections_of_a_stream_are_refused_and_equal_ones_are_not(
    node: RpcNode, client: Client
) -> None:
    with node.publish("picky", "data") as out:
        out.send_data(1)
        readings = [
            client.read("picky", "data", batch_ms=number) for number in range(LIMITS.renditions_a_stream)
        ]
        for reading in readings:
            reading.record()
        assert client.read("picky", "data", batch_ms=3).record().seq == 0
        status, words = client.read("picky", "data", batch_ms=999).ended()
        assert status is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "selections" in words
        readings[0].call.cancel()
        until(lambda: node.readers("picky") == LIMITS.renditions_a_stream - 1, "one is free")
        assert client.read("picky", "data", batch_ms=999).record().seq == 0
