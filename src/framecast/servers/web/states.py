"""What the node says about each stream, for everybody here who wants to hear of changes. Event loop only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from framecast.model import State
from framecast.servers.node_link import Fields
from framecast.servers.web.silence import reason_words

Listener = Callable[[dict[str, Any]], None]
_WRONG = (State.OFFLINE, State.STALLED)


class States:
    """Remembers the newest state of each stream and tells listeners of that stream."""

    def __init__(self) -> None:
        self._newest: dict[str, dict[str, Any]] = {}
        self._listeners: dict[str, set[Listener]] = {}

    def take(self, status: Fields) -> None:
        """Hear a status of the node."""
        name, state = str(status["name"]), state_of(status)
        if self._newest.get(name) == state:
            return
        self._newest[name] = state
        for listener in tuple(self._listeners.get(name, ())):
            listener(state)

    def every_s(self, name: str) -> float:
        """Return the usual time between pictures of a slow stream; 0 where they come more often, or that is not known."""
        every_s = self._newest.get(name, {}).get("every_s")
        return every_s if isinstance(every_s, float) else 0.0

    def forget(self, name: str) -> None:
        """A stream was removed."""
        self._newest.pop(name, None)

    def listen(self, name: str, listener: Listener) -> Callable[[], None]:
        """Tell `listener` the state now, where it is known, and each change; returns how to end that."""
        self._listeners.setdefault(name, set()).add(listener)
        if name in self._newest:
            listener(self._newest[name])

        def end() -> None:
            listeners = self._listeners.get(name, set())
            listeners.discard(listener)
            if not listeners:
                self._listeners.pop(name, None)

        return end


def state_of(status: Fields) -> dict[str, Any]:
    """Return the state of a stream as players hear it: `detail` says in words what is wrong, `every_s` how seldom pictures come."""
    state, reason = str(status["state"]), str(status.get("reason", ""))
    detail = reason_words(reason, str(status.get("detail", ""))) if state in _WRONG else ""
    slow = {"every_s": status["every_s"]} if status.get("every_s") else {}
    return {"state": state, "reason": reason, "detail": detail, "live": state == State.LIVE, **slow}
