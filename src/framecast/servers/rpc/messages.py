"""Framecast's values as messages of `framecast.v1`: statuses of the node, descriptions of tracks, records.

A record becomes parts of a `ReadResponse` that are joined later: several after each other are a message with all of
them (protobuf encoding, "Last One Wins" and repeated fields), so each is coded once for all who get it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framecast.bus import Record, StreamStatus
from framecast.clock import Clock, monotonic_ns, utc_ns
from framecast.model import State, TrackInfo
from framecast.v1 import media_pb2, streams_pb2

Fields = Mapping[str, Any]

_STATES = {state: f"STATE_{state.name}" for state in State}
_CLOCKS = {clock: f"CLOCK_{clock.name}" for clock in Clock}
# Tags of length-delimited fields: number << 3 | 2.
_RECORDS = bytes([media_pb2.ReadResponse.RECORDS_FIELD_NUMBER << 3 | 2])
_PAYLOAD = bytes([media_pb2.Record.PAYLOAD_FIELD_NUMBER << 3 | 2])


def stream(status: Fields) -> streams_pb2.Stream:
    """Return the node's status of a stream."""
    return streams_pb2.Stream(
        name=str(status["name"]),
        source=str(status.get("source", "")),
        state=_STATES[State(status["state"])],
        reason=str(status.get("reason", "")),
        detail=str(status.get("detail", "")),
        since=float(status.get("since", 0.0)),
        reconnects=int(status.get("reconnects", 0)),
        readers=int(status.get("readers", 0)),
        configured=str(status.get("configured", "")),
        facts={str(key): str(value) for key, value in status.get("facts", {}).items()},
        tracks=[track(TrackInfo.from_json(one)) for one in status.get("tracks", ())],
    )


def track(info: TrackInfo) -> streams_pb2.Track:
    """Return the description of a track."""
    message = streams_pb2.Track(
        name=info.name,
        kind=str(info.kind),
        time_base=str(info.time_base),
        codec=info.codec,
        extradata=info.extradata,
        width=info.width,
        height=info.height,
        rate=str(info.rate) if info.rate else "",
        sample_rate=info.sample_rate,
        channels=info.channels,
        details=info.details,
        epoch=info.epoch,
    )
    picture = info.picture
    if picture is not None:
        message.picture.format = picture.format
        message.picture.width, message.picture.height = picture.width, picture.height
        message.picture.matrix, message.picture.full_range = picture.matrix, picture.full_range
    return message


def told_track(info: TrackInfo) -> bytes:
    """Return the response that describes a track to its reader."""
    return media_pb2.ReadResponse(track=track(info)).SerializeToString()


def told_state(name: str, status: StreamStatus) -> bytes:
    """Return the response that tells a reader the stream's state."""
    told = streams_pb2.Stream(
        name=name, state=_STATES[status.state], reason=status.reason, detail=status.detail
    )
    return media_pb2.ReadResponse(stream=told).SerializeToString()


def told_absent(name: str) -> bytes:
    """Return the response that names a track that the stream does not have."""
    return media_pb2.ReadResponse(absent=name).SerializeToString()


def told_lost(name: str, records: int) -> bytes:
    """Return the response that says how much a reader lost."""
    return media_pb2.ReadResponse(lost=media_pb2.Lost(track=name, records=records)).SerializeToString()


def told_applied(number: int) -> bytes:
    """Return the fence behind an order."""
    return media_pb2.ReadResponse(applied=media_pb2.Applied(id=number)).SerializeToString()


def record_head(name: str, record: Record, size: int) -> bytes:
    """Return everything of a record but its payload of `size` bytes, which follows it."""
    shift = utc_ns() - monotonic_ns()
    fields = media_pb2.Record(
        track=name,
        epoch=record.epoch,
        seq=record.seq,
        pts=record.pts,
        dts=record.dts,
        duration=record.duration,
        captured_at=record.captured_at,
        clock=_CLOCKS[record.clock],
        arrived_at=record.arrived_ns + shift,
        published_at=record.published_ns + shift,
        flags=int(record.flags),
    ).SerializeToString()
    body = fields + _PAYLOAD + _varint(size)
    return _RECORDS + _varint(len(body) + size) + body


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
