"""One record on its way to subscribers: encoded once, sent to any number of them.

Large payloads stay where they are, in shared memory: the record's lease ends when the last subscriber's socket has taken
the last byte, or when the log has let go of it and no subscriber is being sent it. Event loop only.
"""

from __future__ import annotations

from typing import TypeAlias

from framecast.protocols import zmtp

Buffer: TypeAlias = "bytes | memoryview"

# Below this a copy is cheaper than a lease and a second buffer.
SMALL_BYTES = 16 << 10


class Message:
    """A topic (None if the dialect has no topics), a JSON header whose last field is `dropped`, and the payload.

    `head` is the header without its end.
    """

    __slots__ = ("_head", "_topic", "_wire", "payload", "size")

    def __init__(self, topic: bytes | None, head: str, payload: Buffer) -> None:
        self._topic = topic
        self._head = head.encode()
        self._wire: list[Buffer] = []  # for subscribers that lost nothing
        self.payload = bytes(payload) if len(payload) < SMALL_BYTES else payload
        self.size = len(self.payload) + len(self._head)

    def parts(self, dropped: int) -> list[Buffer]:
        """Return the parts for a subscriber that lost `dropped` records before this one."""
        head = self._head + b',"dropped":%d}' % dropped
        return [head, self.payload] if self._topic is None else [self._topic, head, self.payload]

    def wire(self, dropped: int) -> list[Buffer]:
        """Return the same as it goes over a connection without encryption."""
        if self._wire and not dropped:
            return self._wire
        *first, payload = self.parts(dropped)
        before = b"".join(zmtp.frame(bytes(part), zmtp.MORE) for part in first) + zmtp.header(len(payload))
        wire: list[Buffer] = [before, payload] if len(payload) >= SMALL_BYTES else [before + bytes(payload)]
        if not dropped:
            self._wire = wire
        return wire
