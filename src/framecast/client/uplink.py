"""The process that carries a published stream to another node: a reader here, a writer there. `python -m framecast.client.uplink`.

The program writes to its own node's shared memory, as always; this process reads what somebody over there wants, and nothing else.
A slow network therefore costs old pictures and never the program's time. gRPC and its threads stay out of the program.
Settings come as one JSON line on stdin, news go out as JSON lines on stdout. It ends when stdin does: what is on its way is
still sent, for a moment.
"""

from __future__ import annotations

import json
import logging
import os
import select
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep

from framecast import process
from framecast.bus import Record, Subscriber, to_node
from framecast.client.node import NodeClient
from framecast.errors import (
    Broken,
    Closed,
    Conflict,
    Ended,
    FramecastError,
    NodeUnavailable,
    NotFound,
    WouldBlock,
)
from framecast.model import Flag, Kind, Meta, Policy, Source, State, Subscription, TrackInfo, TrackName
from framecast.peer.address import PeerAddress
from framecast.peer.messages import record_to, track_to
from framecast.peer.peer import Peer, Publishing
from framecast.v1 import media_pb2

# What waits for the network, by kind: pictures the newest only; packets lose whole groups of pictures.
_DEPTH = {Kind.FRAMES: 0, Kind.PACKETS: 64, Kind.SAMPLES: 128, Kind.DATA: 512}
_FIRST_RETRY_S = 0.1
_LAST_RETRY_S = 2.0
# After a cut the other node may take this long to notice that the old connection is dead, and holds the name.
_GHOST_S = 15.0
_ASK_EVERY_S = 5.0
_FIRST_ANSWER_S = 5.0
_ANSWER_S = 10.0  # behind large pictures on a slow network
_LOOK_S = 0.5
# At the end: nothing came for so long, or it took so long altogether.
_QUIET_S = 0.3
_DRAIN_S = 2.0
_ANSWER_END_S = 2.0
_PASSING = (NodeUnavailable, WouldBlock, Broken, Closed)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """What is carried: stream `name` of the node at `socket`, to `address`. `patient`: it was accepted before."""

    socket: Path
    name: str
    address: PeerAddress
    label: str
    patient: bool

    @classmethod
    def read(cls, line: str) -> Task:
        """Return the task that stands in a line of JSON."""
        fields = json.loads(line)
        address = PeerAddress.parse(Source(fields["address"]))
        return cls(Path(fields["socket"]), fields["name"], address, fields["label"], fields["patient"])


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


class Uplink:
    """Keeps the connection for as long as the program publishes."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.closing = threading.Event()
        self.tracks: dict[str, TrackInfo] = {}  # of the stream here
        self.ready = False  # these are all
        self.meant = False  # the end of it
        self._session: _Session | None = None
        self._closing_at: float | None = None
        # When a connection that had been accepted was lost: of this process, or of one before it that died.
        self._connected_at: float | None = monotonic() if task.patient else None

    def run(self) -> None:
        """Carry until the program is finished, or until it can never go on."""
        threading.Thread(target=self._hear_program, name="program", daemon=True).start()
        threading.Thread(target=self._watch_stream, name="stream", daemon=True).start()
        delay_s = _FIRST_RETRY_S
        while not self.closing.is_set():
            with Peer(self.task.address) as peer:
                session = self._session = _Session(self, peer)
                try:
                    session.run()
                    return
                except FramecastError as error:
                    if session.accepted:
                        self._connected_at, delay_s = monotonic(), _FIRST_RETRY_S
                    if not self._may_pass(error):
                        say(event="error", error=type(error).__name__, message=str(error))
                        return
                    say(event="lost", message=str(error))
            self.closing.wait(delay_s)
            delay_s = min(2 * delay_s, _LAST_RETRY_S)

    def _may_pass(self, error: FramecastError) -> bool:
        """True where trying again may help."""
        if self._connected_at is None:
            return False
        is_ghost = isinstance(error, Conflict) and monotonic() - self._connected_at < _GHOST_S
        return is_ghost or isinstance(error, _PASSING)

    def wake(self) -> None:
        """Have the session look at what has changed. Any thread."""
        if self._session is not None:
            self._session.wake()

    def is_drained(self, heard_at: float, is_over: bool) -> bool:
        """True where the program is finished and nothing comes any more, or for too long something has."""
        if self._closing_at is None:
            return False
        now = monotonic()
        is_quiet = now - max(heard_at, self._closing_at) > _QUIET_S
        return is_over or is_quiet or now - self._closing_at > _DRAIN_S

    def _hear_program(self) -> None:
        self.meant = "finish" in sys.stdin.read().split()
        self._closing_at = monotonic()
        self.closing.set()
        self.wake()
        sleep(_DRAIN_S + _ANSWER_END_S)
        os._exit(0)  # the other node does not take the rest

    def _watch_stream(self) -> None:
        """Follow which tracks the program announces."""
        while not self.closing.is_set():
            with suppress(FramecastError), NodeClient(socket=self.task.socket) as node:
                for change in node.watch():
                    if change.name == self.task.name and change.status is not None:
                        self.tracks = {info.name: info for info in change.status.tracks}
                        self.ready = change.status.state is State.LIVE
                        self.wake()
            self.closing.wait(_LOOK_S)


class _Session:
    """One call of Publish. `run` hears what the other node says; `_requests` runs in a thread of gRPC's."""

    def __init__(self, uplink: Uplink, peer: Peer) -> None:
        self.accepted = False
        self._uplink = uplink
        self._peer = peer
        self._wanted: frozenset[str] = frozenset()
        self._over = threading.Event()
        self._failure: FramecastError | None = None
        self._lanes: dict[str, _Lane] = {}
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
        self._ask_first()
        call = self._peer.publish(self._requests())
        threading.Thread(target=self._check_alive, args=(call,), name="alive", daemon=True).start()
        try:
            for answer in call:
                self._take(answer)
        except Closed as error:
            raise self._failure or error from error
        finally:
            self._over.set()
            self.wake()
        if not self._uplink.closing.is_set():
            raise NodeUnavailable(f"{self._uplink.task.address.url} has ended the connection")

    def _ask_first(self) -> None:
        """A question of its own has a deadline, which the call that publishes cannot have."""
        try:
            self._peer.node(_FIRST_ANSWER_S)
        except WouldBlock as error:
            url = self._uplink.task.address.url
            raise NodeUnavailable(f"no node answers at {url} within {_FIRST_ANSWER_S:g} s") from error

    def _take(self, answer: media_pb2.PublishResponse) -> None:
        kind = answer.WhichOneof("what")
        if kind == "accepted":
            self.accepted = True
            say(event="accepted")
        elif kind == "demand":
            self._wanted = frozenset(answer.demand.tracks)
        self.wake()

    def _check_alive(self, call: Publishing) -> None:
        """A cut network says nothing at all: ask."""
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
        task = self._uplink.task
        try:
            yield media_pb2.PublishRequest(
                open=media_pb2.PublishOpen(stream=task.address.stream, label=task.label)
            )
            yield from self._records()
        except Exception:
            log.exception("what is published cannot be read")
            raise
        finally:
            for lane in self._lanes.values():
                lane.close()
            self._epoll.close()

    def _records(self) -> Iterator[media_pb2.PublishRequest]:
        is_ready = False
        heard_at = monotonic()
        while not self._over.is_set():
            yield from self._declare()
            if self._uplink.ready and self._declared and not is_ready:
                is_ready = True
                yield media_pb2.PublishRequest(ready=media_pb2.PublishReady())
            self._follow_demand()
            found = False
            for lane in self._lanes.values():
                for request in lane.take():
                    found, heard_at = True, monotonic()
                    yield request
            if self._uplink.is_drained(heard_at, all(lane.is_over for lane in self._lanes.values())):
                if self._uplink.meant:
                    yield media_pb2.PublishRequest(finish=media_pb2.PublishFinish())
                return
            if not found:
                self._sleep()

    def _declare(self) -> Iterator[media_pb2.PublishRequest]:
        """Describe each track before its first record: so that it can be wanted."""
        if self._uplink.tracks is self._seen:
            return
        self._seen = self._uplink.tracks
        self._plan = carried(self._seen, self._uplink.task.address)
        for name, (_, info) in self._plan.items():
            if name not in self._declared:
                self._declared[name] = info
                yield media_pb2.PublishRequest(track=track_to(info))

    def _follow_demand(self) -> None:
        wanted = self._wanted & self._declared.keys()
        for name in self._lanes.keys() - wanted:
            self._lanes.pop(name).close(self._epoll)
        for name in wanted - self._lanes.keys():
            here, _ = self._plan.get(name, ("", None))
            if here:
                with suppress(NodeUnavailable, Broken):  # the program is gone, and this process soon, too
                    self._lanes[name] = _Lane(name, here, self._uplink.task, self._epoll)

    def _sleep(self) -> None:
        for number, _ in self._epoll.poll(_QUIET_S / 2 if self._uplink.closing.is_set() else _LOOK_S):
            if number == self._right.fileno():
                self._right.recv(4096)


class _Lane:
    """One track on its way. Belongs to one thread."""

    def __init__(self, name: str, here: str, task: Task, epoll: select.epoll) -> None:
        track = TrackName.parse(here)
        wish = Subscription(task.name, track, Policy(_DEPTH[track.kind]), label=task.label, wait=True)
        self._name = name
        self._subscriber: Subscriber | None = Subscriber(wish, to_node(task.socket))
        self._info: TrackInfo | None = None
        epoll.register(self._subscriber.fileno(), select.EPOLLIN)

    @property
    def is_over(self) -> bool:
        """True where nothing will come any more."""
        return self._subscriber is None

    def take(self) -> Iterator[media_pb2.PublishRequest]:
        """Yield the next record, if one is there, and before it what it is, if that is news."""
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


def say(**news: str) -> None:
    """Tell the program something; it may be gone already."""
    with suppress(OSError):
        print(json.dumps(news), flush=True)  # noqa: T201  this process speaks by lines


def main() -> int:
    """Do what stands on stdin."""
    process.rename("fc-uplink")
    Uplink(Task.read(sys.stdin.readline())).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
