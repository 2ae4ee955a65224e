"""Which track gives way when clients ask for more than one port reads."""

from framecast.model import TrackName
from framecast.servers.zmq.dialect import Key
from framecast.servers.zmq.shares import (
    MAX_FEEDS,
    MAX_FEEDS_A_CLIENT,
    MAX_RENDITIONS_A_STREAM,
    MAX_RENDITIONS_A_STREAM_AND_CLIENT,
    Shares,
    is_rendition,
)


def key(stream: str, track: str = "data") -> Key:
    return stream, TrackName.parse(track)


def jpegs(stream: str, first: int, count: int) -> list[Key]:
    return [key(stream, f"jpeg/{quality}") for quality in range(first, first + count)]


def ask(shares: Shares, client: str, *keys: Key) -> None:
    for one in keys:
        shares.open(one)
        shares.add(client, one)


def test_renditions_are_what_a_process_of_its_own_makes() -> None:
    own = ("video", "audio", "frames", "samples", "data")
    assert not any(is_rendition(key("door", track)) for track in own)
    assert all(
        is_rendition(key("door", track))
        for track in ("jpeg/75", "frames/gray", "frames/bgr/320x0", "video/h264", "audio/aac")
    )


def test_client_is_bounded_in_all_and_in_renditions_of_a_stream() -> None:
    shares = Shares()
    ask(shares, "a", *jpegs("door", 1, MAX_RENDITIONS_A_STREAM_AND_CLIENT))
    assert "renditions" in shares.refusal("a", key("door", "jpeg/99"))
    assert not shares.refusal("a", key("door", "frames"))
    assert not shares.refusal("a", key("garden", "jpeg/99"))
    assert not shares.refusal("b", key("door", "jpeg/99"))
    ask(
        shares,
        "a",
        *(key(f"s{number}") for number in range(MAX_FEEDS_A_CLIENT - MAX_RENDITIONS_A_STREAM_AND_CLIENT)),
    )
    assert f"{MAX_FEEDS_A_CLIENT} tracks" in shares.refusal("a", key("new"))


def test_newest_track_of_the_greediest_client_gives_way() -> None:
    shares = Shares()
    ask(shares, "greedy", *(key(f"g{number}") for number in range(MAX_FEEDS - 2)))
    ask(shares, "modest", key("m"))
    assert shares.crowd(key("new")) == []
    ask(shares, "other", key("o"))
    crowd = shares.crowd(key("new"))
    assert len(crowd) == MAX_FEEDS
    assert shares.giving_way("modest", crowd) == key(f"g{MAX_FEEDS - 3}")
    assert shares.giving_way("greedy", crowd) is None, "nobody gives way to whoever has the most"


def test_track_that_nobody_asks_for_gives_way_first() -> None:
    shares = Shares()
    ask(shares, "greedy", *(key(f"g{number}") for number in range(MAX_FEEDS)))
    shares.discard("greedy", key("g7"))
    assert shares.giving_way("b", shares.crowd(key("new"))) == key("g7")


def test_track_of_several_clients_stays() -> None:
    shares = Shares()
    ask(shares, "a", *jpegs("door", 1, MAX_RENDITIONS_A_STREAM))
    for one in jpegs("door", 1, MAX_RENDITIONS_A_STREAM):
        shares.add("b", one)
    crowd = shares.crowd(key("door", "jpeg/99"))
    assert len(crowd) == MAX_RENDITIONS_A_STREAM
    assert shares.giving_way("c", crowd) is None
    shares.discard("b", key("door", "jpeg/3"))
    shares.discard("b", key("door", "jpeg/4"))
    assert shares.giving_way("c", crowd) == key("door", "jpeg/4")
    assert shares.crowd(key("garden", "jpeg/99")) == [], "another stream has room"


def test_client_that_left_leaves_nothing_behind() -> None:
    shares = Shares()
    ask(shares, "a", *jpegs("door", 1, 3))
    shares.add("a", key("door", "jpeg/1"))  # two subscriptions
    shares.discard("a", key("door", "jpeg/1"))
    assert len(shares._keys["a"]) == 3
    for one in jpegs("door", 1, 3):
        shares.discard("a", one)
        shares.close(one)
    assert not shares._keys
    assert not shares._clients
