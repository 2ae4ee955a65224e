"""A 1080p picture from one process to the hand of another, 30 times a second.

Ours: `framecast.publish` to `framecast.open` over a real node. Peers: the same array by `zmq.send_pyobj` over TCP and by
`multiprocessing.Queue`. Latency is from the moment of publication to the moment the array is in hand.
"""

from __future__ import annotations

import itertools
import json
import mmap
import multiprocessing
import os
import select
import socket
import statistics
import sys
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from typing import Any

import numpy as np
import zmq
from numpy.typing import NDArray

import framecast
from bench.running import Node, program, result
from bench.table import Row

FRAMES = 300
WARM_UP = 30
FPS = 30
PICTURE = np.random.default_rng(1).integers(0, 255, (1080, 1920, 3), np.uint8)


def rows() -> list[Row]:
    """Measure and return the rows."""
    floor_us, one, three = wake_up(), ours(1), ours(3)
    pyobj, queue = by_pyobj(), by_queue()
    p50, reader, copy_us = one["p50_us"], one["reader_us"], one["copy_us"]
    writer = one["writer_us"] - copy_us
    further = (three["writer_us"] - three["copy_us"] - writer) / 2
    return [
        Row("1080p BGR to another process, p50", f"{p50:.0f} us", "", "", "<= 200 us", p50 <= 200),
        Row("  p99", f"{one['p99_us']:.0f} us"),
        Row("  of which a message on a socket alone, p50", f"{floor_us:.0f} us"),
        against("  zmq.send_pyobj", p50, pyobj, 40),
        against("  multiprocessing.Queue", p50, queue, 60),
        Row("reader's CPU a frame", f"{reader:.0f} us", "", "", "<= 150 us", reader <= 150),
        Row(
            "writer's CPU a frame beyond one copy",
            f"{writer:.0f} us",
            f"copy {copy_us:.0f} us",
            "",
            "<= 120 us",
            writer <= 120,
        ),
        Row("writer's CPU for each further reader", f"{further:.0f} us", "", "", "<= 30 us", further <= 30),
    ]


def wake_up() -> float:
    """p50 microseconds for 80 bytes on a socket pair to a process that sleeps in epoll: what no bus can beat here."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    answer: Queue[float] = multiprocessing.get_context("fork").Queue()
    reader = multiprocessing.get_context("fork").Process(target=wait_for_messages, args=(there, answer))
    reader.start()
    target = np.empty_like(PICTURE)

    def send() -> None:
        np.copyto(target, PICTURE)
        here.send(time.monotonic_ns().to_bytes(8, "little") + bytes(72))

    paced(send)
    p50 = answer.get(timeout=60)
    reader.join()
    here.close()
    there.close()
    return p50


def wait_for_messages(sock: socket.socket, answer: Queue[float]) -> None:
    """Be the process that sleeps."""
    latencies = []
    with select.epoll() as epoll:
        epoll.register(sock, select.EPOLLIN)
        for _ in range(FRAMES + WARM_UP):
            epoll.poll()
            sent_ns = int.from_bytes(sock.recv(80)[:8], "little")
            latencies.append((time.monotonic_ns() - sent_ns) / 1e3)
    answer.put(statistics.median(latencies[WARM_UP:]))


def against(what: str, ours_us: float, peer_us: float, times: int) -> Row:
    """Return a row that compares p50 latencies."""
    ratio = peer_us / ours_us
    return Row(
        what, f"{ours_us:.0f} us", f"{peer_us:.0f} us", f"{ratio:.0f} x", f">= {times} x", ratio >= times
    )


def ours(readers: int, **variables: str) -> dict[str, float]:
    """Publish to `readers` processes; return the median reader's figures and what the writer spent."""
    with Node({"unused": "numbers:"}, **variables) as node, framecast.publish("handover") as out:
        out.send(PICTURE)
        processes = [program("bench.handover", "read", env=node.environment) for _ in range(readers)]
        while node.streams()["handover"]["readers"] < readers:
            time.sleep(0.05)
        time.sleep(1)
        paced(lambda: out.send(PICTURE))
        costs = Costs(out)
        paced(costs.measure)
        figures = [result(process) for process in processes]
    figures.sort(key=lambda figure: figure["p50_us"])
    median: dict[str, float] = figures[len(figures) // 2]
    return median | costs.medians()


class Costs:
    """CPU of sending a picture and of copying one, by turns: both see the same caches and the same neighbours."""

    def __init__(self, out: framecast.Writer) -> None:
        self._out = out
        self._targets = [shared_array() for _ in range(4)]  # as many as a pool has slots
        self._sends: list[int] = []
        self._copies: list[int] = []

    def measure(self) -> None:
        """Send and copy, in turning order."""
        for what in (self._send, self._copy) if len(self._sends) % 2 else (self._copy, self._send):
            what()

    def medians(self) -> dict[str, float]:
        """Return the medians in microseconds."""
        return {
            "writer_us": statistics.median(self._sends[WARM_UP:]) / 1e3,
            "copy_us": statistics.median(self._copies[WARM_UP:]) / 1e3,
        }

    def _send(self) -> None:
        begin = time.process_time_ns()
        self._out.send(PICTURE)
        self._sends.append(time.process_time_ns() - begin)

    def _copy(self) -> None:
        target = self._targets[len(self._copies) % len(self._targets)]
        begin = time.process_time_ns()
        np.copyto(target, PICTURE)
        self._copies.append(time.process_time_ns() - begin)


def shared_array() -> NDArray[np.uint8]:
    """Memory of the kind that any hand-over through shared memory copies into; it has no huge pages."""
    fd = os.memfd_create("bench")
    os.posix_fallocate(fd, 0, PICTURE.nbytes)
    memory = mmap.mmap(fd, PICTURE.nbytes)
    os.close(fd)
    return np.frombuffer(memory, np.uint8).reshape(PICTURE.shape)


def paced(work: Callable[[], object]) -> None:
    """Do `work` FPS times a second until every reader has had its FRAMES after warming up."""
    begin = time.perf_counter()
    for number in range(FRAMES + WARM_UP):
        work()
        time.sleep(max(0.0, begin + (number + 1) / FPS - time.perf_counter()))


def read() -> None:
    """Be a reader: print p50 and p99 of the latency and the CPU a frame."""
    latencies: list[float] = []
    costs: list[int] = []
    with framecast.open("handover") as camera:
        before = time.process_time_ns()
        for frame in itertools.islice(camera, FRAMES):
            image = frame.bgr
            now = time.monotonic_ns()
            assert image.shape == PICTURE.shape
            latencies.append((now - frame.published_ns) / 1e3)
            del frame, image
            after = time.process_time_ns()
            costs.append(after - before)
            before = after
        for _ in range(FRAMES):  # stay while the writer's costs are measured
            camera.read(60)
    latencies = sorted(latencies[WARM_UP:])
    p99 = latencies[int(len(latencies) * 0.99)]
    reader_us = statistics.median(costs[WARM_UP:]) / 1e3
    print(json.dumps({"p50_us": statistics.median(latencies), "p99_us": p99, "reader_us": reader_us}))


def by_pyobj() -> float:
    """p50 microseconds by pickled arrays over ZeroMQ."""
    context = zmq.Context()
    sender = context.socket(zmq.PUSH)
    port = sender.bind_to_random_port("tcp://127.0.0.1")
    reader = program("bench.handover", "pyobj", port)
    paced(lambda: sender.send_pyobj((time.monotonic_ns(), PICTURE)))
    p50 = float(result(reader))
    sender.close(0)
    context.term()
    return p50


def by_queue() -> float:
    """p50 microseconds by multiprocessing.Queue."""
    context = multiprocessing.get_context("spawn")
    frames: Queue[Any] = context.Queue()
    answer: Queue[Any] = context.Queue()
    reader = context.Process(target=take, args=(frames, answer))
    reader.start()
    paced(lambda: frames.put((time.monotonic_ns(), PICTURE)))
    p50 = float(answer.get(timeout=60))
    reader.terminate()
    reader.join()
    frames.close()
    frames.cancel_join_thread()
    return p50


def take(frames: Queue[Any], answer: Queue[Any]) -> None:
    """Be the reader of a queue."""
    answer.put(median_of(frames.get))


def median_of(receive: Callable[[], tuple[int, NDArray[np.uint8]]]) -> float:
    """Return the median latency in microseconds of what `receive` gives."""
    latencies = []
    for number in range(FRAMES + WARM_UP):
        sent_ns, image = receive()
        if number >= WARM_UP:
            latencies.append((time.monotonic_ns() - sent_ns) / 1e3)
        assert image.shape == PICTURE.shape
    return statistics.median(latencies)


def main() -> None:
    """Be one of the readers."""
    if sys.argv[1] == "read":
        read()
        return
    receiver = zmq.Context().socket(zmq.PULL)
    receiver.connect(f"tcp://127.0.0.1:{sys.argv[2]}")
    print(median_of(receiver.recv_pyobj))


if __name__ == "__main__":
    main()
