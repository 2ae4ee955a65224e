"""Changes of streams: what one is, who listens for them, and what a slow listener gets. Pure; one thread or event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from framecast.errors import FramecastError
from framecast.model.status import Status

T = TypeVar("T")
Listener = Callable[["Change"], None]


@dataclass(frozen=True, slots=True)
class Change:
    """A stream as it is now: `status` is None if the stream was removed."""

    name: str
    status: Status | None


def change_from_json(fields: Mapping[str, Any]) -> Change | None:
    """Return the change that the node sent, None for any other message.

    Raises:
        Invalid: the status of a stream cannot be read.
    """
    if fields.get("event") == "stream":
        return Change(str(fields["name"]), Status.from_json(fields))
    if fields.get("event") == "removed":
        return Change(str(fields["name"]), None)
    return None


class Changes:
    """The newest status of every stream, and the listeners for one stream or for all ('')."""

    def __init__(self) -> None:
        self.newest: dict[str, Status] = {}
        self._listeners: dict[str, dict[object, Listener]] = {}  # by stream, in the order in which they came

    @property
    def listener_count(self) -> int:
        """The number of listeners."""
        return sum(map(len, self._listeners.values()))

    def note(self, change: Change) -> None:
        """Keep a change, and call its listeners."""
        if change.status is None:
            self.newest.pop(change.name, None)
        else:
            self.newest[change.name] = change.status
        for key in ("", change.name):
            for listener in tuple(self._listeners.get(key, {}).values()):
                listener(change)

    def listen(self, name: str, listener: Listener) -> Callable[[], None]:
        """Call `listener` with what is known now and with each change; returns the function that ends that."""
        token = object()
        self._listeners.setdefault(name, {})[token] = listener
        known = [name] if name else list(self.newest)
        for one in known:
            if one in self.newest:
                listener(Change(one, self.newest[one]))

        def end() -> None:
            listeners = self._listeners.get(name, {})
            listeners.pop(token, None)
            if not listeners:
                self._listeners.pop(name, None)

        return end

    def clear(self) -> None:
        """Forget the streams: the node is gone, or nobody listens."""
        self.newest.clear()


class NewestOfEach(Generic[T]):
    """What a slow listener has not taken yet: the newest of each stream, so it never holds more than there are streams."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.failure: FramecastError | None = None
        self._wake = wake
        self._waiting: dict[str, T] = {}

    @property
    def is_ready(self) -> bool:
        """True if `take` has something to give or to raise."""
        return bool(self._waiting) or self.failure is not None

    def put(self, name: str, value: T) -> None:
        """Add the newest of a stream in place of an earlier one."""
        self._waiting.pop(name, None)
        self._waiting[name] = value
        self._wake()

    def fail(self, error: FramecastError) -> None:
        """End it: `take` raises `error` after what is there."""
        self.failure = error
        self._wake()

    def take(self) -> Iterator[T]:
        """Yield what is there, the oldest first.

        Raises:
            FramecastError: nothing more will come.
        """
        while self._waiting:
            yield self._waiting.pop(next(iter(self._waiting)))
        if self.failure is not None:
            raise self.failure.with_traceback(None)
