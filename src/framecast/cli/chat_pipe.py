"""`framecast chat` between pipes: each line of stdin is said, each message of others is a line of stdout. One thread, which waits for both at once."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Iterable
from typing import Any

from framecast.cli.chat_text import event_json, message_line
from framecast.cli.failure import sentence
from framecast.client.room import Room
from framecast.client.room_values import RoomEvent, RoomMessage
from framecast.errors import Denied, Invalid, WouldBlock

_LONGEST_LINE = 64 << 10  # bytes
_READ = 64 << 10
_LONGEST_WAIT_S = 3600.0


class ChatPipe:
    """A room between two pipes."""

    def __init__(self, entered: Room, as_json: bool) -> None:
        self._room = entered
        self._as_json = as_json
        self._rest = b""
        self._seen = 0
        self._is_well = True

    def run(self, history: Iterable[RoomMessage], follow: bool) -> bool:
        """Show what was said before, say what comes on stdin and show what others say, until stdin ends; return False if something was not said.

        Raises:
            FramecastError: the room has gone.
        """
        for message in history:
            self.show(
                RoomEvent("message", message.seq, message.sent_at, message.author, message), is_past=True
            )
        sources: list[Any] = [sys.stdin, self._room]
        while True:
            ready, _, _ = select.select(sources, [], [])
            self.show_events()
            if sys.stdin in ready and not self._read():
                self.show_events()
                if not follow:
                    return self._is_well
                sources = [self._room]

    def show_events(self) -> None:
        """Show what has come."""
        while True:
            try:
                event = self._room.read_event(0)
            except WouldBlock:
                return
            if event.kind != "message" or event.seq > self._seen:
                self.show(event)

    def show(self, event: RoomEvent, *, is_past: bool = False) -> None:
        """Show one event: messages as lines, but not what this program has just said; everything as JSON."""
        if event.kind == "message":
            self._seen = max(self._seen, event.seq)
        if self._as_json:
            print(event_json(event), flush=True)
            return
        message = event.message
        if event.kind != "message" or message is None or message.is_deleted:
            return
        if is_past or message.author.id != self._room.me.id:
            print(message_line(message), flush=True)

    def _read(self) -> bool:
        data = os.read(sys.stdin.fileno(), _READ)
        *lines, self._rest = (self._rest + data).split(b"\n")
        if not data or len(self._rest) > _LONGEST_LINE:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self._say(line.decode(errors="replace").strip())
        return bool(data)

    def _say(self, text: str) -> None:
        """Say one line, as soon as the room lets it."""
        if not text:
            return
        while True:
            try:
                self._room.send(text)
                return
            except WouldBlock as error:
                wait_s = error.fields.get("wait_s")
                if not isinstance(wait_s, int | float) or not 0 < wait_s <= _LONGEST_WAIT_S:
                    raise
                time.sleep(wait_s)
            except (Invalid, Denied) as error:
                self._is_well = False
                print(f"framecast: not said: {sentence(error)}", file=sys.stderr)
                return
