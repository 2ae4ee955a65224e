"""Chooses one sender of a track (RFC 3550 section 8): packets of another SSRC on the same channel do not belong to the track.

The server may name the sender; otherwise the first one with valid packets is chosen. Packets of others are kept for a moment: if the chosen sender
falls silent while another sends, that one takes over with all that it has sent. The same happens if the named sender does not send. One thread.
"""

from __future__ import annotations

from collections import deque

from framecast.clock import NS

# Silence after which another sender takes over: of a sender that the server has named, of any other, of one that has never sent.
_NAMED_NS, _OTHER_NS, _UNHEARD_NS = 3 * NS, NS, NS // 2
_MAX_KEPT, _MAX_KEPT_BYTES = 4096, 8 << 20

Packet = tuple[bytes, int]  # and when it came, from the source's first packet on


class Senders:
    """`ssrc` is the chosen sender, None before the first packet. The caller sets `heard_ns` to the time of its last packet."""

    def __init__(self, named: int | None = None) -> None:
        self.ssrc = named or None
        self.heard_ns: int | None = None  # None until the first valid packet
        self.has_rivals = False
        self._named = self.ssrc
        self._other: int | None = None
        self._since_ns = 0
        self._kept: deque[Packet] = deque()
        self._bytes = 0

    def meet(self, packet: bytes, ssrc: int, sequel: bool, now_ns: int) -> list[Packet]:
        """Take a packet of another sender than the chosen one.

        Returns nothing, or all packets of the sender that takes over now; `ssrc` is that sender then. `sequel` is True if
        the packet has the next number: then the sender has only changed its SSRC, unless there were several before.
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
        """The chosen sender has said goodbye: the next one takes over at once."""
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
