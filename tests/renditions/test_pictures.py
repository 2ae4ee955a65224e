"""Renditions of pictures: other formats, other sizes, JPEG."""

from fractions import Fraction

import numpy as np
import pytest
import simplejpeg

from framecast import renditions
from framecast.bus import Record, TrackWriter
from framecast.clock import Clock, monotonic_ns, utc_ns
from framecast.errors import Invalid
from framecast.media.pixels import planes
from framecast.media.testpicture import Pattern, read_blocks
from framecast.model import Flag, Kind, Meta, Picture, Policy, Subscription, TrackInfo, TrackName
from tests.bus.switch import Switch
from tests.renditions.rig import rig

SIZE = (322, 182)
PATTERN = Pattern(*SIZE, stream_id=5)
BASE = Fraction(1, 25)


def source(picture: Picture = PATTERN.picture) -> Switch:
    switch = Switch()
    switch.publisher.track(TrackInfo("frames", Kind.FRAMES, time_base=BASE, picture=picture, rate=1 / BASE))
    return switch


def show(switch: Switch, number: int, pattern: Pattern = PATTERN) -> Meta:
    writer: TrackWriter = switch.publisher.tracks["frames"]
    slot = writer.reserve(pattern.picture.layout.size_bytes)
    pattern.draw(slot.view, number, 1000 + number)
    meta = Meta(number, utc_ns(), monotonic_ns(), Clock.DEVICE, duration=1)
    writer.publish(slot, meta)
    return meta


def number_in(record: Record) -> int:
    if isinstance(record.payload, bytes):
        image = np.asarray(simplejpeg.decode_jpeg(record.payload, "BGR"))
    else:
        assert record.info.picture is not None
        image = planes(record.info.picture, record.payload)[0]
    blocks = read_blocks(image)
    assert blocks is not None
    return blocks.frame


@pytest.mark.parametrize(
    ("track", "size"),
    [
        ("frames/bgr", SIZE),
        ("frames/rgb/160x90", (160, 90)),
        ("frames/gray", SIZE),
        ("frames/nv12", SIZE),
        ("frames/i420/160x0", (160, 90)),
        ("jpeg/80", SIZE),
        ("jpeg/60/160x0", (160, 90)),
    ],
)
def test_rendition_carries_the_picture_and_its_times(track: str, size: tuple[int, int]) -> None:
    recipe = "jpeg" if track.startswith("jpeg") else "convert"
    with rig(source(), recipe, track) as running:
        first = show(running.source, 1)
        running.wait_ready()
        with running.result.attached(track, "queue(8)") as reader:
            for meta, number in ((first, 1), (show(running.source, 2), 2)):
                record = reader.read(20)
                assert number_in(record) == number
                assert (record.pts, record.duration, record.clock) == (meta.pts, 1, Clock.DEVICE)
                assert (record.captured_at, record.arrived_ns) == (meta.captured_at, meta.arrived_ns)
                info = record.info
                assert info.name == track
                assert info.time_base == BASE
                assert info.rate == 25
                if info.picture is None:
                    assert (info.codec, info.width, info.height) == ("mjpeg", *size)
                else:
                    assert (info.picture.format, info.picture.width, info.picture.height) == (
                        track.split("/")[1],
                        *size,
                    )


def camera(codec: str = "mjpeg") -> Switch:
    """A camera that sends JPEG itself."""
    switch = Switch()
    switch.publisher.track(camera_info(codec))
    return switch


def camera_info(codec: str = "mjpeg", size: tuple[int, int] = SIZE) -> TrackInfo:
    return TrackInfo(
        "video", Kind.PACKETS, time_base=BASE, codec=codec, rate=1 / BASE, width=size[0], height=size[1]
    )


def own_picture(number: int) -> bytes:
    image = np.zeros((*reversed(SIZE), 3), np.uint8)
    image[:, : 8 * number] = 255
    return bytes(simplejpeg.encode_jpeg(image, 60, colorspace="BGR", colorsubsampling="422"))


def send(switch: Switch, number: int, payload: bytes | None = None) -> bytes:
    """Send picture `number` of a camera, or `payload` in its place."""
    payload = own_picture(number) if payload is None else payload
    switch.publisher.tracks["video"].send(
        payload, Meta(number, utc_ns(), monotonic_ns(), Clock.RTCP, duration=1)
    )
    return payload


def test_pictures_of_a_camera_that_sends_jpeg_are_passed_on_byte_by_byte() -> None:
    with rig(camera(), "pass", "jpeg/75") as running:
        first = send(running.source, 1)
        running.wait_ready()
        with running.result.attached("jpeg/75", "queue(8)") as reader:
            record = reader.read(20)
            assert bytes(record.payload) == first
            assert (record.pts, record.duration, record.clock) == (1, 1, Clock.RTCP)
            info = record.info
            assert (info.name, info.codec, info.width, info.height) == ("jpeg/75", "mjpeg", *SIZE)
            assert info.time_base == BASE
            assert info.rate == 25
            second = send(running.source, 2)
            assert bytes(reader.read(20).payload) == second


def test_what_is_no_picture_is_left_out_and_the_next_one_comes() -> None:
    with rig(camera(), "pass", "jpeg/75") as running:
        send(running.source, 1, b"no picture at all")
        running.wait_ready()
        with running.result.attached("jpeg/75", "queue(8)") as reader:
            send(running.source, 2, b"")
            third = send(running.source, 3)
            assert bytes(reader.read(20).payload) == third


def test_picture_without_huffman_tables_gets_them() -> None:
    whole = own_picture(1)
    bare = whole[: whole.index(b"\xff\xc4")] + whole[whole.index(b"\xff\xda") :]
    with rig(camera(), "pass", "jpeg/75") as running:
        send(running.source, 1, bare)
        running.wait_ready()
        with running.result.attached("jpeg/75", "queue(8)") as reader:
            shown = bytes(reader.read(20).payload)
            assert b"\xff\xc4" in shown
            assert np.array_equal(simplejpeg.decode_jpeg(shown), simplejpeg.decode_jpeg(whole))


def test_camera_of_another_size_is_a_new_epoch_of_what_is_passed_on() -> None:
    with rig(camera(), "pass", "jpeg/75") as running:
        send(running.source, 1)
        running.wait_ready()
        with running.result.attached("jpeg/75", "queue(8)") as reader:
            before = reader.read(20)
            running.source.publisher.track(camera_info(size=(640, 360)))
            send(running.source, 2)
            after = reader.read(20)
            assert after.epoch > before.epoch
            assert (after.info.width, after.info.height) == (640, 360)


def test_video_that_is_not_jpeg_is_never_passed_on() -> None:
    with rig(camera("h264"), "pass", "jpeg/75") as running:
        send(running.source, 1)
        running.thread.join()
        assert isinstance(running.failure, Invalid)
        assert not running.result.publisher.tracks


def test_new_epoch_of_the_input_is_one_of_the_output() -> None:
    with rig(source(), "convert", "frames/bgr") as running:
        show(running.source, 1)
        running.wait_ready()
        with running.result.attached("frames/bgr", "queue(8)") as reader:
            before = reader.read(20)
            larger = Pattern(640, 360)
            running.source.publisher.track(
                TrackInfo("frames", Kind.FRAMES, time_base=BASE, picture=larger.picture)
            )
            show(running.source, 2, larger)
            after = reader.read(20)
            assert after.epoch > before.epoch
            assert after.info.picture == Picture("bgr", 640, 360, full_range=True)
            assert number_in(after) == 2


def test_rendition_survives_a_source_that_restarts() -> None:
    with rig(source(), "jpeg", "jpeg/80") as running:
        show(running.source, 1)
        running.wait_ready()
        with running.result.attached("jpeg/80", "queue(8)") as reader:
            assert number_in(reader.read(20)) == 1
            old, new = running.source, source()
            running.source = new
            new_number = 7
            show(new, new_number)
            node_end = old.node_ends[-1]
            old.publisher.close()
            track = TrackName.parse("frames")
            new.introduce(node_end, Subscription("camera", track, Policy(0), rendition=True))
            assert number_in(reader.read(20)) == new_number
            old.close()


def test_nothing_is_converted_while_nobody_reads_but_the_first() -> None:
    with rig(source(), "convert", "frames/bgr") as running:
        show(running.source, 1)
        running.wait_ready()
        for number in range(2, 6):
            show(running.source, number)
        running.wait_parked("frames")
        writer = running.result.publisher.tracks["frames/bgr"]
        with running.result.attached("frames/bgr") as reader:
            show(running.source, 6)
            while number_in(record := reader.read(20)) != 6:
                pass
            assert record.flags & Flag.DISCONTINUITY
        assert writer.published_records <= 3, "the first, the newest of the pause, and the one after it"


def test_reader_that_comes_after_a_pause_sees_the_newest_picture_of_the_camera() -> None:
    with rig(camera(), "pass", "jpeg/75") as running:
        first = send(running.source, 1)
        running.wait_ready()
        with running.result.attached("jpeg/75") as reader:
            assert bytes(reader.read(20).payload) == first
        running.result.wait_for(lambda: not running.result.publisher.tracks["jpeg/75"].wanted)
        newest = [send(running.source, number) for number in range(2, 5)][-1]
        running.wait_parked("video")
        with running.result.attached("jpeg/75") as reader:
            assert bytes(reader.read(20).payload) == newest


@pytest.mark.parametrize("track", ["frames/bgr", "jpeg/80"])
def test_reader_that_comes_after_a_pause_sees_the_newest_and_nothing_older(track: str) -> None:
    with rig(source(), "jpeg" if track.startswith("jpeg") else "convert", track) as running:
        show(running.source, 1)
        running.wait_ready()
        with running.result.attached(track) as reader:
            assert number_in(reader.read(20)) == 1
        running.result.wait_for(lambda: not running.result.publisher.tracks[track].wanted)
        for number in range(2, 5):
            show(running.source, number)
        running.wait_parked("frames")
        with running.result.attached(track) as reader:
            assert number_in(reader.read(20)) == 4


def test_rendition_ends_when_it_is_told_to() -> None:
    with rig(source(), "convert", "frames/bgr") as running:
        running.stop.set()
        running.thread.join()
        assert running.failure is None


def test_unknown_recipe_is_refused() -> None:
    switch = source()
    with rig(switch, "jpeg", "jpeg/80") as running, pytest.raises(Invalid, match="known are convert"):
        renditions.run(
            switch.publisher, running.connect, "camera", TrackName.parse("video"), "vhs", running.stop
        )
