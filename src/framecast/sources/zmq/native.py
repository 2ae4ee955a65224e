"""Messages in Framecast's own format become tracks: those of another node, or of any program that publishes them.

The source's thread. Every message is checked before anything of it is used; wrong messages are refused, counted and reported.
Nothing is ever unpickled. A payload is copied once, from libzmq's memory into the slot.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from fractions import Fraction
from time import monotonic

import numpy as np
import zmq

from framecast.bus import Publisher, TrackWriter
from framecast.clock import NS, Clock, Timeline, monotonic_ns
from framecast.errors import Closed, Invalid, NotEnoughMemory, SourceError
from framecast.model import Flag, Kind, Meta, State, StreamSpec, TrackInfo, TrackName
from framecast.model.data import joined, unpack
from framecast.model.envelope import Envelope, parse_topic, refused, topic_of
from framecast.sources import dial
from framecast.sources.discipline import Discipline
from framecast.sources.stamps import Shift, Stamps
from framecast.sources.zmq.address import NativeAddress
from framecast.sources.zmq.connection import Connection
from framecast.sources.zmq.refusals import Refusals, is_pickle

# The tracks to subscribe to if the address names no track.
AS_IT_IS = ("video", "audio", "data")
# Tracks that begin within this time after the first are announced together.
GRACE_S = 0.5
MAX_MESSAGE_BYTES = 256 << 20
_USUAL_RATE = 25
_USELESS_S = 3.0
_PICTURES_AHEAD = 2
_RECORDS_AHEAD = 1000


def run(publisher: Publisher, spec: StreamSpec, stop: threading.Event) -> None:
    """Publish what comes until the connection ends.

    Raises:
        SourceError: nobody answers, the keys are refused, it is cut or silent, or nothing that comes can be used.
        Invalid: the address is not valid.
    """
    address = NativeAddress.parse(spec.source)
    address = replace(address, host=dial.check_answers(spec.source, spec.timeout_s))
    pictures = address.track is not None and (
        address.track.kind is Kind.FRAMES or address.track.base == "jpeg"
    )
    most = min(MAX_MESSAGE_BYTES, spec.memory_limit_mb << 20)
    depth = _PICTURES_AHEAD if pictures else _RECORDS_AHEAD
    with Connection(listens=False, timeout_s=spec.timeout_s, max_bytes=most, depth=depth) as connection:
        connection.show(address)
        wanted = AS_IT_IS if address.track is None else (str(address.track),)
        connection.subscribe(*(topic_of(address.stream, track) for track in wanted))
        connection.open(address.endpoint)
        intake = Intake(publisher, spec, address)
        try:
            for frames in connection.messages(stop):
                if frames is not None:
                    intake.take(frames)
                intake.look(connection.connected)
        except Closed:
            stop.set()


class Intake:
    """Takes messages, announces tracks as they come, and reports when the source is live, silent or unusable."""

    def __init__(self, publisher: Publisher, spec: StreamSpec, address: NativeAddress) -> None:
        self.refusals = Refusals(publisher)
        self._publisher = publisher
        self._spec = spec
        self._address = address
        self._tracks: dict[str, _Track] = {}
        self._timeline = Timeline()
        self._begun = self._heard = monotonic()
        self._ready_at: float | None = None
        self._is_ready = False

    def take(self, frames: list[zmq.Frame]) -> None:
        """Publish a message, or refuse it."""
        try:
            self._accept(frames)
        except Invalid as error:
            self.refusals.add(error)
        except NotEnoughMemory as error:
            self._publisher.note(memory=str(error))

    def look(self, connected: bool) -> None:
        """Do what is due.

        Raises:
            SourceError: nothing comes, or nothing that can be used.
        """
        now = monotonic()
        if self._ready_at is not None and not self._is_ready and now >= self._ready_at:
            self._is_ready = True
            self._publisher.ready()
        self.refusals.tell()
        if not self._tracks:
            if connected and now - self._begun > min(self._spec.timeout_s, _USELESS_S):
                self.refusals.raise_if_all()
            if connected and not self._may_be_rare and now - self._begun > self._spec.timeout_s:
                raise SourceError(
                    "timeout",
                    f"connected, but nothing came from {self._address.stream} within {self._spec.timeout_s:g} s",
                )
        elif now - self._heard > self._spec.stall_s and any(one.is_steady for one in self._tracks.values()):
            sentence = f"nothing came for {self._spec.stall_s:g} s"
            self._publisher.report(State.STALLED, "stalled", sentence)
            raise SourceError("stalled", sentence)

    @property
    def _may_be_rare(self) -> bool:
        return self._address.track is not None and self._address.track.kind is Kind.DATA

    def _accept(self, frames: list[zmq.Frame]) -> None:
        if any(is_pickle(frame.buffer) for frame in frames[:2]) and len(frames) < 3:
            raise refused("pickle", "it is never opened, because opening one runs whatever is in it")
        if len(frames) != 3:
            raise refused("parts", f"{len(frames)} came, expected [topic, JSON header, payload]")
        topic, header, payload = frames
        try:
            stream, name = parse_topic(topic.bytes)
        except Invalid as error:
            raise refused("topic", f"{error}") from error
        if stream != self._address.stream or not self._wants(name):
            raise refused("topic", f"{stream}/{name} was not asked for")
        body = payload.buffer
        envelope = Envelope.parse(name, header.bytes, len(body))
        if envelope.data is not None and envelope.data["type"] == "json" and is_pickle(body):
            raise refused("pickle", "it is never opened, because opening one runs whatever is in it")
        track = self._tracks.get(envelope.info.name)
        if track is None:
            track = _Track(self._publisher, self._timeline, len(self._tracks), envelope.info)
        track.publish(envelope, body)
        self._heard = monotonic()
        self._tracks[envelope.info.name] = track
        # Readers find a video with its first key frame only: the node refuses a reader that comes before it.
        if self._ready_at is None and track.is_announced:
            self._begin()

    def _begin(self) -> None:
        self._publisher.report(State.LIVE)
        self._publisher.note(source=f"ZeroMQ publisher {self._address.host}:{self._address.port}")
        self._ready_at = monotonic() + (GRACE_S if self._address.track is None else 0)

    def _wants(self, name: TrackName) -> bool:
        if self._address.track is None:
            return str(name) in AS_IT_IS
        return name == self._address.track


class _Track:
    """One track: its writer, and the sequence number that comes next."""

    def __init__(self, publisher: Publisher, timeline: Timeline, number: int, info: TrackInfo) -> None:
        self.is_steady = info.kind is not Kind.DATA
        self._publisher = publisher
        self._timeline = timeline
        self._number = number
        step = round(1 / ((info.rate or _USUAL_RATE) * info.time_base))
        self._stamps = Stamps(info.time_base, step, Shift())
        self._discipline = Discipline(info.time_base, self._stamps.ns(max(1, step)))
        self._writer: TrackWriter | None = None
        self._next: int | None = None
        self._epoch = info.epoch
        self._wait_key = info.kind is Kind.PACKETS
        self._lost = False

    @property
    def is_announced(self) -> bool:
        """True once readers can find it."""
        return self._writer is not None

    def publish(self, envelope: Envelope, body: memoryview) -> None:
        """Publish a record.

        Raises:
            Invalid: its payload is not what the header says.
            NotEnoughMemory: there is no room; readers go on at the next key frame.
        """
        self._count(envelope)
        if self._wait_key and not envelope.flags & Flag.KEY:
            return
        writer = self._writer_for(envelope)
        meta = self._meta(envelope, writer.info.time_base)
        try:
            self._write(writer, envelope, body, meta)
        except NotEnoughMemory:
            self._lost = True
            self._wait_key = envelope.info.kind is Kind.PACKETS
            raise
        self._lost = self._wait_key = False

    def _count(self, envelope: Envelope) -> None:
        """Notice what is missing before a record."""
        gap = envelope.seq is not None and self._next is not None and envelope.seq != self._next
        if gap or envelope.info.epoch != self._epoch or (envelope.dropped and self._next is not None):
            self._lost = True
            self._wait_key = envelope.info.kind is Kind.PACKETS
        self._epoch = envelope.info.epoch
        self._next = None if envelope.seq is None else envelope.seq + 1

    def _writer_for(self, envelope: Envelope) -> TrackWriter:
        """Return the writer, in a new epoch if the description of the records has changed."""
        info = replace(envelope.info, epoch=0)
        if self._writer is not None:
            known = replace(self._writer.info, epoch=0)
            if not info.extradata:  # only key frames carry it
                info = replace(info, extradata=known.extradata)
            if info == known:
                return self._writer
        self._writer = self._publisher.track(info)
        return self._writer

    def _meta(self, envelope: Envelope, time_base: Fraction) -> Meta:
        arrived = monotonic_ns()
        pts = envelope.pts if envelope.pts is not None else round(Fraction(arrived, NS) / time_base)
        captured = self._timeline.capture(self._steady_ns(pts, arrived), envelope.captured_at, self._number)
        clock = envelope.clock if captured.clock is Clock.RTCP else Clock.ARRIVAL
        flags = envelope.flags | (Flag.DISCONTINUITY if self._lost else Flag.NONE)
        return Meta(pts, captured.at_ns, arrived, clock, envelope.dts, envelope.duration, flags)

    def _steady_ns(self, pts: int, arrived: int) -> int:
        """Return a smoothed time of a record. The record is published with its own times, because other records refer to them."""
        stamp = self._stamps.repair(pts, pts, None, arrived)
        assert stamp is not None
        return self._stamps.ns(self._discipline.steady(stamp, arrived).dts)

    def _write(self, writer: TrackWriter, envelope: Envelope, body: memoryview, meta: Meta) -> None:
        if envelope.data is None:
            slot = writer.reserve(len(body))
            slot.view[:] = np.frombuffer(body, np.uint8)
            writer.publish(slot, meta)
            return
        packed = joined(dict(envelope.data), body)
        slot = writer.reserve(packed.size_bytes)
        packed.write(slot.view)
        try:
            unpack(slot.view)
        except Invalid as error:
            writer.cancel(slot)
            raise refused("payload", f"{error}") from error
        writer.publish(slot, meta)
