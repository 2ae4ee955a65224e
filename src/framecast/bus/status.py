"""What a subscriber knows of its stream, and its counters: plain values, written by the thread that reads."""

from __future__ import annotations

from dataclasses import dataclass, field

from framecast.model import State


@dataclass(slots=True)
class StreamStatus:
    """The stream as the node reports it: its state, the reason, and whether the node itself is connected."""

    state: State = State.CONNECTING
    reason: str = ""
    detail: str = ""
    node_connected: bool = True


@dataclass(slots=True)
class SubscriberStats:
    """What one subscriber has seen."""

    records: int = 0
    dropped: int = 0
    copied: int = 0  # records that were copied because the program kept many views
    introductions: int = 0  # publishers met; more than one means reconnects
    status: StreamStatus = field(default_factory=StreamStatus)
