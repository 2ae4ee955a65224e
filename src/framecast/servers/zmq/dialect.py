"""How records look to subscribers: Framecast's own multipart messages, or those of imagezmq. Event loop only; no I/O."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterator
from typing import Protocol

import numpy as np

from framecast.bus import Record
from framecast.clock import utc_of
from framecast.errors import Invalid
from framecast.model import Flag, Kind, TrackInfo, TrackName, check_name
from framecast.model.data import split
from framecast.model.envelope import END, VERSION, describe, shape_of, topic_of
from framecast.servers.zmq.message import Buffer, Message

Key = tuple[str, TrackName]

# What `NAME/` brings: whichever of these the stream has.
DEFAULTS = (TrackName("data"), TrackName("jpeg", quality=75))


class Dialect(Protocol):
    """One form of messages on one port."""

    def wanted(self, topic: bytes, names: Collection[str]) -> list[Key]:
        """Return the tracks that a subscription starts, where streams `names` exist."""
        ...

    def matches(self, key: Key, topic: bytes) -> bool:
        """True if a subscription selects the messages of a track."""
        ...

    def message(self, stream: str, track: TrackName, record: Record) -> Message:
        """Return a record as a message."""
        ...


class Native:
    """`[topic, JSON header, payload]`, as docs/reference/zeromq.md has it."""

    def __init__(self) -> None:
        self._described: dict[Key, tuple[TrackInfo, str, str]] = {}

    def wanted(self, topic: bytes, names: Collection[str]) -> list[Key]:
        """A subscription that names a track starts it; one that ends earlier starts what begins with it among DEFAULTS."""
        text = topic.decode("utf-8", "replace")
        stream, slash, rest = text.partition("/")
        if not slash:
            return [(name, track) for name in sorted(names) if name.startswith(stream) for track in DEFAULTS]
        try:
            check_name(stream)
        except Invalid:
            return []
        return [(stream, track) for track in _tracks(rest)]

    def matches(self, key: Key, topic: bytes) -> bool:
        """By the beginning of the topic, as ZeroMQ does."""
        return topic_of(*key).encode().startswith(topic)

    def message(self, stream: str, track: TrackName, record: Record) -> Message:
        """Return a record as a message; its payload stays in shared memory."""
        info = record.info
        fixed, extradata = self._fixed(stream, track, info)
        payload: Buffer
        if info.kind is Kind.DATA:
            found, payload = split(record.payload)
            own = "," + json.dumps(found, separators=(",", ":"))[1:-1]
        else:
            payload = _view(record)
            own = extradata if record.is_key else ""
        if info.kind is Kind.SAMPLES and info.channels:
            own += f',"shape":[{len(payload) // (2 * info.channels)},{info.channels}]'
        head = f"{fixed}{own}{_times(record)}"
        return Message(topic_of(stream, track).encode(), head, payload)

    def _fixed(self, stream: str, track: TrackName, info: TrackInfo) -> tuple[str, str]:
        """What is the same for all records of an epoch."""
        key = (stream, track)
        known = self._described.get(key)
        if known is None or known[0] is not info:
            fields = {"v": VERSION, "stream": stream, "track": str(track), **describe(info)}
            text = json.dumps(fields, separators=(",", ":"))[:-1]
            extra = base64.b64encode(info.extradata).decode()
            known = self._described[key] = (info, text, f',"extradata":"{extra}"' if extra else "")
        return known[1], known[2]


class ImageZmq:
    """`[JSON, array]` or `[JSON, JPEG]` of every stream, as imagezmq's ImageHub takes them. Nothing is selected by topic."""

    def __init__(self, track: TrackName, streams: Collection[str] = ()) -> None:
        self._track = track
        self._streams = streams

    def wanted(self, topic: bytes, names: Collection[str]) -> list[Key]:
        """Any subscription starts every stream."""
        return [(name, self._track) for name in self._streams or sorted(names)]

    def matches(self, key: Key, topic: bytes) -> bool:
        """Hubs subscribe to everything; they look at the names themselves."""
        return True

    def message(self, stream: str, track: TrackName, record: Record) -> Message:
        """Return a picture with its stream's name as imagezmq's text."""
        head = f'{{"msg":"{stream}"'
        if record.info.picture is not None and track.base == "frames":
            shape = ",".join(map(str, shape_of(record.info.picture)))
            head += f',"dtype":"uint8","shape":[{shape}]'
        return Message(None, head + _times(record), _view(record))


def _tracks(rest: str) -> Iterator[TrackName]:
    """The tracks that the part of a topic behind the stream's name starts."""
    named = rest.removesuffix(END).rstrip("/")
    found = None
    if named:
        try:
            found = TrackName.parse(named)
            yield found
        except Invalid:
            pass
    for track in DEFAULTS:
        if track != found and f"{track}{END}".startswith(rest):
            yield track


def _view(record: Record) -> Buffer:
    payload = record.payload
    return payload if isinstance(payload, bytes) else np.asarray(payload).data


def _times(record: Record) -> str:
    published_at = utc_of(record.published_ns)
    flags = record.flags
    text = (
        f',"seq":{record.seq},"pts":{record.pts},"dts":{record.dts},"duration":{record.duration}'
        f',"captured_at":{record.captured_at},"clock":"{record.clock.name.lower()}","published_at":{published_at}'
        f',"key":{"true" if flags & Flag.KEY else "false"}'
    )
    if flags & Flag.DISCONTINUITY:
        text += ',"discontinuity":true'
    if flags & Flag.CORRUPT:
        text += ',"corrupt":true'
    if flags & Flag.HIDDEN:
        text += ',"hidden":true'
    return text
