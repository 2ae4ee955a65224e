"""A connection to another node by gRPC: questions, reading its tracks, publishing to it.

Calls block their thread and are cancelled from any other; `close` ends all of them. gRPC has threads of its own: never import
this in a process that is forked afterwards. A connection that was lost comes back by itself at the next call; what a stream of
records does then is decided above.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Generic, Self, TypeVar

import grpc

from framecast.errors import Closed, FramecastError, Invalid, NodeUnavailable
from framecast.model import TrackInfo
from framecast.model.status import Status
from framecast.peer.address import PeerAddress
from framecast.peer.failure import translated
from framecast.protocols.grpc import Received, record_from, stream_from, track_from
from framecast.v1 import media_pb2, media_pb2_grpc, streams_pb2, streams_pb2_grpc

T = TypeVar("T")

ASK_S = 10.0
# A picture of 16384 x 16384 in i420 has 384 MiB.
MAX_MESSAGE_BYTES = 512 << 20
OPTIONS: tuple[tuple[str, int | str], ...] = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # Each connection fails and comes back for itself, within a second.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1000),
    ("grpc.max_reconnect_backoff_ms", 1000),
    # The node was dialled directly before: a proxy of the environment would be another way.
    ("grpc.enable_http_proxy", 0),
)


class Call(Generic[T]):
    """What a running call gives, one after the other, in one thread; `cancel` comes from any.

    Iteration ends where the other node ended the call cleanly.

    Raises:
        FramecastError: what the node answered, or that it is gone (see `failure`); Closed after `cancel`.
    """

    def __init__(self, peer: Peer, call: Any) -> None:  # noqa: ANN401  grpc's own has no type
        self._peer = peer
        self._call = call
        self._cancelled = False

    def messages(self) -> Iterator[Any]:
        """Yield the messages as they come."""
        try:
            with translated(self._peer.address):
                yield from self._call
        except NodeUnavailable as error:
            if self._cancelled or self._peer.closed:
                raise Closed(f"the call to {self._peer.address.url} was cancelled") from error
            raise

    def cancel(self) -> None:
        """End it now. Idempotent."""
        self._cancelled = True
        self._call.cancel()


class Watching(Call["tuple[str, Status | None]"]):
    """Streams and what happens to them: name and state, None if it was removed."""

    def __iter__(self) -> Iterator[tuple[str, Status | None]]:
        for event in self.messages():
            yield event.name, stream_from(event.stream) if event.HasField("stream") else None


class Reading(Call["TrackInfo | Received"]):
    """Records of tracks, and before the first of each epoch what they are."""

    def __iter__(self) -> Iterator[TrackInfo | Received]:
        for answer in self.messages():
            if answer.HasField("track"):
                yield track_from(answer.track)
            for record in answer.records:
                yield record_from(record)


class Publishing(Call["media_pb2.PublishResponse"]):
    """What the other node answers to a stream that is published there."""

    def __iter__(self) -> Iterator[media_pb2.PublishResponse]:
        yield from self.messages()


@dataclass(frozen=True, slots=True)
class SnapshotOptions:
    """What a picture should be: JPEG quality, (width, height) with 0 for "in proportion", and how old it may be."""

    quality: int
    size: tuple[int, int]
    max_age_s: float


class Peer:
    """The node at `address`. Made without dialling; any number of threads may share it. A context manager.

    `host` is the IP address to connect to if its name must not be resolved again; certificates are checked by the name.
    """

    def __init__(self, address: PeerAddress, host: str = "") -> None:
        self.address = address
        self._metadata = (("authorization", f"Bearer {address.token}"),) if address.token else ()
        self._channel = channel_to(address, host)
        self._streams: Any = streams_pb2_grpc.StreamsStub(self._channel)  # type: ignore[no-untyped-call]
        self._media: Any = media_pb2_grpc.MediaStub(self._channel)  # type: ignore[no-untyped-call]
        self.closed = False

    # --- questions

    def streams(self, timeout_s: float = ASK_S) -> list[Status]:
        """Return every stream of the node.

        Raises:
            NodeUnavailable: no node answers. So does every other question.
            Denied: the access token is missing or wrong. So does every other question.
            WouldBlock: it did not answer in time. So does every other question.
        """
        answer = self._start(self._streams.ListStreams, streams_pb2.ListStreamsRequest(), timeout_s)
        return [stream_from(stream) for stream in answer.streams]

    def stream(self, name: str, timeout_s: float = ASK_S) -> Status:
        """Return one stream.

        Raises:
            NotFound: the node has none of this name.
        """
        return stream_from(
            self._start(self._streams.GetStream, streams_pb2.GetStreamRequest(name=name), timeout_s)
        )

    def put(self, name: str, source: str, options: dict[str, str], timeout_s: float = ASK_S) -> None:
        """Add a stream or change it; `options` are the keys of `framecast.yaml` as texts.

        Raises:
            Invalid, Conflict: as `NodeClient.put`.
        """
        request = streams_pb2.PutStreamRequest(name=name, source=source, options=options)
        self._start(self._streams.PutStream, request, timeout_s)

    def remove(self, name: str, timeout_s: float = ASK_S) -> None:
        """Remove a stream.

        Raises:
            NotFound: the node has none of this name.
        """
        self._start(self._streams.RemoveStream, streams_pb2.RemoveStreamRequest(name=name), timeout_s)

    def restart(self, name: str, timeout_s: float = ASK_S) -> None:
        """Reconnect a stream now.

        Raises:
            NotFound: the node has none of this name.
        """
        self._start(self._streams.RestartStream, streams_pb2.RestartStreamRequest(name=name), timeout_s)

    def node(self, timeout_s: float = ASK_S) -> dict[str, Any]:
        """Return facts about the node: version, uptime_s, servers."""
        answer = self._start(self._streams.GetNode, streams_pb2.GetNodeRequest(), timeout_s)
        return {"version": answer.version, "uptime_s": answer.uptime_s, "servers": dict(answer.servers)}

    def snapshot(self, stream: str, options: SnapshotOptions, timeout_s: float = ASK_S) -> bytes:
        """Return the newest picture as JPEG.

        Raises:
            NotFound: the node has none of this name, or it has no pictures.
            SourceError: its source fails.
            WouldBlock: no picture came in time that is young enough.
        """
        request = media_pb2.SnapshotRequest(
            stream=stream,
            width=options.size[0],
            height=options.size[1],
            quality=options.quality,
            max_age_s=options.max_age_s,
        )
        return bytes(self._start(self._media.Snapshot, request, timeout_s).jpeg)

    # --- what goes on

    def watch(self, name: str = "", timeout_s: float | None = None) -> Watching:
        """Return what happens to one stream, or to all, beginning with how each is."""
        request = streams_pb2.WatchStreamsRequest(name=name)
        return Watching(self, self._start(self._streams.WatchStreams, request, timeout_s))

    def read(self, stream: str, track: str, policy: str = "") -> Reading:
        """Return the records of a track from now on: as `Reading` says."""
        request = media_pb2.ReadRequest(stream=stream, tracks=[track], policy=policy)
        return Reading(self, self._start(self._media.Read, request, None))

    def publish(self, requests: Iterator[media_pb2.PublishRequest]) -> Publishing:
        """Publish what `requests` gives; a thread of gRPC's takes one whenever the network has room for it."""
        return Publishing(self, self._start(self._media.Publish, requests, None))

    def close(self) -> None:
        """End all calls and the connection. Idempotent, from any thread."""
        self.closed = True
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _start(self, method: Any, request: Any, timeout_s: float | None) -> Any:  # noqa: ANN401  generated code has no types
        if self.closed:
            raise self._closed_error()
        try:
            with translated(self.address):
                return method(request, timeout=timeout_s, metadata=self._metadata)
        except NodeUnavailable as error:
            if self.closed:
                raise self._closed_error() from error
            raise
        except FramecastError:
            raise
        except ValueError as error:  # closed by another thread just now
            raise self._closed_error() from error

    def _closed_error(self) -> Closed:
        return Closed(f"the connection to {self.address.url} was closed")


def channel_to(
    address: PeerAddress, host: str = "", options: tuple[tuple[str, int | str], ...] = OPTIONS
) -> grpc.Channel:
    """Return a channel to a node, which dials at the first call."""
    target = address.target
    if host and host != address.host:
        target = replace(address, host=host).target
        target = f"ipv6:{target}" if ":" in host else f"ipv4:{target}"
        options = (*options, ("grpc.default_authority", address.target))
        if address.tls:
            options = (*options, ("grpc.ssl_target_name_override", address.host))
    try:
        if address.tls:
            return grpc.secure_channel(target, grpc.ssl_channel_credentials(), options=options)
        return grpc.insecure_channel(target, options=options)
    except (ValueError, UnicodeError) as error:
        raise Invalid(f"{address.url} is not an address that gRPC can connect to: {error}") from error
