"""A reader that its source waits for: it may ask to go on at another place, and it gets every record once or an error.

A source that fails or dies in the middle ends it: the next one would begin again, and the reader would get records twice.
The thread that reads.
"""

from __future__ import annotations

from time import monotonic

from framecast.bus.channel import Fields
from framecast.bus.connection import Connection
from framecast.bus.subscriber import Subscriber
from framecast.errors import Broken, Ended, FramecastError, SourceError, WouldBlock
from framecast.model import State


class SeekingSubscriber(Subscriber):
    """Reads a track whose source waits for this reader."""

    _sought = 0  # how often it has asked for another place
    _is_orphan = False  # its publisher is gone

    def seek(self, order: Fields, timeout_s: float | None = None) -> Fields:
        """Go on where `order` says, {"frame": number} or {"time_s": seconds}; return what the source answers.

        Works at the end, too. What was on its way is given back unread.

        Raises:
            WouldBlock: no answer came in time. Where the reader is then is open; seek once more.
            As `read`.
        """
        deadline = None if timeout_s is None else monotonic() + timeout_s
        with self._reading:
            if isinstance(self._failure, Ended) and self._connection is not None:
                self._failure = None
            self._sought += 1
            asked: Connection | None = None
            while True:
                self._check()
                connection = self._connection
                if connection is not None:
                    if connection is not asked:
                        connection.ask({"number": self._sought, **order})
                        asked = connection
                    if self._is_answered(connection):
                        return connection.answer
                left = None if deadline is None else deadline - monotonic()
                if not self._wait(left) and left is not None and left <= 0:
                    raise WouldBlock(f"{self.wish.stream} did not complete the seek in time")

    def _check(self) -> None:
        if isinstance(self._failure, SourceError):  # a fresh one each time, as of the others
            raise SourceError(self._failure.reason, str(self._failure))
        super()._check()

    def _is_answered(self, connection: Connection) -> bool:
        """Give back what was sent before the answer; True once that is there."""
        try:
            while (descriptor := connection.next()) is not None:
                connection.give_back(descriptor)
                connection.flush()
        except Ended:
            return False  # of the place where it was
        except Broken:
            self._lose_publisher()
            return False
        except FramecastError as error:
            self._failure = error.with_traceback(None)
            return False
        return connection.answer.get("number") == self._sought

    def _lose_publisher(self) -> None:
        connection, self._connection = self._connection, None
        assert connection is not None
        self._detach(connection)
        self._is_orphan = True
        self._judge(self._stats.status.state)

    def _on_state(self, fields: Fields) -> None:
        super()._on_state(fields)
        if self._is_orphan:
            self._judge(State(str(fields["state"])))

    def _meet(self, fd: int, number: int) -> None:
        super()._meet(fd, number)
        if self._is_orphan and self._failure is None:
            self._failure = SourceError("crashed", f"the process that reads {self.wish.stream} was replaced")

    def _judge(self, state: State) -> None:
        """Find out why the publisher is gone: the node says it a moment before or after."""
        status = self._stats.status
        if state is State.ENDED:
            self._failure = Ended(f"stream {self.wish.stream} has ended")
        elif state in (State.OFFLINE, State.IDLE):
            self._failure = SourceError(status.reason or "crashed", status.detail or "its process has ended")
