"""When a view has no signal, and how that is said to people. Pure; the clock is given with each question.

Two things show that pictures do not come: the node says that the source has failed, or nothing has come for much
longer than usual. The second is faster, and true also when the node itself is stuck.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from framecast.bus import StreamStatus
from framecast.clock import Clock
from framecast.model import REASONS, State
from framecast.model.cadence import LEAST_S, patience_s

# A record this old when it comes was kept for readers that join: its source has stopped, it is no sign of life.
OLD_S = 3.0
# Pictures that were on their way when the source failed still come.
LAST_ONES_S = 0.3
_FAILED = (State.OFFLINE, State.STALLED, State.ENDED)
_SMOOTH = 0.1
# The first interval counts as this at most: the beginning is no interval.
_FIRST_S = 0.3


@dataclass(slots=True)
class Silence:
    """Follows one view: pictures, states, and what is shown instead. Times are monotonic seconds."""

    since: float  # the last picture, or the beginning
    status: StreamStatus
    interval_s: float = 0.0
    lost: bool = False
    failure: str = ""  # the node's refusal, if there is one
    is_played: bool = False  # from a file: a picture lasts as long as it says
    every_s: Callable[[], float] = field(
        default=lambda: 0.0
    )  # between pictures of a slow stream, as the node measures it; 0: not slow
    _told: str = ""  # why the source failed; kept while it reconnects

    def on_status(self, status: StreamStatus) -> None:
        """The node has said something about the stream."""
        self.status = status
        if status.state in _FAILED:
            self._told = _state_words(status)

    def on_picture(self, now: float, clock: Clock = Clock.ARRIVAL) -> None:
        """A real picture has come; `clock` is the clock of its time."""
        self.is_played = clock is Clock.FILE
        gap = now - self.since
        if self.lost or not self.interval_s:
            self.interval_s = self.interval_s or min(gap, _FIRST_S)
        else:
            self.interval_s += (gap - self.interval_s) * _SMOOTH
        self.since = now
        self.lost = False
        self.failure = self._told = ""

    def is_old(self, arrived: float, now: float) -> bool:
        """True for a picture that arrived at its source too long ago to be a sign of life."""
        return now - arrived > max(OLD_S, patience_s(max(self.interval_s, self.every_s())))

    def is_lost(self, now: float) -> bool:
        """True if a "no signal" picture must be shown. Stays true until the next picture, or until the node says that it is not late."""
        gap = now - self.since
        patience = LAST_ONES_S if self.has_failed else self._patience_s
        in_a_hole = self.is_played and self.status.node_connected and self.status.state is State.LIVE
        is_late = gap > patience and not in_a_hole
        # Only the node's word that pictures come seldom takes it back.
        self.lost = is_late or (self.lost and (self.has_failed or not self.is_slow))
        return self.lost

    @property
    def is_slow(self) -> bool:
        """True if pictures come less often than they are waited for."""
        return self.every_s() > LEAST_S

    @property
    def _patience_s(self) -> float:
        # What is usual says nothing before the first picture.
        return patience_s(max(self.interval_s, self.every_s() if self.interval_s else 0.0))

    @property
    def has_failed(self) -> bool:
        """True if the node has said so, and no picture has come since."""
        return bool(self.failure or self._told) or self.status.state in _FAILED

    @property
    def words(self) -> str:
        """Why there is no signal, for people."""
        if self.failure:
            return self.failure
        if not self.status.node_connected:
            return "waiting for the node"
        if self._told and self.status.state is not State.LIVE:
            return self._told
        return _state_words(self.status)


def _state_words(status: StreamStatus) -> str:
    if status.state is State.OFFLINE:
        return reason_words(status.reason, status.detail)
    if status.state is State.STALLED:
        return REASONS.get(status.reason, REASONS["stalled"])
    return {
        State.ENDED: "the source has ended",
        State.CONNECTING: "connecting",
        State.IDLE: "waiting for the source",
    }.get(status.state, "no pictures are coming")


def reason_words(reason: str, detail: str = "") -> str:
    """Return why, for people: the node's own words (it has masked them), else the sentence for the reason's code."""
    return detail or REASONS.get(reason) or reason or REASONS["failed"]
