"""The states of streams as the pages of this server show them. Event loop only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from framecast.control.changes import Change, Changes
from framecast.model import State
from framecast.model.status import Status
from framecast.servers.web.live.silence import reason_words

Listener = Callable[[dict[str, Any]], None]


class StreamStates:
    """Gives players the state of their stream, each time that it is another one."""

    def __init__(self, changes: Changes) -> None:
        self.tried: set[str] = set()  # streams whose first try to connect is over, with whatever result
        self._changes = changes
        changes.listen("", self._note)

    def every_s(self, name: str) -> float:
        """Return the usual time between pictures of a slow stream; 0 if they come more often, or if that is not known."""
        status = self._changes.newest.get(name)
        return float(status.every_s or 0.0) if status is not None else 0.0

    def listen(self, name: str, listener: Listener) -> Callable[[], None]:
        """Give `listener` the state now, if it is known, and each other one; returns the function that ends that."""
        shown: dict[str, Any] = {}

        def on_change(change: Change) -> None:
            nonlocal shown
            state = {} if change.status is None else state_of(change.status)
            if state and state != shown:
                listener(state)
            shown = state

        return self._changes.listen(name, on_change)

    def _note(self, change: Change) -> None:
        if change.status is None:
            self.tried.discard(change.name)
        elif change.status.state is not State.CONNECTING:
            self.tried.add(change.name)


def state_of(status: Status) -> dict[str, Any]:
    """Return the state of a stream for players.

    `detail` says in words what is wrong, `every_s` how seldom pictures come, `seen_ms` when the newest one of a failed source came,
    `last_ms` when the picture was captured that is kept of it (`GET /api/last.jpeg`).
    """
    detail = reason_words(status.reason, status.detail) if status.has_failed else ""
    return {
        "state": str(status.state),
        "reason": status.reason,
        "detail": detail,
        "live": status.state is State.LIVE,
        **({"every_s": status.every_s} if status.every_s else {}),
        **(_before_it_failed(status) if status.has_failed else {}),
    }


def _before_it_failed(status: Status) -> dict[str, int]:
    times = {"seen_ms": status.newest_at or status.last_picture_at, "last_ms": status.last_picture_at}
    return {name: round(1000 * at) for name, at in times.items() if at}
