"""The publisher of a stream that a program outside the node writes: the node neither starts nor restarts it.

Runs in the node's event loop. Keeps the label, state and failures of the program, and the first free epoch for the next one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from framecast.model import State
from framecast.node.connection import Connection
from framecast.node.pulse import Pulse
from framecast.node.writer import Writer, first_epoch

_SILENT = (
    State.STALLED,
    "stalled",
    "the program that publishes it does not answer: it is suspended or hangs",
)


class ExternalPublisher:
    """The writer of a stream that has no source of its own; there may be no program at the moment."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self.writer: Writer | None = None
        self.reconnects = -1
        self.failures: Counter[str] = Counter()  # as those of a source: it has left without ending
        self.label = ""
        self._state: tuple[State, str, str] = (State.CONNECTING, "", "nobody publishes it yet")
        self._silent = False
        self._pulse: Pulse | None = None
        self._epoch = first_epoch()
        self._on_change = on_change

    @property
    def state(self) -> tuple[State, str, str]:
        """State, reason and detail, as people see them."""
        return _SILENT if self._silent and self._state[0] is State.LIVE else self._state

    @property
    def taken(self) -> bool:
        """True while a program writes."""
        return self.writer is not None

    def take(self, connection: Connection, label: str, readers: int) -> None:
        """Accept the program at `connection` as the writer, and tell it so; `readers` wait for it."""
        self.reconnects += 1
        self.label = label
        self._state = (State.CONNECTING, "", "")
        self.writer = Writer(connection, self._reported, self._on_change, self._gone, readers)
        self._pulse = Pulse(self.writer.answer, lambda: self._answers(False), lambda: self._answers(True))
        connection.send({"ok": True, "epoch": self._epoch, "readers": readers})
        self._on_change()

    def count(self, readers: int) -> None:
        """Tell the program how many read its stream or wait for it."""
        if self.writer is not None:
            self.writer.count(readers)

    def stop(self) -> None:
        """Ask the program to end, and close its connection."""
        writer = self.writer
        if writer is not None:
            writer.stop()  # which ends it, too, if its program is gone
            writer.connection.finish()

    def _reported(self, state: State, reason: str, detail: str) -> None:
        self._state = (state, reason, detail)
        self._on_change()

    def _answers(self, answers: bool) -> None:
        self._silent = not answers
        self._on_change()

    def _gone(self) -> None:
        if self._pulse is not None:
            self._pulse.stop()
        self._silent = False
        if self.writer is not None:
            self._epoch = max(self._epoch, self.writer.newest_epoch + 1)
        self.writer = None
        if self._state[0] is not State.ENDED:
            self._state = (State.OFFLINE, "gone", "")
            self.failures["gone"] += 1
        self._on_change()
