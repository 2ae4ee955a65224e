"""Pulls a live source: announces its tracks, publishes packets until it ends, fails, falls silent, or `stop` is set.

Runs in the source's thread. It is one attempt: after a cut or a stall the node starts a new one. That is also true for a
camera that goes on after a stall on the same connection, because its packets are late then, and many are lost.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol, runtime_checkable

from framecast.bus import Publisher
from framecast.errors import Closed, SourceError
from framecast.model import EncodedPacket, State, StreamSpec
from framecast.sources.pacing import Live, Pacing
from framecast.sources.relay import Relay
from framecast.sources.tracks import Tracks
from framecast.sources.unattended import Unattended

# Demuxers of bare pictures: their time stamps are counted at an assumed rate.
TIMELESS = ("mpjpeg", "mjpeg", "snapshot")


class Packets(Protocol):
    """A supplier of packets: a demuxer, or one pass of it."""

    def packets(self) -> Iterator[EncodedPacket]:
        """Yield packets until there are no more."""
        ...


class Open(Tracks, Packets, Protocol):
    """An open source: FFmpeg's demuxer, or a client of our own."""

    format: str

    def __enter__(self) -> object: ...

    def __exit__(self, *exc: object) -> None:
        """Close the source."""
        ...


@runtime_checkable
class Leaving(Protocol):
    """A source that can leave its packets to `framecast-native` while nobody reads them."""

    unattended: Unattended | None


def pull(
    publisher: Publisher,
    spec: StreamSpec,
    stop: threading.Event,
    demuxer: Open,
    pacing: Pacing | None = None,
    **facts: str,
) -> None:
    """Publish the packets of an open source until `stop`. Closes the demuxer.

    Raises:
        SourceError: it is broken, closed or silent.
    """
    with demuxer:
        relay = Relay(publisher, spec, pacing or Live(), timeless=demuxer.format in TIMELESS)
        relay.bind(demuxer)
        publisher.ready()
        publisher.note(format=demuxer.format, **facts)
        with ExitStack() as ending:
            if isinstance(demuxer, Leaving):
                demuxer.unattended = ending.enter_context(Unattended(publisher, relay))
            carry(publisher, relay, demuxer, stop)
    if not stop.is_set():
        raise SourceError("closed", "the source closed the connection")


def carry(publisher: Publisher, relay: Relay, source: Packets, stop: threading.Event) -> None:
    """Publish packets until there are no more or `stop` is set; a silent source is reported as stalled."""
    try:
        for packet in source.packets():
            if stop.is_set() or not relay.take(packet):
                return
    except SourceError as error:
        if error.reason == "stalled":
            publisher.report(State.STALLED, "stalled", str(error))
        raise
    except Closed:
        stop.set()  # the publisher was closed: there is no one to publish for
