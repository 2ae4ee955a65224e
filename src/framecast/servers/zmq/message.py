"""One record on its way to subscribers: built once, sent to any number of them.

Large payloads stay where they are, in shared memory: the record's lease ends when the last subscriber's socket has taken
the last byte, or when nobody wants it any more. Event loop only.
"""

from __future__ import annotations

from typing import TypeAlias

from framecast.protocols import zmtp

Buffer: TypeAlias = "bytes | memoryview"

# Below this a copy is cheaper than a lease and a second buffer.
SMALL_BYTES = 16 << 10


class Message:
    """A topic (None where the dialect has none), a JSON header whose last field is `dropped`, and the payload.

    `lost` counts the records that the bus left out before this one. `head` is the header without its end.
    """

    __slots__ = ("_head", "_topic", "_wire", "is_key", "lost", "payload", "seq", "size")

    def __init__(
        self, topic: bytes | None, head: str, payload: Buffer, *, seq: int, is_key: bool = True, lost: int = 0
    ) -> None:
        self._topic = topic
        self._head = head.encode()
        self._wire: bytes | None = None
        self.payload = bytes(payload) if len(payload) < SMALL_BYTES else payload
        self.size = len(self.payload) + len(self._head)
        self.seq = seq
        self.is_key = is_key
        self.lost = lost

    def parts(self, dropped: int) -> list[Buffer]:
        """Return the parts for a subscriber that lost `dropped` records before this one."""
        head = self._head + b',"dropped":%d}' % dropped
        return [head, self.payload] if self._topic is None else [self._topic, head, self.payload]

    def wire(self, dropped: int) -> list[Buffer]:
        """Return the same as it goes over a connection without encryption."""
        if self._wire is not None and not dropped:
            return [self._wire]
        *first, payload = self.parts(dropped)
        before = b"".join(zmtp.frame(bytes(part), zmtp.MORE) for part in first) + zmtp.header(len(payload))
        if len(payload) >= SMALL_BYTES:
            return [before, payload]
        wire = before + bytes(payload)
        if not dropped:
            self._wire = wire
        return [wire]
