"""Publishing from a client: readers of all kinds, demand, refusals, and clients that vanish."""

import os
import signal
import subprocess
import sys
import time

import grpc
import numpy as np
import pytest

import framecast
from framecast.model import State
from framecast.model.data import pack
from framecast.v1 import media_pb2, streams_pb2
from tests.servers.rpc.house import Client, RpcNode, refused
from tests.support.waiting import until

DATA = streams_pb2.Track(name="data")
VIDEO = streams_pb2.Track(name="video", codec="h264", time_base="1/90000", width=64, height=48)
FRAMES = streams_pb2.Track(name="frames", picture=streams_pb2.Picture(format="gray", width=16, height=8))
SAMPLES = streams_pb2.Track(name="samples", sample_rate=48000, channels=2)

VICTIM = """
import sys
from tests.servers.rpc.house import Client
from tests.servers.rpc.test_publication import DATA, data
out = Client(sys.argv[1]).publish(sys.argv[2], DATA)
out.record("data", data(1))
print("publishing", flush=True)
sys.stdin.read()
"""


def data(value: object) -> bytes:
    return bytes(pack(value))  # type: ignore[arg-type]


def test_what_a_client_publishes_is_read_by_programs_and_by_clients(node: RpcNode, client: Client) -> None:
    out = client.publish("box", DATA)
    out.record("data", data({"n": 1}))
    with framecast.open("box", node=node.folder / "run") as stream, stream.data() as items:
        assert items.read(30).value == {"n": 1}
        reading = client.read("box", "data")
        assert reading.record().payload == data({"n": 1})
        out.record("data", data([1, 2]), captured_at=1_700_000_000_000_000_000, pts=77)
        item = items.read(30)
        assert (item.value, item.captured_at, item.pts) == ([1, 2], 1_700_000_000_000_000_000, 77)
        assert reading.record().pts == 77
    out.close()
    assert out.ended()[0] is grpc.StatusCode.OK


def test_pictures_packets_and_sound_can_be_published_together(node: RpcNode, client: Client) -> None:
    out = client.publish("all", VIDEO, FRAMES, SAMPLES)
    out.record("video", b"\0\0\0\1picture", pts=90000, dts=89000, duration=3000, flags=1)
    out.record("frames", bytes(range(128)), pts=5)
    out.record("samples", np.arange(8, dtype=np.int16).tobytes())
    names = {"video", "frames", "samples"}
    until(lambda: {track.name for track in node.control.stream("all").tracks} == names, "all are announced")
    packet = client.read("all", "video").record()
    assert (packet.payload, packet.pts, packet.dts, packet.duration, packet.flags) == (
        b"\0\0\0\1picture",
        90000,
        89000,
        3000,
        1,
    )
    with framecast.open("all", node=node.folder / "run", policy="queue(4)") as frames:
        frame = frames.read(30)
        assert frame.gray.tobytes() == bytes(range(128))
    with framecast.open("all", node=node.folder / "run") as stream, stream.samples() as sound:
        assert sound.read(30).array.tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]
    out.close()


def test_picture_above_the_usual_limit_of_messages_can_be_published(node: RpcNode, client: Client) -> None:
    picture = streams_pb2.Picture(format="bgr", width=2560, height=1440)
    out = client.publish("wide", streams_pb2.Track(name="frames", picture=picture))
    payload = os.urandom(2560 * 1440 * 3)
    out.record("frames", payload)
    assert client.read("wide", "frames", wait=True).record().payload == payload


def test_picture_of_another_size_is_a_new_epoch(node: RpcNode, client: Client) -> None:
    out = client.publish("grows", FRAMES)
    out.record("frames", bytes(128))
    reading = client.read("grows", "frames")
    small = reading.record()
    large = streams_pb2.Track(name="frames", picture=streams_pb2.Picture(format="bgr", width=20, height=10))
    out.send(track=large)
    out.record("frames", bytes(600))
    found = reading.record()
    assert found.epoch > small.epoch
    assert len(found.payload) == 600
    assert reading.tracks["frames"].picture.width == 20


def test_writer_hears_which_tracks_are_wanted(node: RpcNode, client: Client) -> None:
    out = client.publish("shop", VIDEO, DATA)
    out.send(ready=media_pb2.PublishReady())
    with Client(node.address) as reader:
        reading = reader.read("shop", "data", wait=True)
        assert list(next(out.call).demand.tracks) == ["data"]
        out.record("data", data("there"))
        reading.record()
        _second = reader.read("shop", "video")
        assert list(next(out.call).demand.tracks) == ["data", "video"]
    heard: list[str] = ["?"]
    while heard:
        heard = list(next(out.call).demand.tracks)


def test_writer_hears_that_somebody_waits_before_it_declares_anything(node: RpcNode, client: Client) -> None:
    out = client.publish("later")
    with Client(node.address) as reader:
        reading = reader.read("later", "data", wait=True)
        assert next(out.call).demand.waiting
        out.send(track=DATA)
        out.record("data", data("there"))
        reading.record()
    heard: media_pb2.PublishDemand | None = None
    while heard is None or heard.tracks or heard.waiting:
        heard = next(out.call).demand


def test_second_writer_of_a_name_is_refused(node: RpcNode, client: Client) -> None:
    first = client.publish("taken", DATA)
    call = client.media.Publish(
        iter([media_pb2.PublishRequest(open=media_pb2.PublishOpen(stream="taken"))]), timeout=30
    )
    with pytest.raises(grpc.RpcError) as refusal:
        next(call)
    assert refusal.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert "taken" in str(refusal.value.details())
    with pytest.raises(framecast.Conflict):
        node.publish("taken")
    first.close()
    first.ended()
    with node.publish("taken"):  # and with its writer gone the name is free
        pass


def test_finished_stream_has_ended_and_one_whose_client_left_is_gone(node: RpcNode, client: Client) -> None:
    out = client.publish("film", DATA)
    out.record("data", data(1))
    reading = client.read("film", "data")
    reading.record()
    out.send(finish=media_pb2.PublishFinish())
    assert out.ended()[0] is grpc.StatusCode.OK
    assert reading.ended()[0] is grpc.StatusCode.OK
    assert reading.states[-1] == streams_pb2.STATE_ENDED
    out = client.publish("show", DATA)
    out.record("data", data(1))
    reading = client.read("show", "data")
    reading.record()
    out.close()
    out.ended()
    gone = reading.until(lambda found: found.stream.state == streams_pb2.STATE_OFFLINE)
    assert gone.stream.reason == "gone"


def test_client_that_is_killed_frees_the_name(node: RpcNode, client: Client) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", VICTIM, node.address, "victim"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as victim:
        assert victim.stdout
        assert victim.stdout.readline() == b"publishing\n"
        reading = client.read("victim", "data", wait=True)
        reading.record()
        os.kill(victim.pid, signal.SIGKILL)
    reading.until(lambda found: found.stream.state == streams_pb2.STATE_OFFLINE)
    with node.publish("victim", "data") as out:
        out.send_data("next")
        assert b"next" in reading.record().payload


@pytest.mark.slow  # the server's own pings take half a minute
def test_client_that_is_suspended_frees_the_name_after_a_while(node: RpcNode, client: Client) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", VICTIM, node.address, "frozen"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as victim:
        assert victim.stdout
        assert victim.stdout.readline() == b"publishing\n"
        reading = client.read("frozen", "data", wait=True)
        reading.record()
        os.kill(victim.pid, signal.SIGSTOP)
        reading.until(lambda found: found.stream.state == streams_pb2.STATE_OFFLINE)
        victim.kill()


def test_stream_of_a_client_is_its_own_to_end(node: RpcNode, client: Client) -> None:
    out = client.publish("unwanted", DATA)
    out.record("data", data(1))
    until(lambda: node.control.stream("unwanted").state is State.LIVE, "it is live")
    request = streams_pb2.RemoveStreamRequest(name="unwanted")
    status, words = refused(lambda: client.streams.RemoveStream(request))
    assert status is grpc.StatusCode.FAILED_PRECONDITION
    assert "program" in words
    out.close()
    out.ended()
    until(lambda: "unwanted" not in {stream.name for stream in node.control.streams()}, "it has ended")


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], "must be open"),
        ([{"track": DATA}], "must be open"),
        ([{"open": media_pb2.PublishOpen(stream="../x")}], "stream name"),
        ([{"open": media_pb2.PublishOpen(stream="bad")}, {}], "got nothing"),
        (
            [{"open": media_pb2.PublishOpen(stream="bad")}, {"open": media_pb2.PublishOpen(stream="bad")}],
            "got open",
        ),
        (
            [{"open": media_pb2.PublishOpen(stream="bad")}, {"ready": media_pb2.PublishReady()}],
            "before any track",
        ),
        (
            [{"open": media_pb2.PublishOpen(stream="bad")}, {"record": media_pb2.Record(track="data")}],
            "not declared",
        ),
        (
            [
                {"open": media_pb2.PublishOpen(stream="bad")},
                {"track": FRAMES},
                {"record": media_pb2.Record(track="frames", payload=bytes(127))},
            ],
            "128 bytes",
        ),
        (
            [
                {"open": media_pb2.PublishOpen(stream="bad")},
                {"track": streams_pb2.Track(name="film")},
            ],
            "track name",
        ),
    ],
)
def test_writer_that_breaks_the_rules_is_refused_with_the_reason(
    messages: list[dict[str, object]], words: str, node: RpcNode, client: Client
) -> None:
    call = client.media.Publish(
        iter([media_pb2.PublishRequest(**message) for message in messages]),  # type: ignore[arg-type]
        timeout=30,
    )
    with pytest.raises(grpc.RpcError) as refusal:
        for _ in call:
            pass
    assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert words in str(refusal.value.details())
    until(lambda: not node.control.streams() or _is_free(node, "bad"), "the name is free")


def _is_free(node: RpcNode, name: str) -> bool:
    return all(stream.name != name or stream.state is not State.LIVE for stream in node.control.streams())


def test_record_above_the_limit_is_refused_and_the_node_lives_on(node: RpcNode, client: Client) -> None:
    out = client.publish("huge", DATA)
    out.record("data", bytes(70 << 20))
    status, words = out.ended()
    assert status is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "larger than max" in words
    assert client.streams.GetNode(streams_pb2.GetNodeRequest()).version


def test_times_of_the_client_are_kept_where_they_can_be(node: RpcNode, client: Client) -> None:
    out = client.publish("times", DATA)
    now = time.time_ns()
    out.record("data", data(1), arrived_at=now - 5 * 10**9, captured_at=now - 6 * 10**9)
    reading = client.read("times", "data")
    record = reading.record()
    assert record.captured_at == now - 6 * 10**9
    assert abs(record.arrived_at - (now - 5 * 10**9)) < 10**9
    out.record("data", data(1), arrived_at=now + 3600 * 10**9)  # a clock that is ahead is not believed
    assert reading.record().arrived_at <= time.time_ns()
