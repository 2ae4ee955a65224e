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
from framecast.media.framedecoder import FrameDecoder
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


class Decode:
    """`frames` of a stream that has only `video`.

    Packets that are older than this rendition are decoded, and only the last frame of them is shown.
    """

    input = "video"
    policy = PACKETS_POLICY
    needs_key = True

    def __init__(self, _track: TrackName, output: Output) -> None:
        self._output = output
        self._info: TrackInfo | None = None
        self._decoder: FrameDecoder | None = None
        self._began_ns = 0
        self._picture: Picture | None = None
        self._held: tuple[Decoded, Meta] | None = None

    def begin(self, info: TrackInfo) -> None:
        """Get a decoder ready; its first frame shows what the track will hold."""
        self._decoder = FrameDecoder(Decoder(Coding.of_track(info)))
        self._info = info
        self._began_ns = monotonic_ns()
        self._picture = None
        self._held = None

    def convert(self, record: Record, flags: Flag) -> None:
        """Decode a packet and publish what it completes."""
        decoder = self._decoder
        assert decoder is not None
        if record.dropped:
            decoder.restart()
        decoder.lost |= bool(flags & Flag.DISCONTINUITY)
        try:
            decoded = decoder.decode(bytes_of(record), meta_of(record, record.flags))
        except Damaged:
            return
        is_old = record.arrived_ns < self._began_ns
        if not is_old:
            self._held = None
        for one in decoded:
            meta = decoder.meta_of(one)
            if meta is None:
                continue
            if is_old:
                self._held = one, meta
            else:
                self._show(one, meta)

    def rest(self) -> None:
        """Show the last frame of the packets that are older than this rendition."""
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
        assert self._decoder is not None
        self._decoder.lost = False


class H264:
    """`video` of a stream that has only `frames`, and `video/h264[/WxH]` of any that has pictures."""

    policy = FRAMES_POLICY
    needs_key = False

    def __init__(self, track: TrackName, output: Output) -> None:
        self.input = "frames" if track.size is None else str(TrackName("frames", "i420", size=track.size))
        self._track = track
        self._output = output
        self._encoder: VideoEncoder | None = None
        # An encoder accepts only increasing times: what is added to the times of the pictures, and the last time.
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
        """Encode a picture; after a gap, or if time begins again, as a key frame, so that readers can go on from there."""
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
        """Do nothing: no results wait here."""
