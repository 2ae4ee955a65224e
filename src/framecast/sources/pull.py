"""Pulling a live source: announce its tracks, carry packets until it ends, fails, falls silent, or `stop` is set.

Runs in the source's thread. It is one try: who comes back after a cut or a stall is the node, with a new one. That holds for a
camera that goes on after a stall on the same connection, too: what it sends then is old by the stall, and half of it is lost.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Protocol

from framecast.bus import Publisher
from framecast.errors import Closed, SourceError
from framecast.model import EncodedPacket, State, StreamSpec
from framecast.sources.pacing import Live, Pacing
from framecast.sources.relay import Relay
from framecast.sources.tracks import Tracks

# Demuxers of bare pictures: their time stamps are counted at a rate that nobody has promised.
TIMELESS = ("mpjpeg", "mjpeg", "snapshot")


class Packets(Protocol):
    """Where packets come from: a demuxer, or one pass of it."""

    def packets(self) -> Iterator[EncodedPacket]:
        """Yield packets until there are no more."""
        ...


class Open(Tracks, Packets, Protocol):
    """An open source: FFmpeg's demuxer, or a client of our own."""

    format: str

    def __enter__(self) -> object: ...

    def __exit__(self, *exc: object) -> None:
        """Hang up."""
        ...


def pull(
    publisher: Publisher,
    spec: StreamSpec,
    stop: threading.Event,
    demuxer: Open,
    pacing: Pacing | None = None,
    **facts: str,
) -> None:
    """Carry an open source; returns where `stop` was set. Closes the demuxer.

    Raises:
        SourceError: it is broken, closed or silent.
    """
    with demuxer:
        relay = Relay(publisher, spec, pacing or Live(), timeless=demuxer.format in TIMELESS)
        relay.bind(demuxer)
        publisher.ready()
        publisher.note(format=demuxer.format, **facts)
        carry(publisher, relay, demuxer, stop)
    if not stop.is_set():
        raise SourceError("closed", "the source closed the connection")


def carry(publisher: Publisher, relay: Relay, source: Packets, stop: threading.Event) -> None:
    """Carry packets until there are no more or `stop` is set; a silent source is reported as stalled."""
    try:
        for packet in source.packets():
            if stop.is_set() or not relay.take(packet):
                return
    except SourceError as error:
        if error.reason == "stalled":
            publisher.report(State.STALLED, "stalled", str(error))
        raise
    except Closed:
        stop.set()  # the publisher was closed: nobody is left to carry for
