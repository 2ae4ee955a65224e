"""gRPC on loopback: how late a picture is with one watcher, and what a hundred watchers of packets cost the server.

The watchers run in processes of their own, several connections each. Times are the wall clock of one machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import threading
import time
from typing import Any

import grpc

import framecast
from bench.running import Node, cpu_s, program, result
from bench.table import Row
from framecast.client.node_client import NodeClient
from framecast.client.writer import Writer
from framecast.model import Kind, TrackInfo
from framecast.v1 import media_pb2

WATCHERS = 100
PROGRAMS = 4
CONNECTIONS = 5  # of each program
SECONDS = 30
PICTURES = 250
FPS = 25
VIDEO_BYTES = 20_000  # 4 Mbit/s
SOUND_BYTES = 200
GOP = 50
READ = "/framecast.v1.Media/Read"
ANY_SIZE = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]


def rows() -> list[Row]:
    """Measure and return the rows."""
    with Node({"full-hd": f"pattern:?size=1920x1080&fps={FPS}"}) as node:
        picture = result(program("bench.rpc", "picture", address(), env=node.environment))
    with Node({"idle": "pattern:"}) as node:
        crowd, cpu, memory = watched(node)
    complete = sum(one["complete"] for one in crowd)
    records = sum(one["records"] for one in crowd)
    messages = sum(one["messages"] for one in crowd)
    late = max(one["p99_ms"] for one in crowd)
    return [
        Row(
            "1080p JPEG frames by gRPC on loopback, one watcher: p50 from publication",
            f"{picture['p50_ms']:.2f} ms (p99 {picture['p99_ms']:.2f} ms, {picture['bytes'] / 1e3:.0f} kB each)",
            "",
            "",
            "<= 5 ms",
            picture["p50_ms"] <= 5,
        ),
        Row(
            f"{WATCHERS} gRPC packet watchers at 4 Mbit/s with sound: the server's CPU",
            f"{100 * cpu:.1f} % of a core ({memory >> 20} MiB)",
            "",
            "",
            "<= 50 %",
            cpu <= 0.5,
        ),
        Row(
            "  watchers that got every record",
            f"{complete} of {WATCHERS} ({records / messages:.1f} records a message, p99 {late:.1f} ms late)",
            "",
            "",
            f"{WATCHERS}",
            complete == WATCHERS,
        ),
    ]


def address() -> str:
    """Where the node's gRPC server listens."""
    with NodeClient() as node:
        url: str = node.info()["servers"]["grpc"]["url"]
    return url.removeprefix("grpc://")


def watched(node: Node) -> tuple[list[dict[str, Any]], float, int]:
    """Let all watch a stream that this process writes; return what they got, and the server's cores and memory."""
    over = threading.Event()
    sound = TrackInfo("audio", Kind.PACKETS, codec="aac", sample_rate=48000, channels=2)
    video = TrackInfo("video", Kind.PACKETS, codec="h264", width=1920, height=1080)
    with framecast.publish("crowd", tracks=[video, sound]) as out:
        writing = threading.Thread(target=write, args=(out, over))
        writing.start()
        try:
            each = WATCHERS // PROGRAMS
            crowd = [
                program("bench.rpc", "crowd", address(), each, env=node.environment) for _ in range(PROGRAMS)
            ]
            for one in crowd:
                assert one.stdout
                one.stdout.readline()  # all of it watch
            server = node.processes("fc-grpc")
            before, begin = cpu_s(server), time.monotonic()
            time.sleep(SECONDS)
            cores = (cpu_s(server) - before) / (time.monotonic() - begin)
            memory = server[0].memory_info().rss
            return [result(one) for one in crowd], cores, memory
        finally:
            over.set()
            writing.join()


def write(out: Writer, over: threading.Event) -> None:
    """Be a camera: pictures at their rate, 47 packets of sound a second between them."""
    begin, number, heard = time.monotonic(), 0, 0
    picture, sound = bytes(VIDEO_BYTES), bytes(SOUND_BYTES)
    while not over.wait(max(0.0, begin + number / FPS - time.monotonic())):
        while heard * 1024 / 48000 < number / FPS:
            out.send_packet(sound, track="audio")
            heard += 1
        out.send_packet(picture, is_key=number % GOP == 0)
        number += 1


async def watch_picture(where: str) -> None:
    """Read JPEG pictures and print how late they were."""
    request = media_pb2.ReadRequest(stream="full-hd", tracks=["jpeg/80"])
    late, size = [], 0
    async with grpc.aio.insecure_channel(where, options=ANY_SIZE) as channel:
        async for response in _read(channel)(
            request.SerializeToString(), wait_for_ready=True, metadata=_credential()
        ):
            now = time.time_ns()
            for record in response.records:
                late.append((now - record.published_at) / 1e6)
                size = len(record.payload)
            if len(late) > PICTURES + 25:
                break
    print(json.dumps(_figures(late[25:]) | {"bytes": size}))


async def watch_crowd(where: str, count: int) -> None:
    """Be that many watchers, in step with the others by the time alone; print what they got."""
    channels = [
        grpc.aio.insecure_channel(where, options=[*ANY_SIZE, ("framecast.number", number)])
        for number in range(CONNECTIONS)
    ]
    watchers = [Watcher() for _ in range(count)]
    tasks = [
        asyncio.create_task(watcher.run(channels[number % CONNECTIONS]))
        for number, watcher in enumerate(watchers)
    ]
    await asyncio.gather(*(watcher.begun.wait() for watcher in watchers))
    print("watching", flush=True)
    await asyncio.sleep(SECONDS + 2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    late = [value for watcher in watchers for value in watcher.late]
    found = {
        "complete": sum(watcher.is_complete for watcher in watchers),
        "records": sum(watcher.records for watcher in watchers),
        "messages": sum(watcher.messages for watcher in watchers),
    }
    print(json.dumps(found | _figures(late)))


class Watcher:
    """One of the crowd."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.records = self.messages = 0
        self.late: list[float] = []
        self._next: dict[str, int] = {}
        self._gaps = 0

    @property
    def is_complete(self) -> bool:
        """True where no record is missing, and the time is full of them."""
        return not self._gaps and self.records >= SECONDS * FPS

    async def run(self, channel: grpc.aio.Channel) -> None:
        """Read until cancelled."""
        request = media_pb2.ReadRequest(stream="crowd", tracks=["video", "audio"], batch_ms=1000 // FPS)
        async for response in _read(channel)(
            request.SerializeToString(), wait_for_ready=True, metadata=_credential()
        ):
            now = time.time_ns()
            self._gaps += response.lost.records
            self.messages += bool(response.records)
            for record in response.records:
                self._gaps += record.seq != self._next.get(record.track, record.seq)
                self._next[record.track] = record.seq + 1
                self.records += 1
            if response.records and self.messages > FPS:  # those before are the kept group of pictures
                self.late.append((now - response.records[-1].published_at) / 1e6)
            if response.records:
                self.begun.set()


def _read(channel: grpc.aio.Channel) -> Any:  # noqa: ANN401  a call that the stubs do not type
    return channel.unary_stream(READ, None, media_pb2.ReadResponse.FromString)


def _credential() -> tuple[tuple[str, str], ...]:
    """What `bench.access` lets clients show."""
    token = os.environ.get("BENCH_TOKEN")
    return (("authorization", f"Bearer {token}"),) if token else ()


def _figures(late: list[float]) -> dict[str, float]:
    return {"p50_ms": statistics.median(late), "p99_ms": statistics.quantiles(late, n=100)[98]}


if __name__ == "__main__":
    if sys.argv[1] == "picture":
        asyncio.run(watch_picture(sys.argv[2]))
    else:
        asyncio.run(watch_crowd(sys.argv[2], int(sys.argv[3])))
