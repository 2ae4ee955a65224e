"""The messages of proto/framecast/v1 as the frozen values of the floors above, and back.

Times travel as UTC nanoseconds. Here they become CLOCK_MONOTONIC of this host, never later than now: the clocks of two
machines differ, and nothing arrives in the future. The gRPC server uses the same tables
and descriptions of tracks.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from framecast.clock import Clock, monotonic_ns, monotonic_of, utc_of
from framecast.errors import Invalid
from framecast.model import Flag, Kind, Meta, Picture, State, TrackInfo, TrackName, number
from framecast.model.naming import LONGEST_NAME, MOST_GROUPS
from framecast.model.status import Status
from framecast.model.text import LONGEST_SOURCE, shown
from framecast.v1 import media_pb2, streams_pb2

STATE_NAMES = {state: f"STATE_{state.name}" for state in State}
STATES = {streams_pb2.State.Value(name): state for state, name in STATE_NAMES.items()}
CLOCK_NAMES = {clock: f"CLOCK_{clock.name}" for clock in Clock}
CLOCKS = {media_pb2.Clock.Value(name): clock for clock, name in CLOCK_NAMES.items()}
_FLAGS = Flag.KEY | Flag.DISCONTINUITY | Flag.CORRUPT | Flag.HIDDEN
_MAX_DURATION = (1 << 32) - 1  # what the bus can carry
_LONGEST = 1000  # characters of a text that another node sends


@dataclass(frozen=True, slots=True)
class Received:
    """One record as it came: its number in its track there, its times on this host, and its payload."""

    track: str
    epoch: int
    seq: int
    meta: Meta
    payload: bytes


def stream_from(message: streams_pb2.Stream) -> Status:
    """Return what a node says of a stream; a track that this version does not know is left out."""
    tracks = []
    for track in message.tracks:
        try:
            tracks.append(track_from(track))
        except Invalid:
            continue
    return Status(
        name=message.name,
        source=shown(message.source, LONGEST_SOURCE),
        state=STATES.get(message.state, State.CONNECTING),
        reason=shown(message.reason, _LONGEST),
        detail=shown(message.detail, _LONGEST),
        since=message.since,
        reconnects=message.reconnects,
        readers=message.readers,
        configured=message.configured,
        facts={shown(key, _LONGEST): shown(text, _LONGEST) for key, text in message.facts.items()},
        tracks=tuple(tracks),
        display_name=shown(message.display_name, LONGEST_NAME),
        groups=tuple(shown(group, LONGEST_NAME) for group in message.groups[:MOST_GROUPS]),
    )


def stream_to(status: Status) -> streams_pb2.Stream:
    """Return the message of a stream."""
    return streams_pb2.Stream(
        name=status.name,
        source=status.source,
        state=STATE_NAMES[status.state],
        reason=status.reason,
        detail=status.detail,
        since=status.since,
        reconnects=status.reconnects,
        readers=status.readers,
        configured=status.configured,
        facts=status.facts,
        tracks=map(track_to, status.tracks),
        display_name=status.display_name,
        groups=status.groups,
    )


def track_from(message: streams_pb2.Track) -> TrackInfo:
    """Return the description of a track.

    Raises:
        Invalid: the description is not valid.
    """
    picture = message.picture
    try:
        return TrackInfo(
            name=str(TrackName.parse(message.name)),
            kind=Kind(message.kind),
            time_base=_positive(message.time_base),
            codec=shown(message.codec, _LONGEST),
            extradata=message.extradata,
            picture=_picture_from(picture) if message.HasField("picture") else None,
            width=message.width,
            height=message.height,
            rate=_positive(message.rate) if message.rate else None,
            sample_rate=message.sample_rate,
            channels=message.channels,
            details={shown(key, _LONGEST): shown(text, _LONGEST) for key, text in message.details.items()},
            epoch=message.epoch,
        )
    except (ValueError, ZeroDivisionError) as error:
        raise Invalid(
            f"the other node sent an invalid description of track {message.name!r:.60}: {error}"
        ) from error


def track_to(info: TrackInfo) -> streams_pb2.Track:
    """Return the message that describes a track."""
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
    if info.picture is not None:
        picture = info.picture
        message.picture.CopyFrom(
            streams_pb2.Picture(
                format=picture.format,
                width=picture.width,
                height=picture.height,
                matrix=picture.matrix,
                full_range=picture.full_range,
            )
        )
    return message


def record_from(message: media_pb2.Record) -> Received:
    """Return a record with its times on this host's clocks."""
    now = monotonic_ns()
    arrived = now if not message.arrived_at else min(now, monotonic_of(message.arrived_at))
    meta = Meta(
        pts=message.pts,
        captured_at=message.captured_at,
        arrived_ns=max(0, arrived),
        clock=CLOCKS.get(message.clock, Clock.ARRIVAL),
        dts=message.dts if message.HasField("dts") else None,
        duration=message.duration if message.duration <= _MAX_DURATION else 0,
        flags=Flag(message.flags) & _FLAGS,
    )
    return Received(message.track, message.epoch, message.seq, meta, message.payload)


def record_to(track: str, meta: Meta, payload: bytes) -> media_pb2.Record:
    """Return the message of a record that is published; epoch and sequence are the other node's to give."""
    return media_pb2.Record(
        track=track,
        pts=meta.pts,
        dts=meta.dts,
        duration=meta.duration,
        captured_at=meta.captured_at,
        clock=CLOCK_NAMES[meta.clock],
        arrived_at=utc_of(meta.arrived_ns),
        flags=int(meta.flags),
        payload=payload,
    )


def _picture_from(message: streams_pb2.Picture) -> Picture:
    return Picture(
        message.format,
        message.width,
        message.height,
        message.matrix or "bt601",
        message.full_range,
    )


def _positive(text: str) -> Fraction:
    value = number.fraction(text, 0, 1 << 32)
    if not value:
        raise ValueError("a time base or rate of 0")
    return value
