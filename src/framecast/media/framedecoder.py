"""Packets with their times into frames with theirs: the one way, of sources and of the rendition `decode`.

A decoder gives frames in the order in which they are shown, some packets later. Each frame gets the times of its packet. It is marked
if it is damaged or made from damaged ones, and if something before it is missing. One thread. Keeps the times of 128 packets at most.
"""

from __future__ import annotations

from framecast.media.decoder import Damaged, Decoded, Decoder
from framecast.model import Flag, Meta

# The most packets whose times may wait here for their frames.
_MEMORY = 128
# The most packets in a row that may have no frame of their own: second fields, frames that are never shown.
_UNSHOWN = 2
_KEY, _CORRUPT, _HIDDEN = int(Flag.KEY), int(Flag.CORRUPT), int(Flag.HIDDEN)


class FrameDecoder:
    """`decoder` and the times of the packets inside it.

    `lost` is True while something is missing before the next frame: the frame is marked then. Its user clears it when a frame
    has been published, and sets it when one could not be.
    """

    def __init__(self, decoder: Decoder, *, lost: bool = False) -> None:
        self._decoder = decoder
        self._metas: dict[int, Meta] = {}  # by pts
        self._is_tainted = False  # by a damaged packet, up to the next key frame
        self.lost = lost
        self.coding = decoder.coding

    @property
    def name(self) -> str:
        """The codec and what decodes it, for people."""
        return self._decoder.name

    def decode(self, payload: bytes | memoryview, meta: Meta) -> list[Decoded]:
        """Return the frames that a packet completes.

        Raises:
            Damaged: the packet cannot be decoded; go on with another one, best a key frame.
        """
        self._metas[meta.pts] = meta
        if len(self._metas) > _MEMORY:
            del self._metas[next(iter(self._metas))]
        try:
            return self._decoder.decode(payload, meta.pts, meta.dts)
        except Damaged:
            self.lost = True
            raise

    def finish(self) -> list[Decoded]:
        """Return the frames that wait for packets which will not come; ask for their times before anything else is decoded."""
        return self._decoder.finish()

    def flush(self) -> None:
        """Forget the packets that the decoder holds: the next one is a key frame."""
        self._decoder.reset()

    def restart(self) -> None:
        """Forget everything: the next packet has nothing to do with those before."""
        self.forget_times()
        self.lost = self._is_tainted = False
        self._decoder.reset()

    def forget_times(self) -> None:
        """Forget the times of packets that get no frame any more."""
        self._metas.clear()

    def meta_of(self, decoded: Decoded) -> Meta | None:
        """Return the times of the packet that a frame came in; None if the frame is not to be shown. Ask once, in their order."""
        self._miss_before(decoded.pts)
        found = None if decoded.pts is None else self._metas.pop(decoded.pts, None)
        if found is None:
            found = next(reversed(self._metas.values()), None)
            if found is None:
                return None
        had = int(found.flags)  # flags of an enum take longer than all the rest of this
        # What is made from a damaged frame is damaged as well, up to the next key frame.
        self._is_tainted = bool(had & _CORRUPT) or (self._is_tainted and not had & _KEY)
        if had & _HIDDEN:
            return None
        flags = Flag.KEY
        if self.lost:
            flags |= Flag.DISCONTINUITY
        if decoded.corrupt or self._is_tainted:
            flags |= Flag.CORRUPT
        return Meta(found.pts, found.captured_at, found.arrived_ns, found.clock, None, found.duration, flags)

    def _miss_before(self, pts: int | None) -> None:
        """Note frames before this one that the decoder has kept to itself: some do if something is missing."""
        if pts is None or pts not in self._metas or next(iter(self._metas)) == pts:
            return
        missing = []
        for other in self._metas:
            if other == pts:
                break
            if other < pts:
                missing.append(other)
        if missing:
            found = [self._metas.pop(other) for other in missing]
            metas = [meta for meta in found if not meta.flags & Flag.HIDDEN]  # a decoder leaves these out
            if len(metas) > _UNSHOWN or any(meta.flags & Flag.CORRUPT for meta in metas):
                self.lost = True
