"""A program's publisher and its connection to the node, made again in the background when the node restarts.

One thread of its own (daemon), which sleeps unless the node is away. Connected readers are served
all the time; new ones come with the new connection.
"""

from __future__ import annotations

import threading
from pathlib import Path

from framecast.bus import Callbacks, Publisher
from framecast.control.publishing import ask_to_publish, label_of_program
from framecast.errors import Conflict, FramecastError
from framecast.model import State
from framecast.model.backoff import Backoff

_FIRST_RETRY_S = 0.1
_LAST_RETRY_S = 2.0


class Publication:
    """The publisher of stream `name` at the node's `socket`.

    Raises:
        NodeUnavailable: no node answers.
        Conflict: the stream has another writer.
    """

    def __init__(self, name: str, socket: Path) -> None:
        self.name = name
        self._socket = socket
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._ready = False
        self._failure: FramecastError | None = None
        self.stopped = threading.Event()  # the node asked this writer to end
        channel, epoch, readers = ask_to_publish(socket, name, label_of_program())
        callbacks = Callbacks(on_node_lost=self._lost.set, on_stop=self.stopped.set)
        self.publisher = Publisher(channel, name, epoch=epoch, readers=readers, callbacks=callbacks)
        self._thread = threading.Thread(target=self._keep, name=f"publication-{name}"[:15], daemon=True)
        self._thread.start()

    @property
    def connected(self) -> bool:
        """False while the node is gone."""
        return self.publisher.connected

    @property
    def wanted(self) -> bool:
        """True while the stream has a reader, or one waits for it."""
        return self.publisher.wanted

    def go_live(self) -> None:
        """Tell the node that all declared tracks are announced; each new node gets it, too."""
        self._ready = True
        self.publisher.ready()
        self.publisher.report(State.LIVE)

    def finish(self) -> None:
        """Tell readers that this is a clean end; then `close`."""
        self.publisher.report(State.ENDED)

    def check(self) -> None:
        """Raise the permanent failure of the background thread, if there is one.

        Raises:
            Conflict: while the node was away another program took the name.
        """
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """End the publisher. Idempotent, from any thread."""
        self._stop.set()
        self._lost.set()
        self.publisher.close()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=5)

    def _keep(self) -> None:
        while True:
            self._lost.wait()
            self._lost.clear()
            if self._stop.is_set() or not self._reconnect():
                return

    def _reconnect(self) -> bool:
        backoff = Backoff(_LAST_RETRY_S, first_s=_FIRST_RETRY_S)
        while not self._stop.wait(backoff.next_s()):
            try:
                channel, _, readers = ask_to_publish(self._socket, self.name, label_of_program())
            except Conflict as error:
                self._failure = error
                return False
            except FramecastError:
                continue
            self.publisher.adopt(channel, readers, is_ready=self._ready)
            if self._ready:
                self.publisher.report(State.LIVE)
            return True
        return False
