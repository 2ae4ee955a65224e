"""Asks a camera for its first key frame if its description offers that: without one, nothing can be shown until the next key frame.

The source's thread. Cameras that do not offer it are not asked; their next key frame is waited for.
"""

from __future__ import annotations

from collections.abc import Iterable

from framecast.protocols.rtp.rtcp import key_frame_request, sign_of_life
from framecast.protocols.rtp.track import RtpTrack
from framecast.protocols.rtp.unit import Unit
from framecast.sources.rtsp.handshake import Offer
from framecast.sources.rtsp.session import Session

# A camera needs a moment for it, and an encoder should not make only key frames.
_EVERY_S = 2.0


class KeyFrames:
    """`are_missing` is True until the first one has come."""

    def __init__(self, session: Session, offer: Offer) -> None:
        self._session, self._carrier = session, offer.carrier
        found = [index for index, track in enumerate(offer.tracks) if track.media.kind == "video"]
        self._index = found[0] if found else 0
        self._way = offer.tracks[self._index].media.feedback if found else ""
        self.are_missing = bool(found)
        self._ask_at = 0.0
        self._number = 0

    def look(self, track: RtpTrack, found: Iterable[tuple[RtpTrack, Unit]], now: float) -> None:
        """Check the packets of the video `track`, and ask for a key frame if none came, every two seconds at most.

        Raises:
            SourceError: closed.
        """
        pictures = [unit for one, unit in found if one is track]
        if any(unit.is_key for unit in pictures):
            self.are_missing = False
        elif pictures and self._way and now >= self._ask_at:
            self._ask_at = now + _EVERY_S
            self._number += 1
            ours = self._session.ssrc
            # A compound begins with a report (RFC 4585 section 3.1).
            request = key_frame_request(self._way, ours, track.sender, self._number)
            self._carrier.tell(self._index, sign_of_life(ours) + request)
