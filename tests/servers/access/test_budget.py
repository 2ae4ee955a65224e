"""Which limit a feed meets, and which feed gives way when clients ask for more than one server reads."""

from __future__ import annotations

from framecast.model import TrackName
from framecast.servers.access.budget import Budget, Limit, Limits, Shortage, shortage_of
from framecast.servers.zmq.dialect import Key
from framecast.servers.zmq.feeds import LIMITS, is_rendition


def budget(limits: Limits = LIMITS) -> Budget[Key]:
    return Budget(limits, lambda key: key[0], is_rendition)


def key(stream: str, track: str = "data") -> Key:
    return stream, TrackName.parse(track)


def jpegs(stream: str, first: int, count: int) -> list[Key]:
    return [key(stream, f"jpeg/{quality}") for quality in range(first, first + count)]


def ask(feeds: Budget[Key], client: str, *keys: Key) -> None:
    for one in keys:
        feeds.open(one)
        feeds.add(client, one)


def test_renditions_are_what_a_process_of_its_own_makes() -> None:
    own = ("video", "audio", "frames", "samples", "data")
    assert not any(is_rendition(key("door", track)) for track in own)
    assert all(
        is_rendition(key("door", track))
        for track in ("jpeg/75", "frames/gray", "frames/bgr/320x0", "video/h264", "audio/aac")
    )


def test_client_is_bounded_in_all_and_in_renditions_of_a_stream() -> None:
    feeds, most = budget(), LIMITS.renditions_a_stream_and_client
    ask(feeds, "a", *jpegs("door", 1, most))
    expected: Shortage[Key] = Shortage(Limit.RENDITIONS_A_STREAM_AND_CLIENT, most)
    assert feeds.shortage("a", key("door", "jpeg/99")) == expected
    assert feeds.shortage("a", key("door", "frames")) is None
    assert feeds.shortage("a", key("garden", "jpeg/99")) is None
    assert feeds.shortage("b", key("door", "jpeg/99")) is None
    ask(feeds, "a", *(key(f"s{number}") for number in range(LIMITS.feeds_a_client - most)))
    assert feeds.shortage("a", key("new")) == Shortage(Limit.FEEDS_A_CLIENT, LIMITS.feeds_a_client)


def test_newest_track_of_the_greediest_client_gives_way() -> None:
    feeds, most = budget(Limits(feeds=10)), 10
    ask(feeds, "greedy", *(key(f"g{number}") for number in range(most - 2)))
    ask(feeds, "modest", key("m"))
    assert feeds.shortage("modest", key("new")) is None
    ask(feeds, "other", key("o"))
    assert feeds.shortage("modest", key("new")) == Shortage(Limit.FEEDS, most, key(f"g{most - 3}"))
    of_greedy = feeds.shortage("greedy", key("new"))
    assert of_greedy == Shortage(Limit.FEEDS, most), "no feed gives way to the client that has the most"


def test_track_that_nobody_asks_for_gives_way_first() -> None:
    feeds = budget(Limits(feeds=10))
    ask(feeds, "greedy", *(key(f"g{number}") for number in range(10)))
    feeds.discard("greedy", key("g7"))
    assert feeds.shortage("b", key("new")) == Shortage(Limit.FEEDS, 10, key("g7"))


def test_track_of_several_clients_stays() -> None:
    feeds, most = budget(), LIMITS.renditions_a_stream
    ask(feeds, "a", *jpegs("door", 1, most))
    for one in jpegs("door", 1, most):
        feeds.add("b", one)
    assert feeds.shortage("c", key("door", "jpeg/99")) == Shortage(Limit.RENDITIONS_A_STREAM, most)
    feeds.discard("b", key("door", "jpeg/3"))
    feeds.discard("b", key("door", "jpeg/4"))
    found = feeds.shortage("c", key("door", "jpeg/99"))
    assert found == Shortage(Limit.RENDITIONS_A_STREAM, most, key("door", "jpeg/4"))
    assert feeds.shortage("c", key("garden", "jpeg/99")) is None, "another stream has room"


def test_client_that_left_leaves_nothing_behind() -> None:
    feeds = budget()
    ask(feeds, "a", *jpegs("door", 1, 3))
    feeds.add("a", key("door", "jpeg/1"))  # two subscriptions
    feeds.discard("a", key("door", "jpeg/1"))
    assert len(feeds._keys["a"]) == 3
    for one in jpegs("door", 1, 3):
        feeds.discard("a", one)
        feeds.close(one)
    assert not feeds._keys
    assert not feeds._clients


def test_without_limits_there_is_always_room() -> None:
    feeds = budget(Limits(feeds=0))
    ask(feeds, "a", *jpegs("door", 1, 90), *(key(f"s{number}") for number in range(500)))
    assert feeds.shortage("a", key("door", "jpeg/99")) is None


def test_server_that_counts_no_clients_has_the_same_limits() -> None:
    limits = Limits(feeds=4, renditions_a_stream=2)
    assert shortage_of(limits, ["door"], "door") is None
    assert shortage_of(limits, ["door", "door"], "door") == Shortage(Limit.RENDITIONS_A_STREAM, 2)
    assert shortage_of(limits, ["door", "door"], "garden") is None
    full = ["door", "door", "garden", "yard"]
    assert shortage_of(limits, full, "yard") == Shortage(Limit.FEEDS, 4)
    assert shortage_of(Limits(feeds=0), full * 100, "yard") is None
