"""A real node with its gRPC server, and clients of it."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import psutil

import framecast
from framecast.client.node_client import NodeClient
from framecast.client.writer import Writer
from framecast.model import Kind, TrackInfo
from framecast.v1 import media_pb2, media_pb2_grpc, streams_pb2, streams_pb2_grpc
from tests.cli.running import Node

DEADLINE_S = 60.0
OPTIONS = {"grpc.max_receive_message_length": -1, "grpc.use_local_subchannel_pool": 1}
SOUND = TrackInfo("audio", Kind.PACKETS, codec="aac", sample_rate=48000, channels=1)
PACKETS = TrackInfo("video", Kind.PACKETS, codec="h264", width=64, height=48)


class RpcNode(Node):
    """A node that is ready, and where its gRPC server is."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        super().__init__(folder, *arguments, servers=("grpc",))
        self.address = self.wait_for(r"grpc=grpcs?://(\S+)").group(1)
        self.wait_for("serving gRPC at")
        self.control = NodeClient(folder / "run")

    @property
    def server(self) -> psutil.Process:
        """The gRPC server's process."""
        return psutil.Process(self.control.info()["servers"]["grpc"]["pid"])

    def publish(self, name: str, *tracks: str | TrackInfo) -> Writer:
        """Write a stream from this process, as programs do."""
        return framecast.publish(name, tracks=tracks or ("data",), node=self.folder / "run")

    def __exit__(self, *exc: object) -> None:
        self.control.close()
        super().__exit__(*exc)

    def readers(self, name: str) -> int:
        """How many read a stream on the bus."""
        return self.control.stream(name).readers

    def tracks_read(self, name: str) -> set[str]:
        """Which tracks of a stream have a reader that its writer has met."""
        figures = self.control.stats().get(name, {"tracks": []})
        return {str(track["name"]) for track in figures["tracks"] if track["readers"]}


class Client:
    """A connection of its own to the server. A context manager."""

    def __init__(self, address: str, *options: tuple[str, Any], token: str = "") -> None:
        self.channel = grpc.insecure_channel(address, options=[*(OPTIONS | dict(options)).items()])
        self.streams = streams_pb2_grpc.StreamsStub(self.channel)  # type: ignore[no-untyped-call]
        self.media = media_pb2_grpc.MediaStub(self.channel)  # type: ignore[no-untyped-call]
        self.metadata = (("authorization", f"Bearer {token}"),) if token else ()

    def read(self, stream: str, *tracks: str, **fields: Any) -> Reading:
        """Read tracks."""
        request = media_pb2.ReadRequest(stream=stream, tracks=tracks, **fields)
        return Reading(
            self.media.Read(request, timeout=DEADLINE_S, wait_for_ready=True, metadata=self.metadata)
        )

    def watch(self) -> Steered:
        """Watch; nothing is read before the first order."""
        return Steered(self.media)

    def publish(self, stream: str, *tracks: streams_pb2.Track) -> Publishing:
        """Be a writer, once the node has accepted it."""
        return Publishing(self.media, stream, *tracks, metadata=self.metadata)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc: object) -> None:
        self.channel.close()


class Reading:
    """A call that is read."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.tracks: dict[str, streams_pb2.Track] = {}
        self.states: list[int] = []
        self.absent: list[str] = []
        self.lost: dict[str, int] = {}
        self._records: list[media_pb2.Record] = []

    def response(self) -> media_pb2.ReadResponse:
        """Return the next message, and note what stands in it."""
        found: media_pb2.ReadResponse = next(self.call)
        if found.HasField("track"):
            self.tracks[found.track.name] = found.track
        if found.HasField("stream"):
            self.states.append(found.stream.state)
        if found.HasField("lost"):
            self.lost[found.lost.track] = self.lost.get(found.lost.track, 0) + found.lost.records
        if found.absent:
            self.absent.append(found.absent)
        return found

    def record(self, track: str = "") -> media_pb2.Record:
        """Return the next record, of a track or any."""
        while True:
            while self._records:
                record = self._records.pop(0)
                if track in ("", record.track):
                    return record
            self._records = list(self.response().records)

    def until(self, true: Callable[[media_pb2.ReadResponse], bool]) -> media_pb2.ReadResponse:
        """Return the first message of which something is true."""
        while True:
            found = self.response()
            if true(found):
                return found

    def ended(self) -> tuple[grpc.StatusCode, str]:
        """Return how the call ends; what comes before that is noted, records are thrown away."""
        return ended(iter(self.response, None), self.call)


class Steered(Reading):
    """A call of Watch."""

    def __init__(self, media: media_pb2_grpc.MediaStub) -> None:
        self._orders: queue.SimpleQueue[media_pb2.WatchRequest | None] = queue.SimpleQueue()
        super().__init__(media.Watch(iter(self._orders.get, None), timeout=DEADLINE_S, wait_for_ready=True))
        self._id = 0

    def order(self, order: media_pb2.WatchRequest) -> None:
        """Send an order as it is."""
        self._orders.put(order)

    def read(self, stream: str, *tracks: str, **fields: Any) -> None:
        """Order to read this from now on, and come to the fence."""
        self._follow(
            media_pb2.WatchRequest(read=media_pb2.ReadRequest(stream=stream, tracks=tracks, **fields))
        )

    def pause(self) -> None:
        """Pause, and come to the fence."""
        self._follow(media_pb2.WatchRequest(pause=media_pb2.Pause()))

    def resume(self) -> None:
        """Go on, and come to the fence."""
        self._follow(media_pb2.WatchRequest(resume=media_pb2.Resume()))

    def close(self) -> None:
        """Give no more orders."""
        self._orders.put(None)

    def _follow(self, order: media_pb2.WatchRequest) -> None:
        self._id += 1
        order.id = self._id
        self._orders.put(order)
        self._records = []
        while True:
            found = self.response()
            if found.HasField("applied"):
                assert found.applied.id == self._id
                return


class Publishing:
    """A call of Publish that was accepted."""

    def __init__(
        self,
        media: media_pb2_grpc.MediaStub,
        stream: str,
        *tracks: streams_pb2.Track,
        metadata: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self._requests: queue.SimpleQueue[media_pb2.PublishRequest | None] = queue.SimpleQueue()
        requests = iter(self._requests.get, None)
        self.call = media.Publish(requests, timeout=DEADLINE_S, wait_for_ready=True, metadata=metadata)
        self.send(open=media_pb2.PublishOpen(stream=stream, label="a test"))
        for track in tracks:
            self.send(track=track)
        assert next(self.call).WhichOneof("what") == "accepted"

    def send(self, **what: Any) -> None:
        """Send a message: open, track, record, ready or finish."""
        self._requests.put(media_pb2.PublishRequest(**what))

    def record(self, track: str, payload: bytes, **fields: Any) -> None:
        """Send a record."""
        self.send(record=media_pb2.Record(track=track, payload=payload, **fields))

    def close(self) -> None:
        """Send no more."""
        self._requests.put(None)

    def ended(self) -> tuple[grpc.StatusCode, str]:
        """Return how the call ends."""
        return ended(self.call, self.call)


def ended(responses: Iterator[Any], call: Any) -> tuple[grpc.StatusCode, str]:
    """Return the status and the sentence with which a call ends."""
    try:
        for _ in responses:
            pass
    except grpc.RpcError as error:
        return error.code(), str(error.details())
    return call.code(), str(call.details())


def refused(ask: Callable[[], Any]) -> tuple[grpc.StatusCode, str]:
    """Return the status and the sentence with which a call of one answer is refused."""
    try:
        found = ask()
    except grpc.RpcError as error:
        return error.code(), str(error.details())
    raise AssertionError(f"it was not refused: {found}")


def packets(count: int, *, size: int = 1000, gop: int = 10) -> Iterator[tuple[bytes, bool]]:
    """Give payloads that say their number in the first four bytes, and whether each is a key frame."""
    for number in range(count):
        yield number.to_bytes(4, "big") + bytes(size - 4), number % gop == 0


def number_of(record: media_pb2.Record) -> int:
    """The number in a payload of `packets`."""
    return int.from_bytes(record.payload[:4], "big")
