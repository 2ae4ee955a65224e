"""Framecast's values as messages of `framecast.v1`: statuses of the node, descriptions of tracks, records.

A record becomes parts of a `ReadResponse` that are joined later: several after each other are a message with all of
them (protobuf encoding, "Last One Wins" and repeated fields), so each is encoded once for all clients.
"""

from __future__ import annotations

from framecast.bus import Record, StreamStatus
from framecast.clock import utc_of
from framecast.model import TrackInfo
from framecast.protocols.grpc import CLOCK_NAMES, STATE_NAMES, track_to
from framecast.v1 import media_pb2, streams_pb2

# Tags of length-delimited fields: number << 3 | 2.
_RECORDS = bytes([media_pb2.ReadResponse.RECORDS_FIELD_NUMBER << 3 | 2])
_PAYLOAD = bytes([media_pb2.Record.PAYLOAD_FIELD_NUMBER << 3 | 2])


def track_description(info: TrackInfo) -> bytes:
    """Return the response that describes a track to its reader."""
    return media_pb2.ReadResponse(track=track_to(info)).SerializeToString()


def stream_state(name: str, status: StreamStatus) -> bytes:
    """Return the response that says the stream's state."""
    stream = streams_pb2.Stream(
        name=name, state=STATE_NAMES[status.state], reason=status.reason, detail=status.detail
    )
    return media_pb2.ReadResponse(stream=stream).SerializeToString()


def absent_track(name: str) -> bytes:
    """Return the response that names a track that the stream does not have."""
    return media_pb2.ReadResponse(absent=name).SerializeToString()


def records_lost(name: str, records: int) -> bytes:
    """Return the response that says how much a reader lost."""
    return media_pb2.ReadResponse(lost=media_pb2.Lost(track=name, records=records)).SerializeToString()


def order_applied(number: int) -> bytes:
    """Return the fence behind an order."""
    return media_pb2.ReadResponse(applied=media_pb2.Applied(id=number)).SerializeToString()


def record_head(name: str, record: Record, size: int) -> bytes:
    """Return everything of a record but its payload of `size` bytes, which follows it."""
    shift = utc_of(0)
    fields = media_pb2.Record(
        track=name,
        epoch=record.epoch,
        seq=record.seq,
        pts=record.pts,
        dts=record.dts,
        duration=record.duration,
        captured_at=record.captured_at,
        clock=CLOCK_NAMES[record.clock],
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
