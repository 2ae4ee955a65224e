"""Video packets into pictures, and pictures into H.264."""

from __future__ import annotations

from fractions import Fraction

from framecast.bus import Record
from framecast.clock import monotonic_ns
from framecast.media.coding import Coding
from framecast.media.continuity import Continuity
from framecast.media.decoder import Damaged, Decoded, Decoder
from framecast.media.display import shown
from framecast.media.encoder import VideoEncoder
from framecast.model import Flag, Kind, Meta, Picture, TrackInfo, TrackName
from framecast.renditions.converter import (
    FRAMES_POLICY,
    PACKETS_POLICY,
    Output,
    array_of,
    bytes_of,
    meta_of,
    picture_of,
)

# FFmpeg's decoder where it is not called as its codec.
_DECODERS = {"av1": "libdav1d"}
# Packets whose pictures have not come yet; a decoder holds back far fewer.
_MAX_WAITING = 64


class Decode:
    """`frames` of a stream that has only `video`.

    What lies ready when it begins is older than its reader: it is decoded, and only its last picture is shown.
    """

    input = "video"
    policy = PACKETS_POLICY
    needs_key = True

    def __init__(self, _track: TrackName, output: Output) -> None:
        self._output = output
        self._info: TrackInfo | None = None
        self._decoder: Decoder | None = None
        self._began_ns = 0
        self._picture: Picture | None = None
        self._waiting: dict[int, Meta] = {}  # by pts: the times of packets whose pictures are still inside
        self._held: tuple[Decoded, Meta] | None = None
        self._is_tainted = False  # by a damaged packet, up to the next key frame

    def begin(self, info: TrackInfo) -> None:
        """Get a decoder ready; its first picture shows what the track will hold."""
        name = _DECODERS.get(info.codec, info.codec)
        coding = Coding(
            info.codec, name, info.extradata, info.width, info.height, orientation=info.orientation
        )
        self._decoder = Decoder(coding)
        self._info = info
        self._began_ns = monotonic_ns()
        self._picture = None
        self._held = None
        self._waiting.clear()

    def convert(self, record: Record, flags: Flag) -> None:
        """Decode a packet and publish what it completes."""
        assert self._decoder is not None
        if record.dropped:
            self._decoder.reset()
            self._waiting.clear()
        self._is_tainted = bool(flags & Flag.CORRUPT) or (self._is_tainted and not record.is_key)
        if self._is_tainted:
            flags |= Flag.CORRUPT
        self._waiting[record.pts] = meta = meta_of(record, flags | record.flags & Flag.HIDDEN)
        if len(self._waiting) > _MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]
        try:
            decoded = self._decoder.decode(bytes_of(record), record.pts, record.dts)
        except Damaged:
            return
        is_old = record.arrived_ns < self._began_ns
        if not is_old:
            self._held = None
        for one in decoded:
            times = self._waiting.pop(one.pts, meta) if one.pts is not None else meta
            if times.flags & Flag.HIDDEN:
                continue
            if is_old:
                self._held = one, times
            else:
                self._show(one, times)

    def rest(self) -> None:
        """Show the last picture of what lay ready."""
        if self._held is not None:
            held, self._held = self._held, None
            self._show(*held)

    def _show(self, decoded: Decoded, meta: Meta) -> None:
        if decoded.picture != self._picture:
            self._picture = decoded.picture
            assert self._info is not None
            self._output.describe(
                TrackInfo(
                    "frames",
                    Kind.FRAMES,
                    time_base=self._info.time_base,
                    picture=decoded.picture,
                    rate=self._info.rate,
                    details=shown(self._info),
                    epoch=self._info.epoch,
                )
            )
        writer = self._output.writer
        slot = writer.reserve(decoded.picture.layout.size_bytes)
        decoded.copy_into(slot.view)
        writer.publish(slot, meta)


class H264:
    """`video` of a stream that has only `frames`, and `video/h264[/WxH]` of any that has pictures."""

    policy = FRAMES_POLICY
    needs_key = False

    def __init__(self, track: TrackName, output: Output) -> None:
        self.input = "frames" if track.size is None else str(TrackName("frames", "i420", size=track.size))
        self._track = track
        self._output = output
        self._encoder: VideoEncoder | None = None
        # An encoder takes only times that go forward: what is added to those of the pictures, and the last one.
        self._added, self._last = 0, -1
        self._continuity = Continuity(Fraction(1), 1)

    def begin(self, info: TrackInfo) -> None:
        """Get an encoder ready and describe its packets."""
        picture = picture_of(info)
        encoder = VideoEncoder(picture, info.time_base, info.rate, pixel_ratio=info.pixel_ratio)
        self._encoder, self._added, self._last = encoder, 0, -1
        second = 1 / info.time_base
        self._continuity = Continuity(second, round(second / info.rate) if info.rate else 0)
        self._output.describe(
            TrackInfo(
                str(self._track),
                Kind.PACKETS,
                time_base=info.time_base,
                codec="h264",
                extradata=encoder.extradata,
                picture=encoder.picture,
                width=encoder.width,
                height=encoder.height,
                rate=info.rate,
                details=shown(info),
                epoch=info.epoch,
            )
        )

    def convert(self, record: Record, flags: Flag) -> None:
        """Encode a picture; after a gap, or where time begins again, as a key frame, so that readers can go on from there."""
        assert self._encoder is not None
        moved = self._continuity.jump(record.pts + self._added, record.captured_at)
        self._added += moved
        pts = record.pts + self._added
        self._last = pts = pts if self._last < 0 else max(pts, self._last + 1)
        key = bool(flags & Flag.DISCONTINUITY) or (bool(moved) and not self._continuity.is_stuck)
        for packet in self._encoder.encode(array_of(record), pts, key=key, duration=record.duration):
            own = flags if packet.is_key else flags & ~Flag.KEY
            self._output.writer.send(packet.payload, meta_of(record, own))

    def rest(self) -> None:
        """Nothing waits here."""
