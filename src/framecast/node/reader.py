"""A reader as the node sees it: one open subscription, and the publisher that it was introduced to. Runs in the node's loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from framecast.bus.channel import Fields
from framecast.errors import FramecastError, Invalid
from framecast.model import State, Subscription
from framecast.node.connection import Connection
from framecast.node.writer import Writer

# A reader whose sockets break at once is introduced again after this time, not sooner.
AGAIN_S = 0.05


class Reader:
    """The connection of one subscriber."""

    def __init__(
        self,
        connection: Connection,
        subscription: Subscription,
        on_again: Callable[[Reader], None],
        on_close: Callable[[Reader], None],
    ) -> None:
        self.connection = connection
        self.subscription = subscription
        self.writer: Writer | None = None
        self._number = 0
        self._sent_state: tuple[State, str, str] | None = None
        self._on_again = on_again
        self._on_close = on_close
        self._again: asyncio.TimerHandle | None = None
        # The node's copy of the reader's end of the socket pair, if one of the two is another user's program: closing the connection to it
        # would not end what it reads or writes there.
        self._held: socket.socket | None = None
        connection.on_message = self._hear
        connection.on_close = self._end

    @property
    def waits(self) -> bool:
        """True while it waits to be introduced to a publisher."""
        return (
            self._again is None and not self.connection.closed and (self.writer is None or self.writer.closed)
        )

    @property
    def was_served(self) -> bool:
        """True once it has been introduced to a publisher."""
        return self._number > 0

    def send_state(self, state: State, reason: str, detail: str) -> None:
        """Send the state if it has changed."""
        if self._sent_state != (state, reason, detail):
            self._sent_state = (state, reason, detail)
            self.connection.send({"event": "state", "state": str(state), "reason": reason, "detail": detail})

    def meet(self, writer: Writer) -> None:
        """Introduce it to a publisher."""
        try:
            sock = writer.introduce(self.subscription)
        except OSError as error:
            self.refuse(
                FramecastError(f"the node has no file descriptor left for this reader: {error.strerror}")
            )
            return
        self.writer = writer
        self._number += 1
        if self.connection.is_of_other_user or writer.connection.is_of_other_user:
            self._held = sock.dup()
        with sock:
            self.connection.send({"event": "introduce", "number": self._number}, [sock.fileno()])

    def cut(self) -> None:
        """End what it reads from the publisher that it was introduced to, if the node can; both ends see that the other is gone. Idempotent."""
        held, self._held = self._held, None
        if held is not None:
            with held, suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)

    def refuse(self, error: FramecastError) -> None:
        """Send the reason why it is not served, and end."""
        self.connection.refuse(error)

    def _hear(self, fields: Fields) -> None:
        if fields.get("op") != "again":
            self.refuse(Invalid(f"a reader may only send 'again', got {fields.get('op')!r:.40}"))
        elif fields.get("number") == self._number and self._again is None:
            self.writer = None
            self._again = asyncio.get_running_loop().call_later(AGAIN_S, self._ask_again)

    def _ask_again(self) -> None:
        self._again = None
        self._on_again(self)

    def _end(self) -> None:
        if self._again is not None:
            self._again.cancel()
        self.cut()
        self._on_close(self)
