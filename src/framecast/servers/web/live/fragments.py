"""The next fragments of a live MP4 as it goes to viewers: a picture's fragment, and the sound that came with it.

Fragments and their WebSocket frames are built once, for all viewers. A viewer that came later has a time line that begins
later: only one number in each fragment differs, and everything else is shared.
"""

from __future__ import annotations

import json
import struct
from functools import cached_property

from framecast.clock import utc_ns
from framecast.media.fmp4 import Fragment
from framecast.protocols.websocket import Opcode, framed, head

_ID = struct.Struct(">I")


class Fragments:
    """Fragments that belong together, the picture first. `opens`: playing can begin here. Times are UTC ms."""

    def __init__(
        self, items: tuple[Fragment, ...], captured_ms: int, *, opens: bool, has_clock: bool
    ) -> None:
        self.items = items
        self.captured_ms = captured_ms
        self.opens = opens
        self.has_clock = has_clock
        self.size = sum(fragment.size for fragment in items)
        self._messages: dict[int, tuple[list[bytes], int]] = {}  # by time line
        self._heads = [head(Opcode.BINARY, fragment.size) + fragment.before for fragment in items]

    @property
    def start_ns(self) -> int:
        """When the first of it is shown, on the live MP4's time line."""
        return self.items[0].start_ns

    def messages(self, zero_ns: int) -> tuple[list[bytes], int]:
        """Return it as WebSocket messages on a time line that begins at `zero_ns`, in buffers, and their bytes.

        Viewers that joined with the same key frame have the same time line, and get the same objects.
        """
        found = self._messages.get(zero_ns)
        if found is None:
            buffers: list[bytes] = []
            for before, fragment in zip(self._heads, self.items, strict=True):
                time = fragment.at(zero_ns)
                if time is not None:
                    buffers += (before + time + fragment.after, fragment.payload)
            if self.has_clock:
                buffers.append(self._clock)
            found = self._messages[zero_ns] = buffers, sum(map(len, buffers))
        return found

    def buffers(self, zero_ns: int) -> tuple[list[bytes], int]:
        """Return it as a part of a file whose time line begins at `zero_ns`, in buffers, and their bytes."""
        buffers: list[bytes] = []
        for fragment in self.items:
            time = fragment.at(zero_ns)
            if time is not None:
                buffers += (fragment.before, time, fragment.after, fragment.payload)
        return buffers, sum(map(len, buffers))

    def numbered(self, number: int, stream: str) -> bytes:
        """Return it as WebSocket messages that begin with the live MP4's number: the same object for all viewers."""
        if self._numbered is None:
            buffers: list[bytes] = []
            for fragment in self.items:
                buffers += (head(Opcode.BINARY, _ID.size + fragment.size), _ID.pack(number), fragment.whole())
            if self.has_clock:
                buffers.append(framed(Opcode.TEXT, self._clock_text(stream)))
            self._numbered = b"".join(buffers)
        return self._numbered

    _numbered: bytes | None = None

    @cached_property
    def _clock(self) -> bytes:
        return framed(Opcode.TEXT, self._clock_text(None))

    def _clock_text(self, stream: str | None) -> bytes:
        fields: dict[str, object] = {"type": "framecast/clock"}
        if stream is not None:
            fields["src"] = stream
        now_ms = round(utc_ns() / 1e6, 1)
        return json.dumps({**fields, "value": {"now_ms": now_ms, "captured_ms": self.captured_ms}}).encode()
