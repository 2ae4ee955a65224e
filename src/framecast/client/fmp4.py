"""A stream as fragmented MP4, piece by piece as it happens: nothing is decoded, and no picture waits for another.

Runs in the thread that reads. It begins with an init segment and a key frame, whoever comes when; where the stream
continues with other parameters or from a new connection (a new epoch), a new init segment comes first. With sound the
first init segment waits until the sound is known, for three seconds at most; sound that comes later, or in another
coding, begins a new init segment at the next key frame. Never holds more than one group of pictures.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic

from framecast.client.packet import Packet, PacketReader
from framecast.client.readable import Readable
from framecast.client.timed import Timed
from framecast.client.track_reader import ReaderStats, TrackReader
from framecast.errors import Ended, Invalid
from framecast.media.fmp4 import Fmp4Muxer, fits
from framecast.model import TrackInfo

# So long pictures wait for the sound to be known: a rendition has to start. And so long it may be silent.
_SOUND_S = 3.0
# A group of pictures that is larger is not waited with.
_MAX_HELD_BYTES = 32 << 20


class Fragment(Timed):
    """One piece: an init segment (`is_init`), or a movie fragment of one frame or one packet of sound, with its times.

    `payload` is bytes of the program's own. `mime` is for `MediaSource.isTypeSupported` and Content-Type.
    """

    __slots__ = ("is_init", "mime", "payload")

    def __init__(self, packet: Packet, payload: bytes, mime: str, is_init: bool) -> None:
        super().__init__(packet._record)
        self.payload = payload
        self.mime = mime
        self.is_init = is_init

    @property
    def kind(self) -> str:
        """What is in it: "init", "video" or "audio"."""
        return "init" if self.is_init else _base(self.info)

    @property
    def is_key(self) -> bool:
        """True where playing can begin, after the init segment: a key frame. False for it and for sound."""
        return self.kind == "video" and self._record.is_key

    @property
    def size(self) -> int:
        """Bytes of the payload."""
        return len(self.payload)

    def __repr__(self) -> str:
        kind = self.kind if self.kind != "video" else "key" if self.is_key else "delta"
        return f"<Fragment {kind} {self.size} bytes pts {self.pts}>"


class Fmp4Reader(Readable[Fragment]):
    """Reads fragments. Made by `Reader.fmp4`. `aac` opens the sound as AAC; None is without sound."""

    def __init__(
        self,
        packets: PacketReader,
        timeout_s: float | None = None,
        aac: Callable[[], TrackReader[Packet]] | None = None,
    ) -> None:
        self.timeout_s = timeout_s
        self._packets = packets
        self._aac = aac
        self._ready: deque[Fragment] = deque()
        self._muxer: Fmp4Muxer | None = None
        self._epoch = -1  # of the video that the muxer is for
        self._sound: TrackInfo | None = None  # the newest that was heard, and when
        self._sound_at = 0.0
        self._muxed_sound: TrackInfo | None = None
        self._refused_sound: TrackInfo | None = None  # MP4 cannot have it after all
        self._renew = False  # the next key frame begins a new file, because there is other sound
        self._held: list[Packet] = []  # from a key frame on, until the file can begin
        self._held_bytes = 0
        self._begin_by = 0.0

    @property
    def node_connected(self) -> bool:
        """False while the node is gone."""
        return self._packets.node_connected

    def fileno(self) -> int:
        """A descriptor for select; see `Readable.fileno`.

        One packet may give several fragments: read without waiting until WouldBlock before you wait again.
        """
        return self._packets.fileno()

    def stats(self) -> ReaderStats:
        """Return the counters of the packets that were read."""
        return self._packets.stats()

    def read(self, timeout_s: float | None = None) -> Fragment:
        """Return the next fragment; see `Readable.read`.

        Raises:
            Invalid: MP4 cannot hold this codec.
        """
        wait_s = self.timeout_s if timeout_s is None else timeout_s
        deadline = None if wait_s is None else monotonic() + wait_s
        while not self._ready:
            left = None if deadline is None else max(0.0, deadline - monotonic())
            try:
                packet = self._packets.read(left)
            except Ended:
                if not self._held:
                    raise
                self._begin()  # as it is: no sound has come
                continue
            if _base(packet.info) == "audio":
                self._hear(packet)
            else:
                self._see(packet)
        return self._ready.popleft()

    def close(self) -> None:
        """Stop reading. Idempotent, from any thread."""
        self._packets.close()
        self._say_closed()

    def _see(self, packet: Packet) -> None:
        goes_on = self._muxer is not None and packet.epoch == self._epoch and not self._held
        if goes_on and not (packet.is_key and self._renew):
            self._mux(packet)
            return
        if packet.is_key:
            if not self._held:
                self._begin_by = monotonic() + _SOUND_S
            self._held, self._held_bytes = [], 0
        elif not self._held:
            return
        self._hold(packet)

    def _hear(self, packet: Packet) -> None:
        info = packet.info
        if not fits(info) and self._aac is not None and info.name == "audio":
            self._packets.exchange("audio", self._aac())
            return
        self._sound, self._sound_at = info, monotonic()
        if self._held:
            self._hold(packet)
        elif self._muxer is not None and info is not self._refused_sound:
            if info is not self._muxed_sound:
                self._meet(info)
            if info is self._muxed_sound:
                self._mux(packet)

    def _meet(self, info: TrackInfo) -> None:
        """Sound of a new connection: the same coding goes on in the same file, another begins a new one."""
        muxed = self._muxed_sound
        if muxed is not None and self._muxer is not None and info.at_epoch(0) == muxed.at_epoch(0):
            self._muxer.restart(info.name)
            self._muxed_sound = info
        else:
            self._renew = True

    def _hold(self, packet: Packet) -> None:
        self._held.append(packet)
        self._held_bytes += packet.size
        if self._held_bytes > _MAX_HELD_BYTES or not self._awaits_sound:
            self._begin()

    @property
    def _reads_sound(self) -> bool:
        return any(name.startswith("audio") for name in self._packets.names)

    @property
    def _is_heard(self) -> bool:
        return self._sound is not None and monotonic() - self._sound_at < _SOUND_S

    @property
    def _awaits_sound(self) -> bool:
        return self._reads_sound and not self._is_heard and monotonic() < self._begin_by

    def _begin(self) -> None:
        """A new file: its init segment, and the fragments of what was held."""
        held, self._held = self._held, []
        first = held[0]
        sound = self._sound if self._is_heard else None
        if sound is self._refused_sound:
            sound = None
        try:
            self._muxer = _muxer_for(first, sound)
        except Invalid:
            if sound is None:
                raise
            self._muxer, self._refused_sound, sound = _muxer_for(first, None), sound, None
        self._epoch, self._muxed_sound, self._renew = first.epoch, sound, False
        self._ready.append(Fragment(first, self._muxer.init_segment, self._muxer.mime, is_init=True))
        for packet in held:
            if packet.info is self._muxed_sound or (
                packet.epoch == self._epoch and _base(packet.info) == "video"
            ):
                self._mux(packet)

    def _mux(self, packet: Packet) -> None:
        assert self._muxer is not None
        payload = self._muxer.fragment(packet)
        if payload:
            self._ready.append(Fragment(packet, payload, self._muxer.mime, is_init=False))


def _muxer_for(first: Packet, sound: TrackInfo | None) -> Fmp4Muxer:
    return Fmp4Muxer(first.info, sound, first.payload, lead=first.pts - first.dts)


def _base(info: TrackInfo) -> str:
    """Return "video" or "audio"."""
    return "audio" if info.name.partition("/")[0] == "audio" else "video"
