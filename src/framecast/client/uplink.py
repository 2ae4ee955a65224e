"""The process that carries a published stream to another node: a reader here, a writer there. `python -m framecast.client.uplink`.

The program writes to its own node's shared memory, as always; this process reads what is wanted there, and nothing else.
A slow network therefore costs old pictures and never the program's time. gRPC and its threads stay out of the program.
Settings come as one JSON line on stdin, messages go out as JSON lines on stdout. It ends when stdin does: what is on its way is
still sent, for a moment.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from framecast import process
from framecast.client.node_client import NodeClient
from framecast.client.uplink_call import DRAIN_S, Outgoing, UplinkCall
from framecast.errors import (
    Broken,
    Closed,
    Conflict,
    FramecastError,
    NodeUnavailable,
    WouldBlock,
    error_to_json,
)
from framecast.model import Source, State
from framecast.model.backoff import Backoff
from framecast.peer.address import PeerAddress
from framecast.peer.peer import Peer

_FIRST_RETRY_S = 0.1
_LAST_RETRY_S = 2.0
# After a cut the other node holds the name for its old connection until it notices that this is dead: its keepalive, 30 s.
_GHOST_S = 60.0
_LOOK_S = 0.5
_ANSWER_END_S = 2.0
_PASSING = (NodeUnavailable, WouldBlock, Broken, Closed)


class Uplink:
    """Keeps the connection for as long as the program publishes."""

    def __init__(self, outgoing: Outgoing, was_accepted: bool) -> None:
        self._outgoing = outgoing
        self._closing = threading.Event()
        self._call: UplinkCall | None = None
        # When a connection that had been accepted was lost: of this process, or of one before it that died.
        self._connected_at: float | None = monotonic() if was_accepted else None

    def run(self) -> None:
        """Carry until the program is finished, or until it can never go on."""
        threading.Thread(target=self._hear_program, name="program", daemon=True).start()
        threading.Thread(target=self._watch_stream, name="stream", daemon=True).start()
        backoff = Backoff(_LAST_RETRY_S, first_s=_FIRST_RETRY_S)
        while not self._closing.is_set():
            with Peer(self._outgoing.address) as peer:
                call = self._call = UplinkCall(
                    self._outgoing, peer, lambda: say(event="accepted"), say_awaited
                )
                try:
                    call.run()
                    return
                except FramecastError as error:
                    if call.accepted:
                        self._connected_at = monotonic()
                        backoff.reset()
                    if not self._may_pass(error):
                        say(event="error", **error_to_json(error))
                        return
                    say(event="lost", message=str(error))
            self._closing.wait(backoff.next_s())

    def _may_pass(self, error: FramecastError) -> bool:
        """True if trying again may help."""
        if self._connected_at is None:
            return False
        is_ours = isinstance(error, Conflict) and error.fields.get("writer") == self._outgoing.label
        is_ghost = is_ours and monotonic() - self._connected_at < _GHOST_S
        return is_ghost or isinstance(error, _PASSING)

    def _wake(self) -> None:
        """Have the call look at what has changed."""
        if self._call is not None:
            self._call.wake()

    def _hear_program(self) -> None:
        self._outgoing.meant = "finish" in sys.stdin.read().split()
        self._outgoing.closing_at = monotonic()
        self._closing.set()
        self._wake()
        sleep(DRAIN_S + _ANSWER_END_S)
        os._exit(0)  # the other node does not take the rest

    def _watch_stream(self) -> None:
        """Follow which tracks the program announces."""
        while not self._closing.is_set():
            with suppress(FramecastError), NodeClient(socket=self._outgoing.socket) as node:
                for change in node.watch():
                    if change.name == self._outgoing.name and change.status is not None:
                        self._outgoing.tracks = {info.name: info for info in change.status.tracks}
                        self._outgoing.ready = change.status.state is State.LIVE
                        self._wake()
            self._closing.wait(_LOOK_S)


def say_awaited(awaited: bool) -> None:
    """Tell the program whether a reader there waits for its stream."""
    say(event="awaited", readers="some" if awaited else "")


def say(**message: object) -> None:
    """Send the program a message; it may be gone already."""
    with suppress(OSError):
        print(json.dumps(message), flush=True)  # noqa: T201  this process speaks by lines


def main() -> int:
    """Carry out the task that is on stdin."""
    process.rename("fc-uplink")
    task = json.loads(sys.stdin.readline())
    address = PeerAddress.parse(Source(task["address"]))
    Uplink(Outgoing(Path(task["socket"]), task["name"], address, task["label"]), task["was_accepted"]).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
