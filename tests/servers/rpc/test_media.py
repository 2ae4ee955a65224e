"""Reading and pictures, from a real node by the client that everybody uses."""

import itertools
import re
import time
from fractions import Fraction

import grpc
import numpy as np
import pytest
import simplejpeg

import framecast
from framecast.model import State
from framecast.v1 import media_pb2, streams_pb2
from tests.servers.rpc.house import PACKETS, SOUND, Client, RpcNode, number_of, packets, refused
from tests.support.waiting import until

KEY = 1


def test_reader_gets_the_state_then_the_track_then_a_key_frame(client: Client) -> None:
    reading = client.read("demo", "video")
    first = reading.response()
    assert first.stream.name == "demo"
    assert first.stream.state != streams_pb2.STATE_UNSPECIFIED
    track = reading.until(lambda found: found.HasField("track")).track
    assert (track.name, track.kind, track.codec, track.width, track.height) == (
        "video",
        "packets",
        "h264",
        320,
        240,
    )
    assert Fraction(track.rate) == 25
    assert Fraction(track.time_base) > 0
    records = reading.response().records
    assert records[0].flags & KEY
    assert records[0].track == "video"
    assert records[0].epoch == track.epoch


def test_picture_and_sound_come_without_being_named(client: Client) -> None:
    reading = client.read("demo")
    records = [reading.record() for _ in range(60)]
    assert records[0].track == "video"
    assert {record.track for record in records} == {"video", "audio"}
    for name in ("video", "audio"):
        numbers = [record.seq for record in records if record.track == name]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_tracks_of_one_writer_come_in_the_order_of_publication(node: RpcNode, client: Client) -> None:
    with node.publish("film", PACKETS, SOUND) as out:
        out.send_packet(b"picture")
        out.send_packet(b"sound", track="audio")
        reading = client.read("film")
        reading.record("audio")  # both tracks are subscribed to now
        for number in range(200):
            out.send_packet(b"sound", track="audio")
            out.send_packet(b"picture", is_key=number % 20 == 0)
        records = [reading.record() for _ in range(400)]
    published = [record.published_at for record in records]
    # The wall clock may step by a little between two of them; the order is that of the tracks.
    assert [record.track for record in records] == ["audio", "video"] * 200
    assert published[-1] > published[0]


def test_track_that_the_stream_lacks_is_left_out_and_named(client: Client) -> None:
    reading = client.read("quiet", "video", "audio")
    assert reading.record().track == "video"
    while not reading.absent:
        reading.response()
    assert reading.absent == ["audio"]
    assert reading.record().track == "video"


def test_stream_without_any_of_the_tracks_is_not_found(client: Client) -> None:
    status, words = client.read("dice", "video", "audio").ended()
    assert status is grpc.StatusCode.NOT_FOUND
    assert "dice" in words


def test_unknown_stream_is_not_found_unless_the_reader_waits_for_it(node: RpcNode, client: Client) -> None:
    status, words = client.read("later", "data").ended()
    assert status is grpc.StatusCode.NOT_FOUND
    assert "later" in words
    waiting = client.read("later", "data", wait=True)
    waiting.response()
    with node.publish("later") as out:
        out.send_data({"a": 1})
        assert b'{"a":1}' in waiting.record().payload


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"stream": "no/name"}, "stream name"),
        ({"stream": "demo", "tracks": ["film"]}, "track name"),
        ({"stream": "demo", "tracks": ["frames/cmyk"]}, "track name"),
        ({"stream": "demo", "tracks": ["frames"], "policy": "all"}, "policy"),
        ({"stream": "demo", "tracks": ["frames"], "policy": "queue(0)"}, "policy"),
        ({"stream": "demo", "max_fps": -1.0}, "max_fps"),
        ({"stream": "demo", "max_fps": float("nan")}, "max_fps"),
        ({"stream": "demo", "batch_ms": 60_000}, "batch_ms"),
        ({"stream": "demo", "tracks": [f"jpeg/{quality}" for quality in range(1, 10)]}, "at most 8"),
    ],
)
def test_selection_that_is_wrong_is_refused_with_a_reason(
    fields: dict[str, object], words: str, client: Client
) -> None:
    call = client.media.Read(media_pb2.ReadRequest(**fields))  # type: ignore[arg-type]
    status, said = refused(lambda: next(call))
    assert status is grpc.StatusCode.INVALID_ARGUMENT
    assert words in said


def test_frames_above_four_megabytes_arrive_whole(node: RpcNode, client: Client) -> None:
    image = np.random.default_rng(1).integers(0, 256, (1440, 2560, 3), np.uint8)
    with node.publish("large", "frames") as out:
        out.send(image)
        reading = client.read("large", "frames")
        record = reading.record()
    picture = reading.tracks["frames"].picture
    assert (picture.format, picture.width, picture.height) == ("bgr", 2560, 1440)
    assert len(record.payload) == image.nbytes > 4 << 20
    assert record.payload == image.tobytes()


def test_client_with_the_usual_limit_is_told_that_a_picture_is_too_large(node: RpcNode) -> None:
    with (
        node.publish("larger", "frames") as out,
        Client(node.address, ("grpc.max_receive_message_length", 4 << 20)) as client,
    ):
        out.send(np.zeros((1440, 2560, 3), np.uint8))
        status, words = client.read("larger", "frames").ended()
    assert status is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "larger than max" in words


def test_converted_frames_have_the_format_and_size_that_was_asked_for(client: Client) -> None:
    reading = client.read("demo", "frames/gray/160x120")
    assert len(reading.record().payload) == 160 * 120


def test_jpeg_pictures_can_be_decoded(client: Client) -> None:
    reading = client.read("demo", "jpeg/75/160x0", max_fps=5)
    assert simplejpeg.decode_jpeg_header(reading.record().payload)[:2] == (120, 160)


def test_frames_of_one_who_asks_for_fewer_come_at_that_rate(client: Client) -> None:
    reading = client.read("demo", "frames", max_fps=5)
    times = [reading.record().captured_at for _ in range(8)]
    steps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert sorted(steps)[len(steps) // 2] >= 160_000_000
    assert not reading.lost


def test_times_are_the_wall_clock(client: Client) -> None:
    record = client.read("demo", "video").record()
    now = time.time_ns()
    for when in (record.captured_at, record.arrived_at, record.published_at):
        assert now - 30 * 10**9 < when <= now


def test_data_records_arrive_as_they_were_sent(node: RpcNode, client: Client) -> None:
    with node.publish("figures", "data") as out:
        out.send_data(np.arange(6, dtype=np.float64))
        payload = client.read("figures", "data").record().payload
    value = framecast.model.data.unpack(payload)
    assert isinstance(value, np.ndarray)
    assert value.tolist() == [0, 1, 2, 3, 4, 5]


def test_records_of_one_message_interval_travel_together(client: Client) -> None:
    reading = client.read("demo", batch_ms=40)
    reading.record()
    messages = [reading.response() for _ in range(40)]
    with_video = [found for found in messages if any(record.track == "video" for record in found.records)]
    # Sound comes along: hardly a message is without a picture.
    assert len(with_video) >= 30
    assert max(len(found.records) for found in messages) >= 3


def test_pictures_and_data_of_one_call_do_not_push_each_other_out(node: RpcNode, client: Client) -> None:
    with node.publish("both", "frames", "data") as out:
        image = np.zeros((8, 8), np.uint8)
        out.send(image)
        out.send_data(0)
        reading = client.read("both", "frames", "data")
        assert reading.record("frames").seq == 0
        until(lambda: node.tracks_read("both") == {"frames", "data"}, "both tracks are subscribed to")
        for number in range(1, 50):
            out.send_data(number)
            out.send(image)
        # Of the pictures the newest counts, of the data each.
        seen = [reading.record() for _ in range(50)]
        while seen[-1].seq < 49 or seen[-1].track == "data":
            seen.append(reading.record())
        numbers = [record.seq for record in seen if record.track == "data"]
        assert numbers[-49:] == list(range(1, 50))
        assert "data" not in reading.lost


def test_late_reader_begins_at_the_key_frame_that_is_kept(node: RpcNode, client: Client) -> None:
    with node.publish("gop", PACKETS) as out:
        for payload, is_key in packets(17):
            out.send_packet(payload, is_key=is_key)
        late = client.read("gop", "video")
        assert [number_of(late.record()) for _ in range(7)] == list(range(10, 17))
        out.send_packet(b"\0\0\0\x11next", is_key=False)
        assert number_of(late.record()) == 17


def test_reader_of_a_removed_stream_ends_well(node: RpcNode, client: Client) -> None:
    client.streams.PutStream(streams_pb2.PutStreamRequest(name="short", source="pattern:?size=128x96"))
    reading = client.read("short", "video")
    reading.record()
    client.streams.RemoveStream(streams_pb2.RemoveStreamRequest(name="short"))
    assert reading.ended()[0] is grpc.StatusCode.OK


def test_writer_that_leaves_and_returns_is_a_new_epoch_for_the_same_reader(
    node: RpcNode, client: Client
) -> None:
    with node.publish("again", "data") as out:
        out.send_data("first")
        reading = client.read("again", "data")
        first = reading.record()
    reading.until(lambda found: found.stream.state == streams_pb2.STATE_OFFLINE)
    with node.publish("again", "data") as out:
        out.send_data("second")
        second = reading.record()
    assert second.epoch > first.epoch
    assert b"second" in second.payload


def test_cancelled_reader_frees_its_track_at_once(node: RpcNode, client: Client) -> None:
    with node.publish("brief", "data") as out:
        out.send_data(1)
        readings = [client.read("brief", "data") for _ in range(2)]
        for reading in readings:
            reading.record()
        assert node.readers("brief") == 1  # both share one subscription
        readings[0].call.cancel()
        out.send_data(2)
        readings[1].record()
        assert node.readers("brief") == 1
        readings[1].call.cancel()
        until(lambda: node.readers("brief") == 0, "the track is free")
        until(lambda: not out.wanted, "the writer knows")


def test_deadline_ends_a_call(client: Client) -> None:
    call = client.media.Read(media_pb2.ReadRequest(stream="nobody", tracks=["data"], wait=True), timeout=0.5)
    status, _ = refused(lambda: [*call])
    assert status is grpc.StatusCode.DEADLINE_EXCEEDED


def test_snapshot_is_a_jpeg_of_the_size_that_was_asked_for(client: Client) -> None:
    answer = client.media.Snapshot(media_pb2.SnapshotRequest(stream="demo", width=160), timeout=30)
    assert simplejpeg.decode_jpeg_header(answer.jpeg)[:2] == (120, 160)
    assert abs(time.time_ns() - answer.captured_at) < 60 * 10**9


def test_snapshot_tells_its_age_and_passes_over_what_is_older_than_asked(
    node: RpcNode, client: Client
) -> None:
    ask = client.media.Snapshot
    with node.publish("slow", "frames") as out:
        out.send(np.zeros((48, 64, 3), np.uint8))
        kept = ask(media_pb2.SnapshotRequest(stream="slow", max_age_s=3600), timeout=30)
        assert kept.HasField("age_ms")
        older = ask(media_pb2.SnapshotRequest(stream="slow", max_age_s=3600), timeout=30)
        assert (older.jpeg, older.captured_at) == (kept.jpeg, kept.captured_at)
        assert older.age_ms > kept.age_ms
        status, words = refused(
            lambda: ask(media_pb2.SnapshotRequest(stream="slow", max_age_s=0.001), timeout=2)
        )
        assert status is grpc.StatusCode.DEADLINE_EXCEEDED
        assert re.search(r"newest picture of slow is \d+ s old, expected at most 0\.001 s", words)
        # 0 is the next one: what comes after the call, however slowly it travels.
        waiting = ask.future(media_pb2.SnapshotRequest(stream="slow", max_age_s=0), timeout=30)
        image = np.full((48, 64, 3), 200, np.uint8)
        while not waiting.done():
            out.send(image)
            time.sleep(0.02)
        assert waiting.result().captured_at > kept.captured_at


def test_snapshot_of_a_camera_that_fails_says_so(node: RpcNode, client: Client) -> None:
    node.control.put("dead", "rtsp://127.0.0.1:9/none")
    status, words = refused(
        lambda: client.media.Snapshot(media_pb2.SnapshotRequest(stream="dead"), timeout=30)
    )
    assert status is grpc.StatusCode.UNAVAILABLE
    assert "refuses connections" in words
    assert node.control.stream("dead").state is not State.LIVE


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"stream": "nowhere"}, grpc.StatusCode.NOT_FOUND),
        ({"stream": "dice"}, grpc.StatusCode.NOT_FOUND),
        ({"stream": "demo", "quality": 101}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"stream": "demo", "width": 100_000}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"stream": "demo", "max_age_s": -1.0}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"stream": "demo", "max_age_s": float("nan")}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"stream": "../demo"}, grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
def test_snapshot_that_cannot_be_is_refused(
    fields: dict[str, object], status: grpc.StatusCode, client: Client
) -> None:
    request = media_pb2.SnapshotRequest(**fields)  # type: ignore[arg-type]
    assert refused(lambda: client.media.Snapshot(request, timeout=30))[0] is status
