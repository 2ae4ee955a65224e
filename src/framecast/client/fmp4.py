"""A stream as fragmented MP4, fragment by fragment as it happens: nothing is decoded, and no picture waits for another one.

Runs in the thread that reads: the synchronous shell of `Mp4Timeline`, which says what comes when. Every reader gets an init
segment and then a key frame first. If the stream continues with other parameters or from a new connection (a new epoch), a
new init segment comes first. Sound that MP4 cannot hold is read as AAC. Never holds more than one group of pictures.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic

from framecast.client.packet import Packet, PacketReader
from framecast.client.readable import Readable
from framecast.client.timed import Timed
from framecast.client.track_reader import ReaderStats, TrackReader
from framecast.errors import Ended
from framecast.fanout.mp4_outputs import Init, Muxed, Output, Refused, Rules
from framecast.fanout.mp4_timeline import Mp4Timeline, is_sound
from framecast.media.fmp4 import fits
from framecast.media.initsegment import misfit

# A group of pictures that is larger does not wait for the sound.
_RULES = Rules(max_held_bytes=32 << 20, is_shared=False)


class Fragment(Timed):
    """An init segment (`is_init`), or a movie fragment of one frame or one packet of sound, with its times.

    `payload` is bytes that belong to the program. `mime` is for `MediaSource.isTypeSupported` and Content-Type.
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
        return "init" if self.is_init else "audio" if is_sound(self.info) else "video"

    @property
    def is_key(self) -> bool:
        """True if playing can begin here: a key frame. False for the init segment and for sound."""
        return self.kind == "video" and self._record.is_key

    @property
    def size(self) -> int:
        """Bytes of the payload."""
        return len(self.payload)

    def __repr__(self) -> str:
        kind = self.kind if self.kind != "video" else "key" if self.is_key else "delta"
        return f"<Fragment {kind} {self.size} bytes pts {self.pts}>"


class Fmp4Reader(Readable[Fragment]):
    """Reads fragments. Made by `Reader.fmp4`. `aac` opens the sound as AAC; None if the program wants no sound."""

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
        has_video, has_sound = self._reads
        self._timeline: Mp4Timeline[Packet] = Mp4Timeline(
            _RULES, monotonic(), video=has_video, audio=has_sound
        )

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
                self._take(self._timeline.end(monotonic()))
                if not self._ready:
                    raise
            else:
                self._feed(packet)
        return self._ready.popleft()

    def close(self) -> None:
        """Stop reading. Idempotent, from any thread."""
        self._packets.close()
        self._say_closed()

    def _feed(self, packet: Packet) -> None:
        info, now = packet.info, monotonic()
        if not fits(info):
            if not is_sound(info):
                raise misfit(info)
            if self._aac is not None and info.name == "audio":
                self._packets.exchange("audio", self._aac())
                return
        if self._timeline.is_waiting:
            self._note_missing(now)
        self._take(self._timeline.record(packet, now))

    def _note_missing(self, now: float) -> None:
        for is_read, audio in zip(self._reads, (False, True), strict=True):
            if not is_read:
                self._take(self._timeline.absent(audio=audio, now=now))

    @property
    def _reads(self) -> tuple[bool, bool]:
        """Whether a video track is read, and one of sound."""
        sounds = [name.startswith("audio") for name in self._packets.names]
        return not all(sounds), any(sounds)

    def _take(self, outputs: list[Output[Packet]]) -> None:
        for output in outputs:
            if isinstance(output, Muxed):
                self._give(output.record, output.fragment.whole(), is_init=False)
            elif isinstance(output, Init):
                self._give(output.record, output.muxer.init_segment, is_init=True)
            elif isinstance(output, Refused):
                raise output.error

    def _give(self, packet: Packet, payload: bytes, *, is_init: bool) -> None:
        assert self._timeline.muxer is not None
        self._ready.append(Fragment(packet, payload, self._timeline.muxer.mime, is_init))
