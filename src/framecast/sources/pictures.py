"""Pictures on demand: a video track is decoded only while `frames` has readers.

Runs in the source's thread, after each packet was published, so that no reader of packets waits for a decoder. A first reader
gets a picture at once, from the group of pictures that the bus keeps. A decoder that falls behind skips to the
next key frame, so that no packets pile up in the connection of the camera. If nothing can be decoded, the source is reported as stalled,
and stays connected: its packets may be useful to other readers, and it may recover.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from framecast.bus import Publisher, TrackWriter
from framecast.clock import NS, monotonic_ns
from framecast.errors import NotEnoughMemory
from framecast.media.coding import Coding
from framecast.media.decoder import Damaged, Decoded, Decoder
from framecast.media.display import shown
from framecast.media.filefacts import facts_in
from framecast.media.framedecoder import FrameDecoder
from framecast.model import EncodedPacket, Flag, Kind, Meta, Picture, State, TrackInfo
from framecast.sources.standing import WAITING
from framecast.sources.unpublished import Unpublished

# If decoding is later than this, it goes on at the next key frame.
MAX_LAG_NS = NS


class Pictures:
    """The `frames` track of a source that has `video`. `decoded` counts all pictures of the decoder.

    Decoding may fail for `patience_ns` without a picture before it is reported.
    """

    def __init__(
        self, publisher: Publisher, video: TrackWriter | Unpublished, hwaccel: str, patience_ns: int
    ) -> None:
        self._publisher = publisher
        self._video = video
        self._hwaccel = hwaccel
        self._patience_ns = patience_ns
        self._frames: TrackWriter | None = None
        self._coding: Coding | None = None
        self._decoder: FrameDecoder | None = None
        self._waiting = False  # for a key frame, after damage or too much lag
        self._allowed_lag_ns = MAX_LAG_NS
        self._failing_since_ns = 0  # the first packet since the last whole picture that could not be decoded
        self._has_failed = False  # at decoding; otherwise it only waits for a key frame
        self._is_blind = False  # it was reported
        self.decoded = 0
        self.skipped = 0

    def announce(self, info: TrackInfo, coding: Coding) -> None:
        """Announce the track for a video track of these parameters, or that the parameters have changed."""
        self._coding = coding
        stale = self._decoder if self._decoder is not None and coding != self._decoder.coding else None
        if stale is not None:
            self.finish()  # in the old size
        described = self._describe(info)
        if (
            self._frames is None
            or self._frames.info.picture != described.picture
            or self._frames.info.rate != described.rate
        ):
            self._frames = self._publisher.track(described)
        if stale is not None:
            self._decoder = FrameDecoder(self._make_decoder(coding), lost=stale.lost)

    @property
    def is_resting(self) -> bool:
        """True if nothing is decoded."""
        return self._decoder is None

    def take(self, packet: EncodedPacket, meta: Meta, lag_ns: int) -> None:
        """Decode a packet that has just been published, if there are readers."""
        assert self._frames is not None
        if not self._frames.wanted:
            if self._decoder is not None:
                self._decoder = None
                self._frames.forget()  # a later reader must not see an old picture first
                self._see()  # without decoding nobody can know
            return
        if self._decoder is None:
            self._join(lag_ns)
            return
        if self._must_skip(meta, lag_ns):
            self.skipped += 1
            self._check_sight()
            return
        try:
            pictures = self._decoder.decode(packet.payload, meta)
        except Damaged:
            self._fail()
            return
        for picture in pictures:
            self._publish(picture)

    def finish(self, show: Callable[[int], bool] | None = None) -> None:
        """Publish what is still inside the decoder: the source begins again or ends.

        `show` waits until the time of a picture (ns) has come; if it returns False, the rest is dropped.
        """
        if self._decoder is not None:
            for picture in self._decoder.finish():
                if show is not None and not show(self._time_ns(picture)):
                    break
                self._publish(picture)
            self._decoder.forget_times()

    def _time_ns(self, picture: Decoded) -> int:
        assert self._frames is not None
        return int((picture.pts or 0) * self._frames.info.time_base * NS)

    def _describe(self, video: TrackInfo) -> TrackInfo:
        return _frames_info(video)

    def _make_decoder(self, coding: Coding) -> Decoder:
        return Decoder(coding, self._hwaccel)

    def _join(self, lag_ns: int) -> None:
        """Begin with the packets that the bus keeps, and show the newest picture of them."""
        assert self._coding is not None
        begun = monotonic_ns()
        self._decoder = FrameDecoder(self._make_decoder(self._coding))
        self._waiting = False
        newest: Decoded | None = None
        kept = self._video.kept()
        if not kept or not kept[0][1].flags & Flag.KEY:
            self._waiting = True
            self._failing_since_ns = begun
            return
        for payload, meta in kept:
            try:
                for picture in self._decoder.decode(payload, meta):
                    self.decoded += 1
                    if newest is not None:
                        self._decoder.meta_of(newest)  # it is not shown, but damage in it may continue
                    newest = picture
            except Damaged:
                continue
        self._publisher.note(decoder=self._decoder.name)
        if newest is not None:
            self.decoded -= 1
            self._publish(newest)
        # The time that beginning took is caught up with; nothing is skipped because of it.
        self._allowed_lag_ns = MAX_LAG_NS + lag_ns + monotonic_ns() - begun

    def _must_skip(self, meta: Meta, lag_ns: int) -> bool:
        is_key = bool(meta.flags & Flag.KEY)
        if lag_ns < MAX_LAG_NS // 2:
            self._allowed_lag_ns = MAX_LAG_NS
        if self._waiting and is_key and lag_ns <= self._allowed_lag_ns:
            self._waiting = False
            if self._decoder is not None:
                self._decoder.flush()
        elif not self._waiting and lag_ns > self._allowed_lag_ns:
            self._lose()
            self._publisher.note(
                decoding=f"slower than the source: skipped to a key frame after {self.skipped} pictures"
            )
        return self._waiting

    def _fail(self) -> None:
        """Nothing can be decoded from here to the next key frame."""
        self._lose()
        self._has_failed = True
        self._failing_since_ns = self._failing_since_ns or monotonic_ns()
        self._check_sight()

    def _check_sight(self) -> None:
        """Report if nothing could be decoded for long. A decoder that is only too slow has not failed."""
        failing_ns = monotonic_ns() - self._failing_since_ns
        if self._failing_since_ns and failing_ns >= self._patience_ns and not self._is_blind:
            self._is_blind = True
            failed = (
                f"the source sends packets, but none of the last {failing_ns / NS:.0f} s could be decoded"
            )
            self._publisher.report(State.STALLED, "bad-data", failed if self._has_failed else WAITING)

    def _see(self) -> None:
        """A whole picture came, or there are no readers."""
        self._failing_since_ns = 0
        self._has_failed = False
        if self._is_blind:
            self._is_blind = False
            self._publisher.report(State.LIVE)

    def _lose(self) -> None:
        self._waiting = True
        if self._decoder is not None:
            self._decoder.lost = True

    def _publish(self, decoded: Decoded) -> None:
        """One copy: from the decoder's planes into the slot."""
        frames, decoder = self._frames, self._decoder
        assert frames is not None
        assert decoder is not None
        self.decoded += 1
        if not decoded.corrupt:  # decoders sometimes return pictures even for noise
            self._see()
        meta = decoder.meta_of(decoded)
        if meta is None:
            return
        if decoded.picture != frames.info.picture:
            frames = self._reformat(frames.info, decoded.picture)
        try:
            slot = frames.reserve(decoded.picture.layout.size_bytes)
        except NotEnoughMemory as error:
            if not decoder.lost:
                self._publisher.note(memory=str(error))
            decoder.lost = True
            return
        decoded.copy_into(slot.view)
        frames.publish(slot, meta)
        decoder.lost = False

    def _reformat(self, info: TrackInfo, picture: Picture) -> TrackWriter:
        frames = self._publisher.track(
            replace(info, picture=picture, width=picture.width, height=picture.height)
        )
        self._frames = frames
        return frames


def _frames_info(video: TrackInfo) -> TrackInfo:
    picture = video.picture
    return TrackInfo(
        "frames",
        Kind.FRAMES,
        time_base=video.time_base,
        picture=picture,
        width=picture.width if picture else video.width,
        height=picture.height if picture else video.height,
        rate=video.rate,
        details=shown(video) | facts_in(video.details),
    )
