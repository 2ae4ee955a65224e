"""Streams of a real node: who meets whom, through deaths, stops and new publishers."""

from functools import partial
from typing import Any

import psutil
import pytest

from framecast.bus import Subscriber
from framecast.errors import Broken, Conflict, Ended, Invalid, NotFound
from framecast.model import State
from tests.node.running import RunningNode, gone, publish, read, send
from tests.support import http_sources
from tests.support.http_sources import HttpSources
from tests.support.waiting import until

NUMBERS = "numbers:?period=0.02"


def read_from_epoch(subscriber: Subscriber, epoch: int) -> None:
    """Read until a process that began with `epoch` or later writes."""
    while read(subscriber).info.epoch < epoch:
        pass


def state_of(subscriber: Subscriber, state: State) -> bool:
    try:
        subscriber.read(0.05)
    except TimeoutError:
        pass
    return subscriber.status.state is state


def processes_of(node: RunningNode) -> set[str]:
    """The titles of all sources and renditions."""
    return {child.name() for child in node.forkserver.children() if child.is_running()}


def test_test_pattern_reaches_a_reader_through_the_node(node: RunningNode) -> None:
    node.put("demo", "pattern:?size=320x240")
    frames = node.subscribe("demo", "frames")
    first, second = read(frames), read(frames)
    assert second.seq > first.seq
    assert first.info.picture is not None
    assert (first.info.picture.width, first.info.picture.height) == (320, 240)
    status = node.client.wait("demo", State.LIVE)
    assert (status.readers, status.configured) == (1, "api")


def test_jpeg_of_the_test_pattern_is_made_by_a_rendition(node: RunningNode) -> None:
    node.put("demo", "pattern:?size=320x240")
    assert bytes(read(node.subscribe("demo", "jpeg/75")).payload[:2]) == b"\xff\xd8"
    assert processes_of(node) == {"fc:demo", "fc:jpeg:demo"}
    assert node.client.stream("demo").readers == 1


def test_pictures_of_a_jpeg_camera_are_its_own_and_nothing_is_decoded(node: RunningNode) -> None:
    with HttpSources() as web:
        node.put("camera", web.mjpeg())
        reader = node.subscribe("camera", "jpeg/75", "queue(8)")
        own = set(http_sources.pictures(web.clip))
        assert all(bytes(read(reader).payload) in own for _ in range(10))
        assert processes_of(node) == {"fc:camera", "fc:pass:camera"}
        tracks = {track["name"]: track for track in node.client.stats()["camera"]["tracks"]}
        assert [reader["label"] for reader in tracks["video"]["readers"]] == ["rendition jpeg/75"]
        assert tracks["frames"]["readers"] == []
        assert tracks["frames"]["records"] == 0


def test_other_size_of_a_jpeg_camera_is_made_of_its_frames(node: RunningNode) -> None:
    with HttpSources() as web:
        node.put("camera", web.mjpeg())
        info = read(node.subscribe("camera", "jpeg/75/320x0")).info
        assert (info.width, info.height) == (320, 180)
        assert processes_of(node) == {"fc:camera", "fc:jpeg:camera"}


def runs(node: RunningNode, expected: set[str]) -> bool:
    return processes_of(node) == expected


def test_reader_of_jpeg_goes_on_when_its_camera_comes_back_with_another_codec(node: RunningNode) -> None:
    with HttpSources() as web:
        node.put("camera", web.mjpeg())
        reader = node.subscribe("camera", "jpeg/75")
        epoch = read(reader).info.epoch
        for source, recipe in ((web.mp4(), "jpeg"), (web.mjpeg(), "pass")):
            node.put("camera", source)
            expected = {"fc:camera", f"fc:{recipe}:camera"}
            until(partial(runs, node, expected), f"recipe {recipe}")
            read_from_epoch(reader, epoch + 1)
            record = read(reader)
            assert bytes(record.payload[:2]) == b"\xff\xd8"
            epoch = record.info.epoch
        assert bytes(read(reader).payload) in http_sources.pictures(web.clip)


def test_readers_go_on_when_their_source_is_killed(node: RunningNode) -> None:
    node.put("numbers", NUMBERS)
    readers = [node.subscribe("numbers") for _ in range(3)]
    before = [read(reader).info.epoch for reader in readers]
    node.source_process("numbers").kill()
    for reader, epoch in zip(readers, before, strict=True):
        read_from_epoch(reader, epoch + 1)
    assert node.client.stream("numbers").reconnects >= 1


def test_killed_rendition_comes_back_to_its_readers(node: RunningNode) -> None:
    node.put("demo", "pattern:?size=320x240")
    pictures = node.subscribe("demo", "jpeg/75")
    epoch = read(pictures).info.epoch
    (rendition,) = [child for child in node.forkserver.children() if child.name() == "fc:jpeg:demo"]
    rendition.kill()
    read_from_epoch(pictures, epoch + 1)


def test_killed_forkserver_is_replaced_and_readers_go_on(node: RunningNode) -> None:
    node.put("numbers", NUMBERS)
    reader = node.subscribe("numbers")
    epoch = read(reader).info.epoch
    forkserver = node.forkserver
    everything = [forkserver, *forkserver.children()]
    forkserver.kill()
    gone(everything)
    read_from_epoch(reader, epoch + 1)
    assert node.client.info()["forkserver"]["restarts"] == 1


def test_source_connects_with_its_first_reader_and_lets_go_after_the_idle_time(node: RunningNode) -> None:
    node.put("numbers", NUMBERS, idle_s=0)
    assert node.client.stream("numbers").state is State.IDLE
    with node.subscribe("numbers") as reader:
        read(reader)
        process = node.source_process("numbers")
    gone([process])
    assert node.client.wait("numbers", State.IDLE).reconnects == 0
    read(node.subscribe("numbers"))


def test_stream_that_is_always_on_needs_no_reader(node: RunningNode) -> None:
    node.put("numbers", NUMBERS, always=True, idle_s=0)
    assert node.client.wait("numbers", State.LIVE).readers == 0


def test_restart_gives_a_new_process_to_the_same_readers(node: RunningNode) -> None:
    node.put("numbers", NUMBERS)
    reader = node.subscribe("numbers")
    read(reader)
    process = node.source_process("numbers")
    node.client.restart("numbers")
    gone([process])
    read(reader)
    assert node.source_process("numbers").pid != process.pid


def test_changed_source_reaches_the_same_readers(node: RunningNode) -> None:
    node.put("numbers", NUMBERS + "&count=2")
    reader = node.subscribe("numbers")
    size = len(read(reader).payload)
    node.put("numbers", NUMBERS + "&count=7")
    until(lambda: len(read(reader).payload) != size, "a record of the new source")


def test_changed_idle_time_and_names_leave_the_source_running(node: RunningNode) -> None:
    node.put("numbers", NUMBERS)
    reader = node.subscribe("numbers")
    epoch = read(reader).info.epoch
    process = node.source_process("numbers")
    named: dict[str, Any] = {"display_name": "Würfel \U0001f3b2", "groups": ["Keller", "Spiele"]}
    node.put("numbers", NUMBERS, idle_s=3, **named)
    for _ in range(5):
        assert read(reader).info.epoch == epoch
    assert node.source_process("numbers").pid == process.pid
    status = node.client.stream("numbers")
    assert (status.display_name, status.groups) == ("Würfel \U0001f3b2", ("Keller", "Spiele"))
    assert named.items() <= status.options.items()
    assert status.reconnects == 0


def test_readers_of_a_removed_stream_end(node: RunningNode) -> None:
    node.put("numbers", NUMBERS)
    reader = node.subscribe("numbers")
    read(reader)
    process = node.source_process("numbers")
    node.client.delete("numbers")
    with pytest.raises(Ended, match="stream numbers was removed"):
        until(lambda: read(reader) is None, "the news")
    gone([process])


def test_unknown_stream_is_refused_with_the_names_that_are_known(node: RunningNode) -> None:
    node.put("known", NUMBERS)
    with pytest.raises(NotFound, match="known"):
        node.subscribe("unknown").read(10)


def test_reader_that_waits_is_served_when_its_stream_comes(node: RunningNode) -> None:
    channel = node.connect()
    channel.send({"op": "subscribe", "stream": "later", "track": "data", "wait": True})
    assert channel.wait(10).fields["state"] == "connecting"
    assert node.client.streams() == []
    with publish(node, "later"):
        fields = until(lambda: next((m for m in [channel.wait(10)] if m.fds), None), "an introduction").fields
    assert fields == {"event": "introduce", "number": 1}
    channel.close()


def test_track_that_nobody_makes_is_refused_once_all_are_known(node: RunningNode) -> None:
    node.put("numbers", NUMBERS)
    with pytest.raises(NotFound, match="has no track video; it has data"):
        node.subscribe("numbers", "video").read(30)
    with pytest.raises(NotFound, match="has no track jpeg/75"):
        node.subscribe("numbers", "jpeg/75").read(30)


@pytest.mark.parametrize("track", ["jpeg/75", "jpeg/75/320x0", "frames", "frames/bgr"])
def test_pictures_of_a_stream_without_any_are_refused_to_whoever_comes_first(
    node: RunningNode, track: str
) -> None:
    node.put("numbers", NUMBERS)
    with pytest.raises(NotFound, match=f"has no track {track}; it has data"):
        node.subscribe("numbers", track).read(30)


def test_stream_has_one_writer(node: RunningNode) -> None:
    with publish(node, "mine"):
        with pytest.raises(Conflict, match="one writer"):
            publish(node, "mine")
        with pytest.raises(Conflict, match="written by a program"):
            node.put("mine", NUMBERS)
    node.put("numbers", NUMBERS)
    with pytest.raises(Conflict, match="configured"):
        publish(node, "numbers")


def test_readers_of_a_program_wait_for_its_return(node: RunningNode) -> None:
    publisher = publish(node, "mine")
    reader = node.subscribe("mine")
    send(publisher, b"first")
    first = read(reader)
    assert bytes(first.payload) == b"first"
    publisher.close()
    until(lambda: state_of(reader, State.OFFLINE), "the news that it has gone")
    assert reader.status.reason == "gone"
    with publish(node, "mine") as again:
        assert again.tracks["data"].info.epoch == first.epoch + 1
        send(again, b"second")
        assert bytes(read(reader).payload) == b"second"


def test_program_that_ends_cleanly_ends_its_readers(node: RunningNode) -> None:
    publisher = publish(node, "mine")
    reader = node.subscribe("mine")
    send(publisher, b"last")
    publisher.report(State.ENDED)
    until(lambda: node.client.stream("mine").state is State.ENDED, "the end")
    publisher.close()
    with pytest.raises(Ended):
        until(lambda: read(reader) is None, "the end of the reader")


def test_program_that_left_without_readers_is_forgotten(node: RunningNode) -> None:
    publish(node, "mine").close()
    until(lambda: node.client.streams() == [], "an empty list")


def test_source_that_cannot_be_is_refused_by_put(node: RunningNode) -> None:
    with pytest.raises(Invalid, match="gopher"):
        node.put("old", "gopher://example")
    with pytest.raises(Invalid, match="not a stream name"):
        node.put("a/b", NUMBERS)
    assert node.client.streams() == []


def test_failing_source_is_offline_with_its_reason_and_tried_again(node: RunningNode, free_port: int) -> None:
    node.put("camera", f"rtsp://user:geheim@127.0.0.1:{free_port}/")
    node.subscribe("camera", "video")
    status = node.client.wait("camera", State.OFFLINE)
    assert status.reason == "refused"
    assert "geheim" not in repr(status)
    until(lambda: node.client.stream("camera").reconnects > 2, "more tries")


def test_figures_come_from_every_publisher_and_a_stopped_one_delays_nobody_for_long(
    node: RunningNode,
) -> None:
    node.put("one", NUMBERS)
    node.put("two", NUMBERS)
    for name in ("one", "two"):
        read(node.subscribe(name, label=f"reader of {name}"))
    (track,) = node.client.stats()["one"]["tracks"]
    assert track["name"] == "data"
    assert [reader["label"] for reader in track["readers"]] == ["reader of one"]
    stopped = node.source_process("two")
    stopped.suspend()
    until(lambda: stopped.status() == psutil.STATUS_STOPPED, "it stands still")
    try:
        figures = node.client.stats()
    finally:
        stopped.resume()
    assert len(figures["one"]["tracks"]) == 1
    assert figures["two"]["tracks"] == []


def test_watch_tells_what_happens(node: RunningNode) -> None:
    with node.connect() as channel:
        channel.send({"op": "watch"})
        node.put("numbers", NUMBERS)
        read(node.subscribe("numbers"))
        seen = []
        while "live" not in seen:
            seen.append(channel.wait(10).fields["state"])
        assert seen.index("connecting") < seen.index("live")
        node.client.delete("numbers")
        until(lambda: channel.wait(10).fields == {"event": "removed", "name": "numbers"}, "the removal")


def test_hundred_streams_that_come_and_go_leave_nothing(node: RunningNode) -> None:
    def cycle(number: int) -> None:
        node.put(f"numbers-{number}", NUMBERS, idle_s=0)
        with node.subscribe(f"numbers-{number}") as reader:
            read(reader)
        node.client.delete(f"numbers-{number}")

    for number in range(5):
        cycle(number)
    until(lambda: not node.forkserver.children(), "the end of all sources")
    sizes = [(process, process.num_fds()) for process in node.processes()]
    for number in range(100):
        cycle(number)
    until(lambda: not node.forkserver.children(), "the end of all sources")
    until(lambda: all(process.num_fds() <= fds for process, fds in sizes), "no more descriptors than before")
    assert len(node.processes()) == len(sizes)
    assert node.client.streams() == []


def test_readers_outlive_the_node(node: RunningNode) -> None:
    publisher = publish(node, "mine")
    reader = node.subscribe("mine")
    send(publisher, b"before")
    assert bytes(read(reader).payload) == b"before"
    node.process.kill()
    node.process.wait()
    send(publisher, b"after")
    assert bytes(read(reader).payload) == b"after"
    until(lambda: not publisher.connected, "the publisher knows")
    publisher.close()
    with pytest.raises((Broken, TimeoutError)):
        reader.read(0.2)
