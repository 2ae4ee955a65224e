"""The life of a stream as a table of (phase, event): demand, reports and the end of its source process decide what is done next.

The phase says what the node does; the state is what people and programs see. A rendition follows the same rules. Pure: the
clock and the jitter are injected, `deadline` says when `tick` is due.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from framecast.model import REASONS, State
from framecast.model.backoff import Backoff

# After a source has been live for this long, its failures are forgotten.
STEADY_S = 5.0


class Phase(StrEnum):
    """What is going on with the process."""

    RESTING = "resting"  # no process, and no demand
    RUNNING = "running"  # it runs, and there is demand
    LINGERING = "lingering"  # it runs without demand; stopped at the deadline
    STOPPING = "stopping"  # asked to stop, has not ended yet
    WAITING = "waiting"  # no process; tried again at the deadline
    FINISHED = "finished"  # its source has ended cleanly and will not be tried again


class Event(StrEnum):
    """What happens to it."""

    DEMAND = "demand"
    NO_DEMAND = "no demand"
    EXITED = "exited"
    TIMER = "timer"
    RESTART = "restart"


class Action(StrEnum):
    """What the owner does now."""

    START = "start"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Timing:
    """The times that the policy of a stream uses, from its `StreamSpec`."""

    idle_s: float = 10.0
    retry_max_s: float = 1.5


class Life:
    """One stream's life. Not thread-safe: the node's loop owns it."""

    def __init__(
        self,
        timing: Timing,
        now: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.timing = timing
        self.phase = Phase.RESTING
        self.state = State.IDLE
        self.reason = ""
        self.detail = ""
        self.reconnects = 0
        self.failures: Counter[str] = Counter()  # by reason, since the stream exists
        self.deadline: float | None = None
        self._now = now
        self._backoff = Backoff(timing.retry_max_s, jitter)
        self.wanted = False
        self._ended = False  # the running process has reported a clean end
        self._failure: tuple[str, str] | None = None  # the reported reason and detail
        self._live_since: float | None = None
        self._not_before = 0.0

    @property
    def failed(self) -> bool:
        """True once the running process has itself reported why it ends."""
        return self._failure is not None or self._ended

    def adjust(self, timing: Timing) -> None:
        """Use other times from now on."""
        self.timing = timing
        self._backoff.most_s = timing.retry_max_s

    def want(self, wanted: bool) -> Action | None:
        """Set whether there is demand."""
        if wanted == self.wanted:
            return None
        self.wanted = wanted
        return self._on(Event.DEMAND if wanted else Event.NO_DEMAND)

    def report(self, state: State, reason: str = "", detail: str = "") -> None:
        """Take a report of the process."""
        if self.phase not in (Phase.RUNNING, Phase.LINGERING):
            return
        if state is State.ENDED:
            self._ended = True
        elif state is State.OFFLINE:
            self._failure = (reason or "failed", detail)
            # A process that ends because of a stall reports both at once: the state stays "stalled" until it has ended.
            if (self.state, reason) != (State.STALLED, "stalled"):
                self._show(State.OFFLINE, *self._failure)
        elif state is not State.CONNECTING:
            self._recover()
            if state is State.LIVE and self._live_since is None:
                self._live_since = self._now()
            self._show(state, reason, detail)
        elif self.state is State.CONNECTING:
            self._show(state, reason, detail)  # what it waits for

    def _recover(self) -> None:
        """Forget a reported failure: the process has reconnected by itself, as one that pulls from another node does."""
        if self._failure is not None:
            self._failure = None
            self.reconnects += 1

    def exited(self, detail: str = "") -> Action | None:
        """The process has ended; `detail` says how, if it has not reported a reason itself."""
        if self._failure is None:
            self._failure = ("crashed", detail)
        action = self._on(Event.EXITED)
        self._failure = None
        return action

    def tick(self) -> Action | None:
        """Do what is due; early calls are harmless."""
        if self.deadline is None or self._now() < self.deadline:
            return None
        self.deadline = None
        return self._on(Event.TIMER)

    def restart(self) -> Action | None:
        """Start again now, even if it has ended or waits for its next attempt."""
        self._backoff.reset()
        self._not_before = 0.0
        return self._on(Event.RESTART)

    def _on(self, event: Event) -> Action | None:
        transition = TABLE.get((self.phase, event))
        return transition(self) if transition else None

    def _enter(self, phase: Phase, after_s: float | None = None) -> None:
        self.phase = phase
        self.deadline = None if after_s is None else self._now() + after_s

    def _show(self, state: State, reason: str = "", detail: str = "") -> None:
        self.state, self.reason, self.detail = state, reason, detail

    # --- transitions

    def _connect(self) -> Action | None:
        """Start, but after a failure not sooner than the backoff allows."""
        self._show(State.CONNECTING)
        left = self._not_before - self._now()
        if left > 0:
            self._enter(Phase.WAITING, left)
            return None
        return self._start()

    def _start(self) -> Action:
        self._ended = False
        self._failure = None
        self._live_since = None
        self._enter(Phase.RUNNING)
        return Action.START

    def _start_again(self) -> Action:
        self.reconnects += 1
        return self._start()

    def _linger(self) -> None:
        self._enter(Phase.LINGERING, self.timing.idle_s)

    def _go_on(self) -> None:
        self._enter(Phase.RUNNING)

    def _stop(self) -> Action:
        self._enter(Phase.STOPPING)
        return Action.STOP

    def _rest(self) -> None:
        self._enter(Phase.RESTING)
        self._show(State.IDLE)

    def _fail(self) -> None:
        """It ended by itself, and is started again later."""
        if self._ended:
            self._finish()
            return
        self._note_failure()
        reason, detail = self._failure or ("crashed", "")
        self._show(State.OFFLINE, reason, detail)
        self._enter(Phase.WAITING, self._not_before - self._now())

    def _fail_unwanted(self) -> None:
        if self._ended:
            self._finish()
            return
        self._note_failure()
        self._rest()

    def _note_failure(self) -> None:
        if self._live_since is not None and self._now() - self._live_since >= STEADY_S:
            self._backoff.reset()
        self._not_before = self._now() + self._backoff.next_s()
        reason = self._failure[0] if self._failure else "crashed"
        # Only reasons of the table are counted: a process that invents others must not fill the memory.
        self.failures[reason if reason in REASONS else "failed"] += 1

    def _finish(self) -> None:
        self._enter(Phase.FINISHED)
        self._show(State.ENDED)

    def _stopped(self) -> Action | None:
        """The node stopped it: this is not a failure."""
        self._rest()
        return self._connect() if self.wanted else None

    def _begin_again(self) -> Action | None:
        self._rest()
        return self._connect() if self.wanted else None


TABLE: dict[tuple[Phase, Event], Callable[[Life], Action | None]] = {
    (Phase.RESTING, Event.DEMAND): Life._connect,
    (Phase.RUNNING, Event.NO_DEMAND): Life._linger,
    (Phase.RUNNING, Event.EXITED): Life._fail,
    (Phase.RUNNING, Event.RESTART): Life._stop,
    (Phase.LINGERING, Event.DEMAND): Life._go_on,
    (Phase.LINGERING, Event.TIMER): Life._stop,
    (Phase.LINGERING, Event.EXITED): Life._fail_unwanted,
    (Phase.LINGERING, Event.RESTART): Life._stop,
    (Phase.STOPPING, Event.EXITED): Life._stopped,
    (Phase.WAITING, Event.TIMER): Life._start_again,
    (Phase.WAITING, Event.NO_DEMAND): Life._rest,
    (Phase.WAITING, Event.RESTART): Life._begin_again,
    (Phase.FINISHED, Event.RESTART): Life._begin_again,
}
