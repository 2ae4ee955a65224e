"""A program's publication at another node: the same as `Publication`, with a process in between.

The program writes to its own private node, where the process `uplink` reads it. That process is started again if it dies, and
finds the other node again by itself. A thread of this program (daemon) reads its messages.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from framecast.bus import Publisher
from framecast.bus.forked import close_in_child
from framecast.client.private import PrivateNode, environment, private_node
from framecast.client.publication import Publication
from framecast.control.publishing import label_of_program
from framecast.errors import FramecastError, Invalid, NodeUnavailable, error_from_json
from framecast.peer.address import PeerAddress

_ACCEPT_S = 30.0
_END_S = 5.0
_RETRY_S = 0.5


class RemotePublication:
    """The publisher of the stream at `address`.

    Raises:
        NodeUnavailable: no node answers there.
        Conflict: the stream has another writer.
        Denied: the token is missing or wrong.
    """

    def __init__(self, address: PeerAddress) -> None:
        if not address.stream:
            raise Invalid(f"{address.url} names a node but no stream: write {address.url}/NAME")
        self.name = address.stream
        self._node = private_node()
        self._publication = Publication(f"publish-{secrets.token_hex(6)}", self._node.socket)
        self.stopped = self._publication.stopped  # a node asked this writer to end, or it cannot go on
        try:
            self._uplink = _Uplink(self._node, self._publication.name, address, self.stopped.set)
        except BaseException:
            self._publication.finish()
            self._publication.close()
            raise

    @property
    def publisher(self) -> Publisher:
        """What the program writes to: shared memory of this host."""
        return self._publication.publisher

    @property
    def connected(self) -> bool:
        """True while the other node has the stream."""
        return self._publication.connected and self._uplink.connected

    @property
    def wanted(self) -> bool:
        """True while the stream has a reader there, or one waits for it."""
        return self._publication.wanted or self._uplink.awaited

    def go_live(self) -> None:
        """Tell that all declared tracks are announced."""
        self._publication.go_live()

    def finish(self) -> None:
        """Tell readers there that the end is meant; then `close`."""
        self._uplink.say("finish")

    def check(self) -> None:
        """Raise what went wrong for good in the background.

        Raises:
            Conflict: while the other node was away another program took the name.
            NotFound: somebody removed the stream there.
            NodeUnavailable: this program's own node has died.
        """
        if not self._node.alive:
            raise NodeUnavailable("this program's own node has died: publish the stream again")
        self._publication.check()
        self._uplink.check()

    def close(self) -> None:
        """End the publisher; what is on its way still goes, for a moment. Idempotent, from any thread."""
        self._publication.finish()  # here it ends in any case; the uplink tells the other node
        self._publication.close()
        self._uplink.close()


class _Uplink:
    """The process, and what it has said last."""

    def __init__(
        self, node: PrivateNode, stream: str, address: PeerAddress, on_failure: Callable[[], None]
    ) -> None:
        self.connected = False
        self.awaited = False  # somebody over there waits for what is not declared yet
        self._on_failure = on_failure
        self._pid = os.getpid()
        self._url = address.url
        self._task = {
            "socket": str(node.socket),
            "name": stream,
            "address": address.source.reveal(),
            "label": label_of_program(),
            "was_accepted": False,
        }
        self._closed = threading.Event()
        self._answered = threading.Event()
        self._failure: FramecastError | None = None
        self._process = self._start()
        close_in_child(self)
        self._thread = threading.Thread(target=self._keep, name=f"uplink-{address.stream}"[:15], daemon=True)
        self._thread.start()
        try:
            self._await_answer()
        except BaseException:
            self.close()
            raise

    def _await_answer(self) -> None:
        if not self._answered.wait(_ACCEPT_S):
            raise NodeUnavailable(f"{self._url} did not answer within {_ACCEPT_S:g} s")
        self.check()

    def check(self) -> None:
        """Raise why the stream cannot go on."""
        if self._failure is not None:
            raise self._failure

    def say(self, word: str) -> None:
        """Send the process a word."""
        _write(self._process, word)

    def close(self) -> None:
        """Let it send what is on its way, and end it. Idempotent."""
        if os.getpid() != self._pid or self._closed.is_set():
            return
        self._closed.set()
        self._close_stdin()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        self._process.kill()
        if threading.current_thread() is not self._thread:
            self._thread.join(_END_S)

    def after_fork(self) -> None:
        """In a forked child: let go of the pipes, so that the process ends with the parent."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    os.close(pipe.fileno())

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "framecast.client.uplink"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            start_new_session=True,  # Ctrl-C is for the program; it decides when its streams end
        )
        _write(process, json.dumps(self._task))
        return process

    # --- the thread

    def _keep(self) -> None:
        while True:
            self._hear()
            self.connected = self.awaited = False
            self._process.wait()
            if self._closed.is_set() or self._failure is not None:
                break
            if not self._answered.is_set():
                self._fail(NodeUnavailable("the process that connects to other nodes did not start"))
                break
            if self._closed.wait(_RETRY_S):
                break
            self._restart()
        self._close_stdin()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _hear(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                message = json.loads(line)
                event = message["event"]
            except (ValueError, KeyError, TypeError):
                continue
            if event == "awaited":
                self.awaited = bool(message.get("readers"))
                continue
            self.connected, self.awaited = event == "accepted", False
            if event == "accepted":
                self._answered.set()
            elif event == "error":
                self._fail(error_from_json(message))

    def _restart(self) -> None:
        """It died: the program goes on writing, and never notices."""
        self._close_stdin()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._task["was_accepted"] = True
        self._process = self._start()
        if self._closed.is_set():
            self._close_stdin()

    def _fail(self, error: FramecastError) -> None:
        self._failure = error
        self._answered.set()
        self._on_failure()

    def _close_stdin(self) -> None:
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()


def _write(process: subprocess.Popen[bytes], line: str) -> None:
    assert process.stdin is not None
    with suppress(OSError, ValueError):  # it has died, and the thread starts another one
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()
