"""What a subscriber knows of its stream, and what it has seen: plain values, written by the thread that reads."""

from __future__ import annotations

from dataclasses import dataclass, field

from framecast.model import State


@dataclass(slots=True)
class StreamStatus:
    """What the node says about the stream: its state, why, and whether the node itself is reachable."""

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
