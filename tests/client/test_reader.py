"""Readers: newest first, select with many, closing from anywhere, reconnects, and no effect on anybody else."""

from __future__ import annotations

import asyncio
import copy
import os
import pickle
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

import framecast
from tests.client.nodes import TestNode, descriptors
from tests.support.waiting import until


def image(number: int) -> np.ndarray:
    return np.full((48, 64, 3), number % 256, np.uint8)


def test_a_slow_reader_skips_to_the_newest_and_knows_how_many_it_missed(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder) as camera,
    ):
        out.send(image(0))
        assert camera.read(10).seq == 0
        for number in range(1, 41):
            out.send(image(number))
        frame = camera.read(10)
        assert (frame.seq, frame.dropped) == (40, 39)
        with pytest.raises(framecast.WouldBlock):
            camera.read(0)
        assert camera.stats().dropped == 39


def test_a_queue_gives_every_frame_in_order(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder, policy="queue(8)") as camera,
    ):
        out.send(image(0))
        assert camera.read(10).seq == 0
        for number in range(1, 9):
            out.send(image(number))
        assert [camera.read(10).seq for _ in range(8)] == list(range(1, 9))


def test_iteration_ends_when_the_reader_is_closed_by_another_thread(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder) as camera,
    ):
        out.send(image(0))
        seen: list[int] = []
        first = threading.Event()

        def read() -> None:
            for frame in camera:
                seen.append(frame.seq)
                first.set()

        thread = threading.Thread(target=read)
        thread.start()
        assert first.wait(20)
        camera.close()
        camera.close()
        thread.join(20)
        assert not thread.is_alive()
        assert seen == [0]
        with pytest.raises(framecast.Closed):
            camera.read()


def test_closing_the_reader_closes_what_was_opened_from_it(node: TestNode) -> None:
    with framecast.publish("x", node=node.folder, tracks=["data"]) as out:
        camera = framecast.open("x", node=node.folder)
        data, packets = camera.data(), camera.packets(audio=True)
        out.send_data(1)
        assert data.read(10).value == 1
        camera.close()
        for reader in (data, packets):
            with pytest.raises(framecast.Closed):
                reader.read(10)
        with pytest.raises(framecast.Closed):
            camera.data()


def test_one_selector_serves_many_streams(node: TestNode) -> None:
    names = [f"camera-{number}" for number in range(6)]
    writers = [framecast.publish(name, node=node.folder) for name in names]
    readers = [framecast.open(name, node=node.folder) for name in names]
    with selectors.DefaultSelector() as selector:
        for reader in readers:
            selector.register(reader, selectors.EVENT_READ, reader)
        seen: dict[str, list[int]] = {name: [] for name in names}
        for number in range(3):
            for index, writer in enumerate(writers):
                writer.send(image(index * 10 + number))
            while any(len(numbers) <= number for numbers in seen.values()):
                events = selector.select(20)
                assert events, "nothing came"
                for key, _ in events:
                    try:
                        frame = key.data.read(0)
                    except framecast.WouldBlock:
                        continue
                    seen[key.data.name].append(int(frame.bgr[0, 0, 0]))
        for reader in readers:
            selector.unregister(reader)
    assert seen == {name: [index * 10 + number for number in range(3)] for index, name in enumerate(names)}
    for reader in readers:
        reader.close()
    for writer in writers:
        writer.close()


def test_asyncio_reads_without_blocking_the_loop(node: TestNode) -> None:
    async def main() -> list[int]:
        turns = 0
        stop = asyncio.Event()

        async def count() -> None:
            nonlocal turns
            while not stop.is_set():
                turns += 1
                await asyncio.sleep(0)

        async with framecast.open("x", node=node.folder) as camera:
            with pytest.raises(framecast.WouldBlock):
                await camera.aread(0.05)
            counter = asyncio.create_task(count())
            seen = []
            out = await asyncio.to_thread(framecast.publish, "x", node=node.folder)
            with out:
                out.send(image(0))
                async for frame in camera:
                    seen.append(frame.seq)
                    if frame.seq == 4:
                        camera.close()
                    else:
                        out.send(image(frame.seq + 1))
            stop.set()
            await counter
            assert turns > 5
            return seen

    assert asyncio.run(main()) == [0, 1, 2, 3, 4]


def test_cancelling_an_asynchronous_read_loses_nothing(node: TestNode) -> None:
    async def main() -> int:
        async with framecast.open("x", node=node.folder) as camera:
            task = asyncio.create_task(camera.aread())
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with framecast.publish("x", node=node.folder) as out:
                out.send(image(0))
                return (await camera.aread(10)).seq

    assert asyncio.run(main()) == 0


FACES: dict[str, Callable[[framecast.Reader], Any]] = {
    "frames": lambda reader: reader,
    "packets": lambda reader: reader.packets(track="jpeg/75"),
    "fmp4": lambda reader: reader.fmp4(),
    "data": lambda reader: reader.data(),
}


@pytest.mark.parametrize("who", ["itself", "its parent", "a thread"])
@pytest.mark.parametrize("face", FACES)
def test_closing_ends_every_wait_on_the_event_loop(node: TestNode, face: str, who: str) -> None:
    async def forever(reader: Any) -> None:
        while True:
            await reader.aread()

    async def each(reader: Any) -> int:
        return len([one async for one in reader])

    async def main() -> None:
        camera = framecast.open("never", node=node.folder)
        reader = FACES[face](camera)
        cancelled, *waiting = [asyncio.create_task(forever(reader)) for _ in range(3)]
        looping = asyncio.create_task(each(reader))
        await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.to_thread(reader.close) if who == "a thread" else (
            camera if who == "its parent" else reader
        ).close()
        async with framecast.open("other", node=node.folder) as next_one:  # it may get the same descriptors
            with pytest.raises(framecast.WouldBlock):
                await next_one.aread(0.05)
        async with asyncio.timeout(20):
            ends = await asyncio.gather(cancelled, *waiting, return_exceptions=True)
            assert [type(end) for end in ends] == [asyncio.CancelledError, *[framecast.Closed] * 2]
            assert await looping == 0
        with pytest.raises(framecast.Closed):
            await reader.aread()
        camera.close()

    asyncio.run(main())


def test_a_callback_that_fails_once_is_raised_and_the_reader_goes_on(node: TestNode) -> None:
    told: list[framecast.State] = []

    def fail(state: framecast.State, _detail: str) -> None:
        told.append(state)
        if len(told) == 1:
            raise ZeroDivisionError

    with (
        framecast.publish("fails", node=node.folder) as out,
        framecast.open("fails", node=node.folder, on_state=fail) as camera,
    ):
        out.send(image(1))
        with pytest.raises(ZeroDivisionError):
            camera.read(20)
        assert camera.read(20).seq == 0


def test_nothing_comes_twice_after_the_node_was_started_again(own_node: TestNode) -> None:
    with (
        framecast.publish("x", node=own_node.folder, tracks=["frames", "data"]) as out,
        framecast.open("x", node=own_node.folder) as camera,
    ):
        data = camera.data()
        seen: dict[Any, list[int]] = {camera: [], data: []}
        for _ in range(2):
            out.send(image(1))
            out.send_data(1)
            for reader, numbers in seen.items():
                numbers.append(reader.read(20).seq)
            own_node.kill()
            until(lambda: not out.node_connected)
            own_node.start()
            until(lambda: out.node_connected)
            for reader in seen:
                before = reader.stats().reconnects
                while reader.stats().reconnects == before:
                    with pytest.raises(framecast.WouldBlock):
                        reader.read(0.2)
        assert list(seen.values()) == [[0, 1], [0, 1]]


def test_a_forked_child_is_told_so_by_every_method(own_node: TestNode) -> None:
    with (
        framecast.publish("forked", node=own_node.folder, tracks=["frames", "data"]) as out,
        framecast.open("forked", node=own_node.folder) as camera,
        framecast.NodeClient(own_node.folder) as client,
    ):
        out.send(image(1))
        out.send_data(np.arange(4.0))
        frame, item, packets = camera.read(20), camera.data().read(20), camera.packets(track="jpeg/75")
        packets.read(20)
        client.streams()
        uses: list[Callable[[], object]] = [
            *(lambda reader=reader: reader.read(0) for reader in (camera, packets)),
            *(lambda reader=reader: asyncio.run(reader.aread(1)) for reader in (camera, packets)),
            *(lambda reader=reader: next(iter(reader)) for reader in (camera, packets)),
            *(reader.fileno for reader in (camera, packets)),
            *(lambda value=value: copy.deepcopy(value) for value in (frame, item)),
            lambda: out.wanted,
            lambda: out.node_connected,
            lambda: out.send(image(1)),
            lambda: out.send_data(1),
            lambda: out.send_packet(b"x"),
            out.finish,
        ]
        child = os.fork()
        if child == 0:
            refused = 0
            for use in uses:
                try:
                    use()
                except framecast.ForkedView:
                    refused += 1
            refused += any(
                status.name == "forked" for status in client.streams()
            )  # by a connection of its own
            for one in (packets, camera, client, out):
                one.close()
            os._exit(refused)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == len(uses) + 1
        assert [status.name for status in client.streams()] == ["forked"]
        assert out.send(image(2)) == 1
        assert camera.read(20).seq == 1


def test_states_are_told_to_the_one_who_reads(node: TestNode) -> None:
    told: list[tuple[framecast.State, str]] = []
    camera = framecast.open(
        "x", node=node.folder, on_state=lambda state, detail: told.append((state, detail))
    )
    with camera:
        with framecast.publish("x", node=node.folder) as out:
            out.send(image(0))
            camera.read(10)
            out.send(image(1))
            until(lambda: state(camera) is framecast.State.LIVE)
        until(lambda: state(camera) is framecast.State.OFFLINE)
        assert "has left" in camera.detail
        assert told[-1][0] is framecast.State.OFFLINE
        with pytest.raises(framecast.WouldBlock, match=r"within 0\.01 s \(offline: the program"):
            camera.read(0.01)


def state(camera: framecast.Reader) -> framecast.State:
    """The newest state: reading keeps it fresh."""
    with suppress(framecast.WouldBlock):
        camera.read(0)
    return camera.state


def test_a_timeout_of_the_reader_holds_for_iteration(node: TestNode) -> None:
    with (
        framecast.open("x", node=node.folder, timeout_s=0.05) as camera,
        pytest.raises(framecast.WouldBlock, match=r"within 0\.05 s"),
    ):
        next(iter(camera))


def test_a_stream_that_nobody_knows_is_waited_for_or_not(node: TestNode) -> None:
    with pytest.raises(framecast.NotFound, match="no stream 'x'"):
        framecast.open("x", node=node.folder, wait=False)
    with framecast.open("x", node=node.folder) as camera, pytest.raises(framecast.WouldBlock):
        camera.read(0.05)


def test_a_track_that_the_stream_does_not_have_is_named(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder, tracks=["data"]),
        framecast.open("x", node=node.folder) as camera,
        pytest.raises(framecast.NotFound, match="has no"),
    ):
        camera.read(10)


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "yuyv"},
        {"size": (0, 0)},
        {"size": (20000, 10)},
        {"policy": "queue(0)"},
        {"policy": "newest"},
        {"max_fps": -1},
        {"track": "data"},
        {"track": "frames/bgr", "format": "bgr"},
        {"loop": False},
    ],
    ids=str,
)
def test_wishes_that_cannot_be_are_refused_at_once(node: TestNode, wrong: dict) -> None:
    with pytest.raises(framecast.Invalid):
        framecast.open("x", node=node.folder, **wrong)


def test_a_format_and_size_are_made_once_for_all(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder, format="gray", size=(32, 0)) as one,
        framecast.open("x", node=node.folder, track="frames/gray/32x0") as two,
    ):
        out.send(image(200))
        for camera in (one, two):
            frame = camera.read(20)
            assert (frame.format, frame.gray.shape) == ("gray", (24, 32))
            assert abs(int(frame.gray[0, 0]) - 200) < 3
        tracks = [track.name for track in framecast.list_streams(node=node.folder)[0].tracks]
        assert sorted(tracks) == ["frames", "frames/gray/32x0"]


def test_nobody_is_asked_for_frames_before_they_are_used(node: TestNode) -> None:
    with (
        framecast.publish("x", node=node.folder, tracks=["data"]) as out,
        framecast.open("x", node=node.folder) as camera,
        camera.data() as data,
        framecast.NodeClient(node.folder) as client,
    ):
        out.send_data(1)
        data.read(10)
        assert client.stream("x").readers == 1


_READ_FOR_EVER = """
import sys, framecast
kept = []
for frame in framecast.open("x", node=sys.argv[1]):
    kept = [*kept[-5:], frame, frame.bgr]
    print(frame.seq, flush=True)
"""


def _kill(process: subprocess.Popen) -> None:
    process.kill()


def _freeze(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGSTOP)


@pytest.mark.parametrize("hurt", [_kill, _freeze])
def test_a_reader_that_dies_or_freezes_changes_nothing_for_others(
    node: TestNode, hurt: Callable[[subprocess.Popen], None]
) -> None:
    with (
        framecast.publish("x", node=node.folder) as out,
        framecast.open("x", node=node.folder, policy="queue(64)") as camera,
        subprocess.Popen(
            [sys.executable, "-c", _READ_FOR_EVER, str(node.folder)], stdout=subprocess.PIPE
        ) as other,
    ):
        assert other.stdout is not None
        seq = out.send(image(0))
        assert camera.read(10).seq == seq
        assert other.stdout.readline() == b"0\n"
        for number in range(1, 20):
            out.send(image(number))
            assert camera.read(10).seq == number
        hurt(other)
        for number in range(20, 200):
            out.send(image(number))
            frame = camera.read(10)
            assert frame.seq == number
            assert np.all(frame.bgr == number % 256)
        assert camera.stats().dropped == 0
        other.kill()


def test_opening_and_closing_leaves_nothing(node: TestNode) -> None:
    with framecast.publish("x", node=node.folder, tracks=["frames", "data"]) as out:
        out.send(image(0))
        out.send_data(0)

        def round_trip() -> None:
            with framecast.open("x", node=node.folder) as camera:
                camera.read(10)
                camera.data().read(10)

        round_trip()
        until(lambda: not out.wanted)
        before = descriptors()
        for _ in range(20):
            round_trip()
        until(lambda: descriptors() <= before)


@pytest.mark.parametrize("way", ["blocking", "asyncio", "select"])
def test_a_reader_goes_on_after_the_node_and_its_sources_were_killed(own_node: TestNode, way: str) -> None:
    def put() -> None:
        with framecast.NodeClient(own_node.folder) as client:
            client.put("demo", "numbers:?period=0.05")

    def start() -> None:
        own_node.start()
        put()

    put()
    with framecast.open("demo", node=own_node.folder) as stream, stream.data() as data:
        first = data.read(20)
        own_node.kill()
        until(lambda: _next(data) is None and not data.node_connected)
        while _next(data) is not None:
            continue
        starter = threading.Timer(0.3, start)
        starter.start()
        if way == "blocking":
            item = data.read(30)
        elif way == "asyncio":
            item = asyncio.run(data.aread(30))
        else:
            with selectors.DefaultSelector() as selector:
                selector.register(data, selectors.EVENT_READ)
                found = None
                while found is None:
                    assert selector.select(30), "nothing woke the program"
                    found = _next(data)
            item = found
        starter.join()
        assert item.published_ns > first.published_ns
        assert data.stats().reconnects >= 1


def _next(reader: Any) -> Any:
    try:
        return reader.read(0)
    except framecast.WouldBlock:
        return None


@pytest.mark.parametrize("track", ["frames", "bgr", "packets", "jpeg", "fmp4"])
def test_a_loop_over_a_stream_that_is_removed_ends_quietly(node: TestNode, track: str) -> None:
    ways: dict[str, Callable[[framecast.Reader], Any]] = {
        "frames": lambda stream: stream,
        "bgr": lambda _: framecast.open("demo", node=node.folder, format="bgr", size=(64, 0)),
        "packets": lambda stream: stream.packets(),
        "jpeg": lambda stream: stream.packets(track="jpeg/75"),
        "fmp4": lambda stream: stream.fmp4(),
    }
    with framecast.NodeClient(node.folder) as client:
        client.put("demo", "pattern:?size=320x240")
        with framecast.open("demo", node=node.folder) as stream, ways[track](stream) as reader:
            seen = 0
            for _ in reader:
                seen += 1
                if seen == 3:
                    client.delete("demo")
            assert seen >= 3
            with pytest.raises(framecast.Ended, match="stream demo was removed"):
                reader.read(20)


def test_a_removed_stream_is_said_to_have_ended(node: TestNode) -> None:
    told: list[framecast.State] = []
    with framecast.NodeClient(node.folder) as client:
        client.put("demo", "pattern:?size=320x240")
        with framecast.open("demo", node=node.folder, on_state=lambda state, _: told.append(state)) as stream:
            stream.read(20)
            client.delete("demo")
            for _ in stream:
                pass
            assert stream.state is framecast.State.ENDED
            assert stream.detail == "stream demo was removed"
    assert told[-1] is framecast.State.ENDED


def test_an_asynchronous_loop_over_a_stream_that_is_removed_ends_quietly(node: TestNode) -> None:
    async def count() -> int:
        seen = 0
        async with framecast.open("demo", node=node.folder) as stream, stream.data() as data:
            async for _ in data:
                seen += 1
                if seen == 3:
                    await asyncio.to_thread(client.delete, "demo")
        return seen

    with framecast.NodeClient(node.folder) as client:
        client.put("demo", "numbers:?period=0.02")
        assert asyncio.run(count()) >= 3


def test_a_reader_says_that_it_cannot_go_to_another_process(node: TestNode) -> None:
    with framecast.open("x", node=node.folder) as camera:
        for reader in (camera, camera.data()):
            for take in (pickle.dumps, copy.copy, copy.deepcopy):
                with pytest.raises(TypeError, match="open the stream there"):
                    take(reader)


def test_a_reader_that_was_not_used_before_the_fork_is_the_childs(own_node: TestNode) -> None:
    """As a `multiprocessing.Process` does that opens its camera in `__init__` and reads in `run`."""
    with (
        framecast.publish("x", node=own_node.folder) as out,
        framecast.open("x", node=own_node.folder) as camera,
        framecast.open("x", node=own_node.folder) as used,
    ):
        out.send(image(1))
        reading = threading.Thread(target=lambda: [None for _ in used])  # holds the reader's lock at the fork
        reading.start()
        until(lambda: used.stats().records == 1)
        child = os.fork()
        if child == 0:
            seen = camera.read(20).seq
            for one in (camera, used, out):
                one.close()
            os._exit(7 if seen == 0 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        used.close()
        reading.join(20)
        assert not reading.is_alive()
