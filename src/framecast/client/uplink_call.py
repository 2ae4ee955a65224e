"""One call of Publish to another node: tracks that somebody reads there are read here, and go out as the network takes them.

Runs in the process `uplink`. `run` hears what the other node says; a thread of gRPC's own takes the next record whenever the one
before has gone out, so nothing piles up here: what waits, waits on the bus, by its rules.
"""

from __future__ import annotations

import logging
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic

from framecast.bus import Record, Subscriber, to_node
from framecast.errors import Broken, Closed, Ended, FramecastError, NodeUnavailable, NotFound, WouldBlock
from framecast.model import Flag, Kind, Meta, Policy, Subscription, TrackInfo, TrackName
from framecast.peer.address import PeerAddress
from framecast.peer.peer import Peer, Publishing
from framecast.protocols.grpc import record_to, track_to
from framecast.v1 import media_pb2

# What waits for the network, by kind: pictures the newest only; packets lose whole groups of pictures.
_DEPTH = {Kind.FRAMES: 0, Kind.PACKETS: 64, Kind.SAMPLES: 128, Kind.DATA: 512}
_ASK_EVERY_S = 5.0
_FIRST_ANSWER_S = 5.0
_ANSWER_S = 10.0  # behind large pictures on a slow network
_LOOK_S = 0.5
# At the end: nothing came for this long, or it took this long altogether.
_QUIET_S = 0.3
DRAIN_S = 2.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Outgoing:
    """What is carried, as it is known now: stream `name` of the node at `socket`, to `address`.

    Written by the threads of `Uplink`, read by the call.
    """

    socket: Path
    name: str
    address: PeerAddress
    label: str
    tracks: dict[str, TrackInfo] = field(default_factory=dict)
    ready: bool = False  # these are all
    meant: bool = False  # the end of it
    closing_at: float | None = None  # CLOCK_MONOTONIC seconds: when the program had finished

    def is_drained(self, looked_at: float, went_at: float, is_over: bool) -> bool:
        """True if the program is finished and nothing comes any more, or for too long something has.

        `looked_at` is when the tracks were last asked, `went_at` when the newest record had gone out: on a slow network that takes
        its time, and what waits meanwhile was not silent.
        """
        if self.closing_at is None:
            return False
        is_quiet = looked_at - max(went_at, self.closing_at) > _QUIET_S
        return is_over or is_quiet or monotonic() - self.closing_at > DRAIN_S


def carried(tracks: dict[str, TrackInfo], address: PeerAddress) -> dict[str, tuple[str, TrackInfo]]:
    """Return for each track over there which one here it is made of, and what is known of it before the first record.

    Pictures go as H.264 unless they are wanted bare or as JPEG; packets, sound and data go as they are.
    """
    found: dict[str, tuple[str, TrackInfo]] = {}
    for name in ("video", "audio", "samples", "data"):
        if name in tracks:
            found[name] = (name, replace(tracks[name], epoch=0))
    frames = tracks.get("frames")
    if frames is not None and address.raw:
        found["frames"] = ("frames", replace(frames, epoch=0))
    elif frames is not None and "video" not in tracks:
        picture = frames.picture
        size = (picture.width, picture.height) if picture else (frames.width, frames.height)
        codec, here = ("mjpeg", f"jpeg/{address.jpeg}") if address.jpeg else ("h264", "video/h264")
        info = TrackInfo(
            "video", Kind.PACKETS, frames.time_base, codec, width=size[0], height=size[1], rate=frames.rate
        )
        found["video"] = (here, info)
    return found


class UplinkCall:
    """One call. `on_accepted` hears that the other node has the stream, `on_awaited` whether somebody waits for it to begin."""

    def __init__(
        self,
        outgoing: Outgoing,
        peer: Peer,
        on_accepted: Callable[[], None],
        on_awaited: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self.accepted = False
        self._outgoing = outgoing
        self._on_accepted = on_accepted
        self._on_awaited = on_awaited
        self._peer = peer
        self._wanted: frozenset[str] = frozenset()
        self._over = threading.Event()
        self._is_read = False  # gRPC's thread has begun, and closes what it uses
        self._failure: FramecastError | None = None
        self._tracks: dict[str, _OutgoingTrack] = {}
        self._declared: dict[str, TrackInfo] = {}
        self._seen: dict[str, TrackInfo] | None = None
        self._plan: dict[str, tuple[str, TrackInfo]] = {}
        self._epoll = select.epoll()
        self._left, self._right = socket.socketpair()
        self._left.setblocking(False)
        self._epoll.register(self._right, select.EPOLLIN)

    def wake(self) -> None:
        """Have `_requests` look again. Any thread."""
        with suppress(OSError):
            self._left.send(b"x")

    def run(self) -> None:
        """Publish until the program is finished.

        Raises:
            FramecastError: why the call ended before.
        """
        try:
            self._ask_first()
            call = self._peer.publish(self._requests())
            threading.Thread(target=self._check_alive, args=(call,), name="alive", daemon=True).start()
            for answer in call:
                self._take(answer)
        except Closed as error:
            raise self._failure or error from error
        finally:
            self._over.set()
            self.wake()
            if not self._is_read:
                self._close()
        if self._outgoing.closing_at is None:
            raise NodeUnavailable(f"{self._outgoing.address.url} has ended the connection")

    def _ask_first(self) -> None:
        """A question of its own has a deadline, which the call that publishes cannot have."""
        try:
            self._peer.node(_FIRST_ANSWER_S)
        except WouldBlock as error:
            url = self._outgoing.address.url
            raise NodeUnavailable(f"no node answers at {url} within {_FIRST_ANSWER_S:g} s") from error

    def _take(self, answer: media_pb2.PublishResponse) -> None:
        kind = answer.WhichOneof("what")
        if kind == "accepted":
            self.accepted = True
            self._on_accepted()
        elif kind == "demand":
            self._wanted = frozenset(answer.demand.tracks)
            self._on_awaited(answer.demand.waiting)
        self.wake()

    def _check_alive(self, call: Publishing) -> None:
        """A cut network sends nothing at all: ask."""
        while not self._over.wait(_ASK_EVERY_S):
            try:
                self._peer.node(_ANSWER_S)
            except (NodeUnavailable, WouldBlock) as error:
                self._failure = error
                call.cancel()
                return
            except FramecastError:
                continue

    # --- in gRPC's thread

    def _requests(self) -> Iterator[media_pb2.PublishRequest]:
        task, self._is_read = self._outgoing, True
        try:
            yield media_pb2.PublishRequest(
                open=media_pb2.PublishOpen(stream=task.address.stream, label=task.label)
            )
            yield from self._records()
        except Exception:
            log.exception("the published stream is not readable")
            raise
        finally:
            self._close()

    def _close(self) -> None:
        for track in self._tracks.values():
            track.close()
        for one in (self._epoll, self._left, self._right):
            one.close()

    def _records(self) -> Iterator[media_pb2.PublishRequest]:
        is_ready = False
        went_at = monotonic()
        while not self._over.is_set():
            yield from self._declare()
            if self._outgoing.ready and self._declared and not is_ready:
                is_ready = True
                yield media_pb2.PublishRequest(ready=media_pb2.PublishReady())
            self._follow_demand()
            found, looked_at = False, monotonic()
            for track in self._tracks.values():
                for request in track.take():
                    yield request
                    found, went_at = True, monotonic()
            if self._outgoing.is_drained(
                looked_at, went_at, all(track.is_over for track in self._tracks.values())
            ):
                if self._outgoing.meant:
                    yield media_pb2.PublishRequest(finish=media_pb2.PublishFinish())
                return
            if not found:
                self._sleep()

    def _declare(self) -> Iterator[media_pb2.PublishRequest]:
        """Describe each track before its first record: so that it can be wanted."""
        if self._outgoing.tracks is self._seen:
            return
        self._seen = self._outgoing.tracks
        self._plan = carried(self._seen, self._outgoing.address)
        for name, (_, info) in self._plan.items():
            if name not in self._declared:
                self._declared[name] = info
                yield media_pb2.PublishRequest(track=track_to(info))

    def _follow_demand(self) -> None:
        wanted = self._wanted & self._declared.keys()
        for name in self._tracks.keys() - wanted:
            self._tracks.pop(name).close(self._epoll)
        for name in wanted - self._tracks.keys():
            here, _ = self._plan.get(name, ("", None))
            if here:
                with suppress(NodeUnavailable, Broken):  # the program is gone, and this process soon, too
                    self._tracks[name] = _OutgoingTrack(name, here, self._outgoing, self._epoll)

    def _sleep(self) -> None:
        for number, _ in self._epoll.poll(_QUIET_S / 2 if self._outgoing.closing_at is not None else _LOOK_S):
            if number == self._right.fileno():
                self._right.recv(4096)


class _OutgoingTrack:
    """One track on its way. Belongs to one thread."""

    def __init__(self, name: str, here: str, task: Outgoing, epoll: select.epoll) -> None:
        track = TrackName.parse(here)
        subscription = Subscription(task.name, track, Policy(_DEPTH[track.kind]), label=task.label, wait=True)
        self._name = name
        self._subscriber: Subscriber | None = Subscriber(subscription, to_node(task.socket))
        self._info: TrackInfo | None = None
        epoll.register(self._subscriber.fileno(), select.EPOLLIN)

    @property
    def is_over(self) -> bool:
        """True if nothing will come any more."""
        return self._subscriber is None

    def take(self) -> Iterator[media_pb2.PublishRequest]:
        """Yield the next record, if one is there, and before it its description, if that is new."""
        if self._subscriber is None:
            return
        try:
            record = self._subscriber.read(0)
        except WouldBlock:
            return
        except (Ended, NotFound, Closed):
            self.close()
            return
        if record.info is not self._info:
            self._info = record.info
            yield media_pb2.PublishRequest(track=track_to(replace(record.info, name=self._name, epoch=0)))
        yield media_pb2.PublishRequest(record=_message(self._name, record))

    def close(self, epoll: select.epoll | None = None) -> None:
        """Let the track go. Idempotent."""
        if self._subscriber is not None:
            if epoll is not None:
                epoll.unregister(self._subscriber.fileno())
            self._subscriber.close()
            self._subscriber = None


def _message(track: str, record: Record) -> media_pb2.Record:
    flags = record.flags | (Flag.DISCONTINUITY if record.dropped else Flag.NONE)
    meta = Meta(
        record.pts,
        record.captured_at,
        record.arrived_ns,
        record.clock,
        record.dts,
        record.duration,
        flags,
    )
    payload = record.payload
    return record_to(track, meta, payload if isinstance(payload, bytes) else payload.tobytes())
