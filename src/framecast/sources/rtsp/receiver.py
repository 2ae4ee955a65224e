"""A camera that plays, in the form that the relay needs: its tracks, and their packets as soon as they are complete.

The source's thread. All input is bounded: data that is not media ends the source with `bad-data`, silence with `stalled`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Self

from framecast.errors import SourceError
from framecast.media import rtp_tracks
from framecast.media.audio import AudioContext
from framecast.media.coding import Coding
from framecast.media.parameters import signature
from framecast.model import EncodedPacket, TrackInfo
from framecast.protocols.rtp import implementation
from framecast.protocols.rtp.reception import Found
from framecast.protocols.rtp.track import RtpTrack
from framecast.protocols.rtp.unit import Damaged
from framecast.protocols.sdp import Media
from framecast.sources.rtsp.handshake import Offer, Track
from framecast.sources.rtsp.intake import intake
from framecast.sources.rtsp.keyframes import KeyFrames
from framecast.sources.rtsp.session import Session
from framecast.sources.standing import WAITING
from framecast.sources.unattended import Unattended

_VIDEO, _AUDIO = 0, 1
# The longest wait for the first key frame while pictures come that need it.
_LONGEST_GROUP_S = 60.0


class Receiver:
    """An open camera. `video` and `audio` are None if it has no such track.

    `deadline` (monotonic seconds) is for the parameters of the video, if only a key frame has them; while other pictures come, the key
    frame is waited for longer, and `on_wait` is called.

    Raises:
        SourceError: `timeout` if no parameters came.
    """

    format = "rtsp"

    def __init__(
        self,
        session: Session,
        offer: Offer,
        deadline: float,
        stall_s: float,
        stop: threading.Event,
        on_wait: Callable[[str], None] = lambda _why: None,
    ) -> None:
        self._session, self._stop, self._stall_s = session, stop, stall_s
        self._carrier = offer.carrier
        self._on_wait = on_wait
        self._keys = KeyFrames(session, offer)
        self.unattended: Unattended | None = None  # leaves packets to native while nobody reads them
        self.refused = offer.refused  # which track is missing, and why
        self._waiting: Found = []
        self._rtp = implementation.chosen()
        self.implementation = self._rtp.name
        self.video: TrackInfo | None = None
        self.audio: TrackInfo | None = None
        self.video_index = self.audio_index = -1
        self._coding: Coding | None = None
        self._sound = offer.sound
        self._tracks = [self._received(track) for track in offer.tracks]  # video first, if there is video
        channels: dict[int, int] = {}
        for place, track in enumerate(offer.tracks):
            for channel in track.channels:
                channels.setdefault(channel, place)
        self._reception = self._rtp.reception(self._tracks, channels)
        items = session.playing(offer.url, offer.carrier.report)
        self._intake = intake(self._rtp, offer.carrier, self._reception, items)
        if self._sound is not None:
            self.audio, self.audio_index = self._sound[0], _AUDIO
        for track in offer.tracks:
            if track.media.kind == "video":
                self.video_index = _VIDEO
                self._describe(track.media, deadline)

    @property
    def waited_at_ns(self) -> int:
        """CLOCK_MONOTONIC when a read last had to wait."""
        return self._intake.waited_at_ns

    @property
    def coding(self) -> Coding:
        """What a decoder of the video track needs."""
        assert self._coding is not None
        return self._coding

    @property
    def audio_context(self) -> AudioContext:
        """FFmpeg's decoder of the audio track."""
        assert self._sound is not None
        return self._sound[1]

    def lost_packets(self, index: int) -> int:
        """Return how many packets of a track the network lost so far. Safe from any thread."""
        return sum(track.lost for track in self._tracks if track.index == index)

    def packets(self) -> Iterator[EncodedPacket]:
        """Yield the packets of both tracks as they come, until the source is stopped.

        Raises:
            SourceError: stalled, closed, bad-data.
        """
        found, self._waiting = self._waiting, []
        heard = monotonic()
        while not self._stop.is_set():
            for track, unit in found:
                yield track.packet(unit)
            now = monotonic()
            if found or self._intake.has_kept:
                heard = now
            if not self._keys.are_missing:
                self._intake.unattended = self.unattended
            elif found:
                self._keys.look(self._tracks[0], found, now)
            if now - heard > self._stall_s:
                raise SourceError("stalled", f"nothing came for {self._stall_s:g} s{self._hint()}")
            self._session.keep_alive(now)
            found = self._more()

    def close(self) -> None:
        """Close the session. Idempotent."""
        self._session.close()
        self._carrier.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _hint(self) -> str:
        return "" if self._reception.has_begun else self._carrier.hint

    # --- what comes

    def _more(self) -> Found:
        """Take what is there, or wait for it a little."""
        found, messages = self._intake.more()
        for message in messages:
            self._session.heard(message)
        return found

    # --- what the tracks are

    def _received(self, track: Track) -> RtpTrack:
        media = track.media
        received = self._rtp.track(
            media.payload_type,
            media.clock_rate,
            rtp_tracks.depacketiser(media, self._rtp),
            _VIDEO if media.kind == "video" else _AUDIO,
            track.ssrc,
        )
        if track.begins_at is not None:
            received.begin_at(track.begins_at)
        return received

    def _describe(self, media: Media, deadline: float) -> None:
        """Describe the video by the session description, or by the first key frame with parameters."""
        try:
            picture = rtp_tracks.video(media, media.extradata)
        except Damaged:
            picture = self._listen(media, deadline)
        self.video, self._coding = picture.info, picture.coding
        rate = picture.info.rate
        assert rate is not None
        step = round(media.clock_rate / rate)
        self._tracks[0].order = self._rtp.order(
            picture.delay, step, media.clock_rate, is_exact=picture.is_delay_exact
        )

    def _listen(self, media: Media, deadline: float) -> rtp_tracks.Picture:
        begun = monotonic()
        patience_s, has_reported = max(0.0, deadline - begun), False
        while True:
            found = self._more()
            now = monotonic()
            for index, (track, unit) in enumerate(found):
                if track is self._tracks[0] and unit.is_key:
                    try:
                        picture = rtp_tracks.video(media, signature(media.codec, memoryview(unit.payload)))
                    except Damaged:
                        continue
                    self._waiting = found[index:]
                    return picture
            if found:
                self._keys.look(self._tracks[0], found, now)
                deadline = min(now + patience_s, begun + max(_LONGEST_GROUP_S, patience_s))
                if not has_reported:
                    has_reported = True
                    self._on_wait(WAITING)
            if self._stop.is_set():
                raise SourceError("closed", "the source was stopped while it was opened")
            if now >= deadline:
                raise SourceError("timeout", self._silence())
            self._session.keep_alive(now)

    def _silence(self) -> str:
        hint = self._hint()
        if hint:
            return f"the server plays, but nothing came{hint}"
        return "the source does not say what its video or audio is"
