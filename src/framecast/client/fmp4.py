"""A stream's video as fragmented MP4, piece by piece as it happens: nothing is decoded, and nothing waits.

Runs in the thread that reads. It begins with an init segment and a key frame, whoever comes when; where the stream
continues with other parameters or from a new connection (a new epoch), a new init segment comes first.
"""

from __future__ import annotations

from framecast.client.packet import Packet, PacketReader
from framecast.client.readable import Readable
from framecast.client.timed import Timed
from framecast.client.track_reader import ReaderStats
from framecast.media.fmp4 import Fmp4Muxer


class Fragment(Timed):
    """One piece: an init segment (`is_init`), or a movie fragment of one frame with that frame's times.

    `payload` is bytes of the program's own. `mime` is for `MediaSource.isTypeSupported` and Content-Type.
    """

    __slots__ = ("is_init", "mime", "payload")

    def __init__(self, packet: Packet, payload: bytes, mime: str, is_init: bool) -> None:
        super().__init__(packet._record)
        self.payload = payload
        self.mime = mime
        self.is_init = is_init

    @property
    def is_key(self) -> bool:
        """True where playing can begin, after the init segment; False for the init segment itself."""
        return self._record.is_key and not self.is_init

    @property
    def size(self) -> int:
        """Bytes of the payload."""
        return len(self.payload)

    def __repr__(self) -> str:
        kind = "init" if self.is_init else "key" if self.is_key else "delta"
        return f"<Fragment {kind} {self.size} bytes pts {self.pts}>"


class Fmp4Reader(Readable[Fragment]):
    """Reads fragments. Made by `Reader.fmp4`."""

    def __init__(self, packets: PacketReader, timeout_s: float | None = None) -> None:
        self.timeout_s = timeout_s
        self._packets = packets
        self._muxer: Fmp4Muxer | None = None
        self._epoch = -1
        self._next: Fragment | None = None

    @property
    def node_connected(self) -> bool:
        """False while the node is gone."""
        return self._packets.node_connected

    def fileno(self) -> int:
        """A descriptor for select; see `Readable.fileno`. After an init segment read once more without waiting."""
        return self._packets.fileno()

    def stats(self) -> ReaderStats:
        """Return the counters of the packets that were read."""
        return self._packets.stats()

    def read(self, timeout_s: float | None = None) -> Fragment:
        """Return the next fragment; see `Readable.read`.

        Raises:
            Invalid: MP4 cannot hold this codec.
        """
        if self._next is not None:
            fragment, self._next = self._next, None
            return fragment
        while True:
            packet = self._packets.read(self.timeout_s if timeout_s is None else timeout_s)
            if self._muxer is None or packet.epoch != self._epoch:
                if not packet.is_key:
                    continue
                return self._begin(packet)
            payload = self._muxer.fragment(packet)
            if payload:
                return Fragment(packet, payload, self._muxer.mime, is_init=False)

    def close(self) -> None:
        """Stop reading. Idempotent, from any thread."""
        self._packets.close()

    def _begin(self, packet: Packet) -> Fragment:
        """A new file: its init segment, and the key frame's fragment kept for the next read."""
        self._muxer = Fmp4Muxer(packet.info, None, packet.payload)
        self._epoch = packet.epoch
        first = self._muxer.fragment(packet)
        self._next = Fragment(packet, first, self._muxer.mime, is_init=False)
        return Fragment(packet, self._muxer.init_segment, self._muxer.mime, is_init=True)
