"""The ways in which records reach clients, each with a real encoding, for the conformance suite.

A server that gets another encoding or transport adds its `Delivery` to `DELIVERIES`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from copy import copy
from functools import cache
from types import SimpleNamespace
from typing import Any

from framecast.fanout.cursor import Cursor
from framecast.fanout.log import Limits, Log, limits_for
from framecast.fanout.loss import Loss, loss_of
from framecast.fanout.send_queue import Bounds, Buffers, Flow, SendQueue
from framecast.media.fmp4 import Fmp4Muxer, Fragment
from framecast.model import Kind, TrackInfo, TrackName
from framecast.protocols.websocket import Opcode, framed
from framecast.servers.rpc.encoder import Batch, Encoder
from framecast.servers.rpc.responses import Responses
from framecast.servers.web.live.fragments import Fragments
from framecast.servers.web.live.jpeg_picture import JpegPicture
from framecast.servers.zmq import encoder as zmq
from framecast.servers.zmq.dialect import Native
from framecast.servers.zmq.message import Message
from framecast.v1 import media_pb2
from tests.fanout.records import NUMBER, number_in, record_of

MiB = 1 << 20
VIDEO = TrackInfo("video", Kind.PACKETS, codec="h264", width=1920, height=1080)
JPEG = TrackInfo("jpeg/80", Kind.PACKETS, codec="mjpeg", width=1920, height=1080)
SOUND = TrackInfo("audio", Kind.PACKETS, codec="aac", sample_rate=48000, channels=2)
BOUNDS = Bounds()


class Client(ABC):
    """A client that reads when the test says so."""

    @abstractmethod
    def read(self) -> list[int]:
        """Take everything that is there, and return the numbers of the records."""

    @property
    @abstractmethod
    def lost(self) -> int:
        """What it was told to have lost so far."""

    @abstractmethod
    def objects(self) -> list[int]:
        """Return the identities of what it was sent so far: equal ones are shared with other clients."""

    @abstractmethod
    def close(self) -> None:
        """Leave."""


class Delivery(ABC):
    """One encoding and one way of delivery. `most_bytes`: held at most, with `clients` that do not read.

    `counts_groups`: what is lost is counted in groups of pictures, not in records.
    """

    loss: Loss
    counts_groups = False

    @abstractmethod
    def publish(self, number: int, size: int, *, is_key: bool) -> None:
        """Hand one record to all clients."""

    @abstractmethod
    def join(self) -> Client:
        """Return a new client."""

    @property
    @abstractmethod
    def held_bytes(self) -> int:
        """What is held for clients now."""

    @abstractmethod
    def most_bytes(self, clients: int) -> int:
        """What is held for so many clients at most."""


# --- pull: gRPC


class GrpcClient(Client):
    """A call that takes messages from its place in the log."""

    def __init__(self, feed: Any) -> None:
        self._responses = Responses(feed)
        self._lost = 0
        self._messages: list[bytes] = []

    def read(self) -> list[int]:
        numbers = []
        while (message := self._responses.take()) is not None:
            self._messages.append(message)
            response = media_pb2.ReadResponse.FromString(message)
            self._lost += response.lost.records
            numbers += [number_in(record.payload) for record in response.records]
        return numbers

    @property
    def lost(self) -> int:
        return self._lost

    def objects(self) -> list[int]:
        return list(map(id, self._messages))

    def close(self) -> None:
        self._responses.close()


class GrpcMessages(Delivery):
    """Messages of `framecast.v1.Media.Read`."""

    def __init__(self, info: TrackInfo, loss: Loss) -> None:
        self.loss = loss
        self._info = info
        self._log: Log[Batch] = Log(limits_for([info.kind], 512))
        self._encoder = Encoder(self._log, [info.name], [loss is Loss.NEWEST], lambda _: None)
        self._feed = SimpleNamespace(log=self._log, loss=loss, names=[info.name], status=b"", absent=[])

    def publish(self, number: int, size: int, *, is_key: bool) -> None:
        self._encoder.add(0, record_of(self._info, number, size, is_key=is_key))
        self._encoder.flush()

    def join(self) -> Client:
        return GrpcClient(self._feed)

    @property
    def held_bytes(self) -> int:
        return self._log.bytes

    def most_bytes(self, clients: int) -> int:
        return 32 * MiB


# --- pull: ZeroMQ


class ZmqClient(Client):
    """A subscriber that takes messages from its place in the log."""

    def __init__(self, log: Log[Message], loss: Loss) -> None:
        self._cursor = Cursor(log, loss, None if log.start >= 0 else log.counts)
        self._lost = 0
        self._messages: list[Message] = []

    def read(self) -> list[int]:
        numbers = []
        while (entry := self._cursor.take()) is not None:
            assert entry.message is not None
            self._messages.append(entry.message)
            self._lost += self._cursor.dropped
            numbers.append(number_in(bytes(entry.message.payload)))
        return numbers

    @property
    def lost(self) -> int:
        return self._lost

    def objects(self) -> list[int]:
        return list(map(id, self._messages))

    def close(self) -> None:
        self._cursor.close()


class ZmqMessages(Delivery):
    """Multipart messages, as docs/reference/zeromq.md has them."""

    def __init__(self, info: TrackInfo) -> None:
        track = TrackName.parse(info.name)
        self.loss = loss_of(track)
        self._info = info
        self._log: Log[Message] = Log(zmq.limits_of(self.loss))
        self._encoder = zmq.Encoder(self._log, ("door", track), Native())

    def publish(self, number: int, size: int, *, is_key: bool) -> None:
        self._encoder.add(record_of(self._info, number, size, is_key=is_key))

    def join(self) -> Client:
        return ZmqClient(self._log, self.loss)

    @property
    def held_bytes(self) -> int:
        return self._log.bytes

    def most_bytes(self, clients: int) -> int:
        return zmq.GROUPS_BYTES


# --- push


class Wire:
    """A transport whose other end reads when the test says so."""

    def __init__(self) -> None:
        self.unsent: list[bytes] = []
        self.sent: list[bytes] = []

    def writelines(self, list_of_data: Iterable[bytes], /) -> None:
        self.unsent += list_of_data

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self.unsent))

    def is_closing(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int | None = None) -> None:
        """The queue asks itself."""


class PushedClient(Client):
    """A connection with a send queue."""

    def __init__(self, delivery: Pushed) -> None:
        self._delivery = delivery
        self._wire = Wire()
        self.queue = SendQueue(self._wire, bounds=delivery.bounds)
        self.flow = Flow(self._on_lost, delivery.loss)
        self._lost = 0

    def _on_lost(self) -> None:
        self._lost += 1

    def read(self) -> list[int]:
        numbers = []
        while self._wire.unsent:
            buffer = self._wire.unsent.pop(0)
            self._wire.sent.append(buffer)
            numbers += self._delivery.decode(buffer)
            self.queue.on_writable()
        return numbers

    @property
    def lost(self) -> int:
        return self._lost

    def objects(self) -> list[int]:
        return list(map(id, self._wire.sent))

    def close(self) -> None:
        self.queue.leave(self.flow)
        self._wire.unsent.clear()
        self._delivery.clients.discard(self)


class Pushed(Delivery):
    """One log for clients that join, and one pass over all connections for each record; `encode` makes the buffers."""

    def __init__(
        self,
        loss: Loss,
        encode: Callable[[bytes], Buffers],
        decode: Callable[[bytes], list[int]],
        bounds: Bounds = BOUNDS,
    ) -> None:
        self.loss = loss
        self.counts_groups = loss is Loss.GROUPS
        self.decode = decode
        self.bounds = bounds
        self.clients: set[PushedClient] = set()
        self._encode = encode
        self._log: Log[Buffers] = Log(Limits(0, 0, 3 * MiB))

    def publish(self, number: int, size: int, *, is_key: bool) -> None:
        buffers = self._encode(NUMBER.pack(number) + bytes(size - NUMBER.size))
        entry = self._log.add(buffers, sum(map(len, buffers)), starts=is_key)
        if self.loss is Loss.NEWEST:
            self._log.only_newest(0, entry)
        for client in self.clients:
            client.queue.offer(client.flow, buffers, entry.size, starts=is_key)

    def join(self) -> Client:
        client = PushedClient(self)
        kept = Cursor(self._log)
        while (entry := kept.take()) is not None:
            assert entry.message is not None
            client.queue.offer(client.flow, entry.message, entry.size, starts=entry.starts)
        kept.close()
        self.clients.add(client)
        return client

    @property
    def held_bytes(self) -> int:
        return self._log.bytes + sum(client.queue.held_bytes for client in self.clients)

    def most_bytes(self, clients: int) -> int:
        return 3 * MiB + clients * (self.bounds.held + MiB)


def _websocket_number(buffer: bytes) -> list[int]:
    return [number_in(buffer[10 if buffer[1] == 127 else 4 if buffer[1] == 126 else 2 :])]


def pushed_groups() -> Delivery:
    """Return packets as WebSocket messages."""
    return Pushed(Loss.GROUPS, lambda data: (framed(Opcode.BINARY, data),), _websocket_number)


def pushed_pictures() -> Delivery:
    """Return pictures, of which only the newest waits, behind one that is on its way."""
    return Pushed(Loss.NEWEST, lambda data: (data,), lambda data: [number_in(data)], Bounds(transport=0))


def pushed_queue() -> Delivery:
    """Return records of which a slow client loses the oldest."""
    return Pushed(Loss.QUEUE, lambda data: (data,), lambda data: [number_in(data)])


def live_mp4() -> Delivery:
    """Return fragments of live MP4 as a player gets them: WebSocket messages on its own time line."""
    return Pushed(Loss.GROUPS, lambda data: _fragments(data).messages(0)[0], _payload_number)


def live_mp4_file() -> Delivery:
    """Return fragments of live MP4 as a file without end."""
    return Pushed(Loss.GROUPS, lambda data: _fragments(data).buffers(0)[0], _payload_number)


def live_mp4_of_a_wall() -> Delivery:
    """Return fragments of live MP4 that begin with a number: the same bytes for all walls."""
    return Pushed(
        Loss.GROUPS,
        lambda data: (_fragments(data).numbered(1, "door"),),
        lambda message: [number_in(message[message.index(b"mdat") + 4 :])],
    )


def multipart_jpeg() -> Delivery:
    """Return pictures as parts of a multipart body."""
    return Pushed(
        Loss.NEWEST,
        lambda data: (JpegPicture(data, 0, 0).data,),
        lambda part: [number_in(part[part.index(b"\r\n\r\n") + 4 :])],
        Bounds(transport=0),
    )


def _fragments(data: bytes) -> Fragments:
    """Return a payload as the live MP4 sends it."""
    fragment = copy(_fragment())
    fragment.payload = data
    return Fragments((fragment,), 0, opens=False, has_clock=False)


@cache
def _fragment() -> Fragment:
    found = Fmp4Muxer(None, SOUND).mux(record_of(SOUND, 0, 16))
    assert found is not None
    return found


def _payload_number(buffer: bytes) -> list[int]:
    """Return the number in a payload; heads of boxes and messages are much smaller, and have none."""
    return [number_in(buffer)] if len(buffer) > 1000 else []


DELIVERIES: dict[str, Callable[[], Delivery]] = {
    "gRPC packets": lambda: GrpcMessages(VIDEO, Loss.GROUPS),
    "gRPC pictures": lambda: GrpcMessages(JPEG, Loss.NEWEST),
    "gRPC queue": lambda: GrpcMessages(SOUND, Loss.QUEUE),
    "ZeroMQ packets": lambda: ZmqMessages(VIDEO),
    "ZeroMQ pictures": lambda: ZmqMessages(JPEG),
    "ZeroMQ queue": lambda: ZmqMessages(SOUND),
    "pushed WebSocket messages": pushed_groups,
    "pushed pictures": pushed_pictures,
    "pushed queue": pushed_queue,
    "live MP4": live_mp4,
    "live MP4 as a file": live_mp4_file,
    "live MP4 of a wall": live_mp4_of_a_wall,
    "multipart JPEG": multipart_jpeg,
}


def delivery_of(name: str) -> Delivery:
    """Return a new delivery of that name."""
    return DELIVERIES[name]()
