"""Publishing: what may be sent, what readers get of it, and what happens around the node."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framecast
from framecast.bus import Channel
from framecast.client.node_client import NodeClient
from framecast.client.readable import Readable
from framecast.clock import Clock
from framecast.model import Kind, TrackInfo
from tests.client.nodes import TestNode
from tests.support.waiting import until


def image(number: int, width: int = 64, height: int = 48) -> np.ndarray:
    return np.full((height, width, 3), number % 256, np.uint8)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.zeros((4, 4, 3), np.float32), "expected uint8"),
        (np.zeros((4, 4, 4), np.uint8), "leave out the fourth channel"),
        (np.zeros((4,), np.uint8), "shape"),
        (np.zeros((0, 4, 3), np.uint8), "sides of a picture must be"),
    ],
)
def test_an_image_that_cannot_be_is_refused_with_advice(
    node: TestNode, wrong: np.ndarray, message: str
) -> None:
    with framecast.publish("x", node=node.folder) as out:
        with pytest.raises(framecast.Invalid, match=message):
            out.send(wrong)
        assert out.send(image(1)) == 0


def test_wrong_formats_are_refused(node: TestNode) -> None:
    with pytest.raises(framecast.Invalid, match="i420, nv12"):
        framecast.publish("x", node=node.folder, format="yuyv")
    with framecast.publish("x", node=node.folder, format="i420") as out:
        with pytest.raises(framecast.Invalid, match="3 / 2"):
            out.send(np.zeros((50, 64), np.uint8))
        with pytest.raises(framecast.Invalid, match="shape"):
            out.send(image(1))


def test_strided_and_reversed_images_arrive_as_they_look(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder) as camera,
    ):
        whole = np.random.default_rng(1).integers(0, 255, (96, 128, 3), np.uint8)
        for given in (whole[::2, ::2], whole[::-1, :64, ::-1], np.asfortranarray(whole)):
            out.send(given)
            assert np.array_equal(camera.read(10).bgr, given)


def test_another_size_is_a_new_epoch_and_old_frames_stay(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder) as camera,
    ):
        out.send(image(1))
        first = camera.read(10)
        out.send(image(2, 320, 240))
        second = camera.read(10)
        out.send(np.full((240, 320), 3, np.uint8))
        third = camera.read(10)
        assert [frame.epoch - first.epoch for frame in (first, second, third)] == [0, 1, 2]
        assert (second.width, second.height) == (320, 240)
        assert third.format == "gray"
        assert np.all(first.bgr == 1)
        assert np.all(second.bgr == 2)
        assert np.all(third.gray == 3)


@pytest.mark.parametrize("policy", ["latest", "queue(1)", "queue(64)"])
@pytest.mark.parametrize("widths", [[80], [80, 96], [80, 64], [80] * 9], ids=str)
def test_who_does_not_read_hurts_nobody_when_pictures_change(
    node: TestNode, policy: str, widths: list[int]
) -> None:
    with (
        framecast.publish("idle", node=node.folder) as out,
        framecast.open("idle", node=node.folder, policy=policy) as camera,
    ):
        out.send(image(0))
        camera.fileno()  # subscribed, but not reading
        until(lambda: out._tracks["frames"].wanted)
        sent = [out.send(image(number, width)) for number, width in enumerate([64] * 10 + widths, 1)]
        assert sent == list(range(1, 11 + len(widths)))
        with framecast.open("idle", node=node.folder) as late:
            assert late.read(10).seq == sent[-1]
        seen = [camera.read(10)]
        while seen[-1].seq < sent[-1]:
            seen.append(camera.read(10))
        assert [frame.width for frame in seen if frame.seq > 10] == [
            ([64] * 11 + widths)[frame.seq] for frame in seen if frame.seq > 10
        ]
        assert len(seen) + sum(frame.dropped for frame in seen) == sent[-1] + 1
        assert len(seen) == 1 or policy != "latest"
        assert out.send(image(99, 80)) == sent[-1] + 1
        assert camera.read(10).seq == sent[-1] + 1


def test_a_frame_hands_its_times_on(node: TestNode) -> None:
    with (
        framecast.publish("camera", node=node.folder) as source,
        framecast.open("camera", node=node.folder) as camera,
    ):
        source.send(image(1), captured_at=1_700_000_000_000_000_000)
        frame = camera.read(10)
        with (
            framecast.publish("edges", like=camera, node=node.folder) as out,
            framecast.open("edges", node=node.folder) as edges,
        ):
            out.send(image(2), at=frame)
            seen = edges.read(10)
            assert seen.captured_at == frame.captured_at
            assert (seen.pts, seen.time_base) == (frame.pts, frame.time_base)
            assert (seen.arrived_ns, seen.clock) == (frame.arrived_ns, Clock.DEVICE)
            out.send(frame)
            assert edges.read(10).bgr[0, 0, 0] == 1


ASK: dict[str, Callable[[framecast.Reader], Readable[Any]]] = {
    "frames": lambda reader: reader,
    "jpeg": lambda reader: reader.packets(track="jpeg/75"),
    "video": lambda reader: reader.packets(),
    "sound": lambda reader: reader.samples(),
    "data": lambda reader: reader.data(),
}


@pytest.mark.parametrize("is_early", [True, False], ids=["reader first", "writer first"])
@pytest.mark.parametrize("what", ASK)
def test_a_stream_is_wanted_before_the_first_send_while_somebody_waits_for_it(
    node: TestNode, what: str, is_early: bool
) -> None:
    name = f"awaited-{what}"
    reader = framecast.open(name, node=node.folder)
    if is_early:
        ASK[what](reader).fileno()
        with NodeClient(node.folder) as client:
            until(lambda: "there is no stream" in unknown(client, name))
    with framecast.publish(name, node=node.folder) as out:
        if not is_early:
            assert not out.wanted
            ASK[what](reader).fileno()
        until(lambda: out.wanted)
        reader.close()
        until(lambda: not out.wanted)
    assert not out.wanted


def unknown(client: NodeClient, name: str) -> str:
    """What the node says of a stream that nobody has published; by then it has heard who asked before."""
    try:
        return str(client.stream(name))
    except framecast.NotFound as error:
        return str(error)


def test_the_loop_of_the_how_to_begins_when_somebody_reads_and_pauses_when_nobody_does(
    node: TestNode,
) -> None:
    with (
        framecast.open("pattern:?size=128x96&fps=50") as camera,
        framecast.publish("dim", like=camera, node=node.folder) as out,
    ):
        frames = iter(camera)
        assert out.wanted is False
        with framecast.open("dim", node=node.folder) as reader:
            waiting = ThreadPoolExecutor(1).submit(reader.read, 20)
            while not waiting.done():
                frame = next(frames)
                if out.wanted:
                    out.send(frame.bgr // 2, at=frame)
            assert waiting.result().width == 128
            assert out.wanted
        until(lambda: not out.wanted)


def test_an_asynchronous_reader_is_waited_for_as_well(node: TestNode) -> None:
    async def read() -> int:
        async with framecast.open("calm", node=node.folder) as reader:
            waiting = asyncio.create_task(reader.aread(20))
            await asyncio.to_thread(until, lambda: out.wanted)
            out.send(image(1))
            return (await waiting).width

    with framecast.publish("calm", node=node.folder) as out:
        assert asyncio.run(read()) == 64


def test_a_second_writer_is_refused_and_the_first_goes_on(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder) as camera,
    ):
        with pytest.raises(framecast.Conflict, match="one writer"):
            framecast.publish("x", node=node.folder)
        out.send(image(5))
        assert camera.read(10).bgr[0, 0, 0] == 5


def test_a_reader_waits_for_the_next_writer_of_the_name(node: TestNode) -> None:
    with framecast.open("x", node=node.folder) as camera:
        for number in range(3):
            with framecast.publish("x", node=node.folder) as out:
                out.send(image(number))
                assert camera.read(10).bgr[0, 0, 0] == number
        assert camera.stats().reconnects == 2


def test_data_of_every_kind_arrives(node: TestNode) -> None:
    values: list[Any] = [
        {"boxes": [[1, 2, 3, 4]], "label": "tür"},
        b"\x00\xff",
        np.arange(6, dtype=np.float64).reshape(2, 3),
    ]
    with (
        framecast.publish("x", node=node.folder, tracks=["data"]) as out,
        framecast.open("x", node=node.folder) as stream,
        stream.data() as data,
    ):
        until(lambda: out.wanted)
        for value in values:
            out.send_data(value)
        assert data.read(10).value == values[0]
        assert data.read(10).value == values[1]
        item = data.read(10)
        assert np.array_equal(item.array, np.asarray(values[2]))
        with pytest.raises(framecast.ReadOnlyFrame):
            item.array[0, 0] = 1
        with pytest.raises(framecast.Invalid, match="JSON"):
            out.send_data({"a": object()})


def test_sound_arrives_without_gaps(node: TestNode) -> None:
    tone = (np.sin(np.arange(4800) / 10) * 10_000).astype(np.int16)
    with (
        framecast.publish("x", node=node.folder, tracks=["samples"]) as out,
        framecast.open("x", node=node.folder) as stream,
        stream.samples() as sound,
    ):
        out.send_samples(np.zeros((0, 2), np.int16))
        assert len(sound.read(10)) == 0
        for begin in range(0, 4800, 480):
            out.send_samples(np.stack([tone[begin : begin + 480]] * 2, axis=1), 48000)
        blocks = [sound.read(10) for _ in range(10)]
        assert np.array_equal(np.concatenate([block.array for block in blocks])[:, 0], tone)
        assert {(block.rate, block.channels, len(block)) for block in blocks} == {(48000, 2, 480)}
        assert np.all(np.diff([block.pts for block in blocks]) == 480)
        with pytest.raises(framecast.Invalid, match="int16"):
            out.send_samples(np.zeros(480, np.float32))


def test_packets_go_on_as_they_are(node: TestNode) -> None:
    video = TrackInfo(
        "video", Kind.PACKETS, Fraction(1, 90_000), codec="h264", extradata=b"sps", width=64, height=48
    )
    with (
        framecast.publish("x", node=node.folder, tracks=[video]) as out,
        framecast.open("x", node=node.folder) as stream,
        stream.packets() as packets,
        framecast.publish("y", node=node.folder, tracks=[]) as relay,
        framecast.open("y", node=node.folder) as relayed,
        relayed.packets() as again,
    ):
        for number in range(5):
            out.send_packet(
                bytes([number]) * 10, pts=number * 3600, dts=number * 3600 - 7, is_key=number == 0
            )
        for number in range(5):
            relay.send_packet(packets.read(10))
            packet = again.read(10)
            assert packet.payload == bytes([number]) * 10
            assert (packet.pts, packet.dts, packet.is_key) == (number * 3600, number * 3600 - 7, number == 0)
            assert (packet.info.codec, packet.info.extradata, packet.track) == ("h264", b"sps", "video")
        with pytest.raises(framecast.Invalid, match="declare the track"):
            out.send_packet(b"x", track="audio")


def test_several_threads_may_send(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder, tracks=["data"]) as out,
        framecast.open("x", node=node.folder) as stream,
        stream.data() as data,
    ):
        until(lambda: out.wanted)

        def send(worker: int) -> None:
            for number in range(50):
                out.send_data([worker, number])

        threads = [threading.Thread(target=send, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        items = [data.read(10) for _ in range(200)]
        assert [item.seq for item in items] == list(range(200))
        for worker in range(4):
            mine = [item.value[1] for item in items if item.value[0] == worker]  # type: ignore[index]
            assert mine == list(range(50))


def test_readers_stay_while_the_node_is_killed_and_new_ones_come_after(own_node: TestNode) -> None:
    with (
        framecast.publish("x", node=own_node.folder) as out,
        framecast.open("x", node=own_node.folder) as old,
    ):
        out.send(image(0))
        assert old.read(10).seq == 0
        own_node.kill()
        for number in range(1, 5):
            out.send(image(number))
            assert old.read(10).seq == number
        own_node.start()
        with framecast.open("x", node=own_node.folder) as new:
            assert new.read(20).seq == 4
            out.send(image(5))
            assert (old.read(10).seq, new.read(10).seq) == (5, 5)
            assert old.stats().dropped == 0
        with framecast.NodeClient(own_node.folder) as client:
            assert client.wait("x").configured == "program"


def test_a_closed_writer_says_so(node: TestNode) -> None:
    out = framecast.publish("x", node=node.folder)
    out.close()
    out.close()
    with pytest.raises(framecast.Closed):
        out.send(image(1))


def test_without_a_node_there_is_nothing_to_publish_to(tmp_path: object) -> None:
    with pytest.raises(framecast.NodeUnavailable, match="framecast serve"):
        framecast.publish("x", node=str(tmp_path))


def test_it_is_ready_when_every_declared_track_is_announced_and_not_before(tmp_path: Path) -> None:
    said: list[str] = []

    def be_the_node(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        channel = Channel(peer)
        while "ready" not in said:
            said.append(str(channel.wait(30).fields["op"]))
            if said[-1] == "publish":
                channel.send({"ok": True, "epoch": 0})
        channel.close()

    with socket.socket(socket.AF_UNIX) as listener, ThreadPoolExecutor(1) as pool:
        listener.bind(str(tmp_path / "node.sock"))
        listener.listen()
        node = pool.submit(be_the_node, listener)
        video, audio = (
            TrackInfo(name, Kind.PACKETS, codec=codec)
            for name, codec in (("video", "h264"), ("audio", "aac"))
        )
        with framecast.publish("x", node=tmp_path, tracks=[video, audio]):
            node.result(60)
    assert said == ["publish", "track", "track", "ready"]
