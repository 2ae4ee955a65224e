"""The pictures of a window: the newest one, or in words why there is none. Opened again when the stream has ended.

Never waits: the window's thread sleeps in select on `fileno` and asks then. It may skip pictures: `dropped` of the next one says how many.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import framecast
from framecast.client.frame import Frame
from framecast.client.reader import Reader
from framecast.clock import NS, monotonic_ns
from framecast.errors import Ended, FramecastError, NotFound, WouldBlock
from framecast.model import State

_RETRY_S = 1.0
# A picture that has come this recently is believed more than what the node said about its stream.
_FRESH_S = 0.5
# After this long without a picture, or after this many of the stream's usual pauses, the last one is not shown as fresh.
_LATE_S, _PAUSES = 3.0, 5
# A node that is gone does not matter while pictures come.
_SILENT_S = 2.0
_WORDS = {
    State.IDLE: "waiting for the first picture",
    State.CONNECTING: "connecting",
    State.LIVE: "waiting for the first picture",
    State.STALLED: "the source stopped sending",
    State.OFFLINE: "the source is away",
    State.ENDED: "the stream has ended",
}


class Pictures:
    """The pictures of `stream`, whatever `framecast.open` takes.

    Raises:
        FramecastError: the stream did not open.
    """

    def __init__(self, stream: str, clock: Callable[[], float] = monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self.reader: Reader | None = framecast.open(stream)
        self._seen_at: float | None = None
        self._retry_at = 0.0
        self._failure = ""
        self._pause_s = 0.0  # between two pictures, smoothed

    def fileno(self) -> int | None:
        """A descriptor for select, None while there is nothing to wait for."""
        return None if self.reader is None else self.reader.fileno()

    def next(self) -> Frame | None:
        """Return the newest picture, None if none has come since.

        Raises:
            NotFound: the stream has no pictures.
        """
        try:
            if self.reader is None:
                if self._clock() < self._retry_at:
                    return None
                self.reader = framecast.open(self._stream)
            frame = self.reader.read(0)
        except WouldBlock:
            return None
        except NotFound as error:
            if self._seen_at is None:
                raise
            self._lose(error)
            return None
        except FramecastError as error:
            self._lose(error)
            return None
        if (monotonic_ns() - frame.arrived_ns) / NS > _LATE_S + _PAUSES * self._pause_s:
            return None  # kept since its source stopped
        now = self._clock()
        if self._seen_at is not None:
            self._pause_s += 0.1 * (now - self._seen_at - self._pause_s)
        self._seen_at, self._failure = now, ""
        return frame

    @property
    def away(self) -> str:
        """Why there is no picture, in words; '' if there is one."""
        if self.reader is None or self._failure:
            return self._failure
        silent_s = _SILENT_S if self._seen_at is None else self._clock() - self._seen_at
        if not self.reader.node_connected:
            return "no node answers" if silent_s >= _SILENT_S else ""
        state = self.reader.state
        if silent_s < _FRESH_S:
            return ""
        if state is State.LIVE and self._seen_at is not None:
            return "no pictures are coming" if silent_s > max(_LATE_S, _PAUSES * self._pause_s) else ""
        return self.reader.detail or _WORDS[state]

    def close(self) -> None:
        """Stop reading. Idempotent."""
        if self.reader is not None:
            self.reader.close()
            self.reader = None

    def _lose(self, error: FramecastError) -> None:
        """Ask again later: a removed stream may be added again."""
        self._failure = _WORDS[State.ENDED] if isinstance(error, Ended) else str(error)
        self._retry_at = self._clock() + _RETRY_S
        self.close()
