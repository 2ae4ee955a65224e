"""Which sender of a track is heard (RFC 3550 section 8): packets of another SSRC on the same channel are not of it.

The server may name the sender; else the first one whose packets make sense is heard. Packets of others are kept for a moment: if the sender falls
silent while another sends, that one takes over with all that it has sent. A name that nobody bears is forgotten in the same way. One thread.
"""

from __future__ import annotations

from collections import deque

from framecast.clock import NS

# Silence after which another sender takes over: of one that the server has named, of any other, of one that was never heard.
_NAMED_NS, _OTHER_NS, _UNHEARD_NS = 3 * NS, NS, NS // 2
_MAX_KEPT, _MAX_KEPT_BYTES = 4096, 8 << 20

Packet = tuple[bytes, int]  # and when it came, from the source's first packet on


class Senders:
    """`ssrc` is the sender that is heard, None before the first packet. Whoever uses this tells it by `heard_ns` when it was heard last."""

    def __init__(self, named: int | None = None) -> None:
        self.ssrc = named or None
        self.heard_ns: int | None = None  # None until a packet made sense
        self.has_rivals = False
        self._named = self.ssrc
        self._other: int | None = None
        self._since_ns = 0
        self._kept: deque[Packet] = deque()
        self._bytes = 0

    def meet(self, packet: bytes, ssrc: int, sequel: bool, now_ns: int) -> list[Packet]:
        """Take a packet of another sender than the one that is heard.

        Returns what is heard now: nothing, or all that a sender has sent that takes over; `ssrc` is that one then. `sequel` is True where
        the packet's number is the next one: then the sender has only changed its name, unless several were heard before.
        """
        if self.ssrc is None or (sequel and self._named is None and not self.has_rivals):
            return self._switch(ssrc, [(packet, now_ns)])
        self.has_rivals = True
        if ssrc != self._other or (self.heard_ns or 0) > self._since_ns:
            self._other, self._since_ns = ssrc, now_ns
            self._kept.clear()
            self._bytes = 0
        self._kept.append((packet, now_ns))
        self._bytes += len(packet)
        if self._bytes > _MAX_KEPT_BYTES or len(self._kept) > _MAX_KEPT:
            self._bytes -= len(self._kept.popleft()[0])
        if now_ns - self._since_ns < self._patience_ns:
            return []
        return self._switch(ssrc, list(self._kept))

    def leave(self) -> None:
        """The sender that is heard has said goodbye: the next one takes over at once."""
        self.ssrc = self._named = None

    @property
    def _patience_ns(self) -> int:
        if self.heard_ns is None:
            return _UNHEARD_NS
        return _NAMED_NS if self.ssrc == self._named else _OTHER_NS

    def _switch(self, ssrc: int, found: list[Packet]) -> list[Packet]:
        self.ssrc, self.heard_ns, self._other = ssrc, None, None
        if ssrc != self._named:
            self._named = None
        self._kept.clear()
        self._bytes = 0
        return found
