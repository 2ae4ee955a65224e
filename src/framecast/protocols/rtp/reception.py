"""All tracks of one session: RTP and RTCP packets of any channel in, access units with their tracks out. One thread.

Damage is bounded: data that is not media ends the session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from framecast.clock import NS
from framecast.errors import SourceError
from framecast.model import REASONS
from framecast.protocols.rtp.header import Late
from framecast.protocols.rtp.rtcp import RTCP
from framecast.protocols.rtp.track import RtpTrack
from framecast.protocols.rtp.unit import Damaged, Unit

# After this many damaged packets more than good ones, the data is not media.
MAX_DAMAGE = 200
# Reading what is there already takes less time.
WAIT_NS = NS // 1000

Found = list[tuple[RtpTrack, Unit]]


class Reception:
    """The tracks of a session, video first if there is video. `channels` are the numbers of channels, and the place of the track of each."""

    def __init__(self, tracks: Sequence[RtpTrack], channels: Mapping[int, int]) -> None:
        self._tracks = tracks
        self._by_channel = {channel: tracks[place] for channel, place in channels.items()}
        self._damage = 0
        self._begun_ns: int | None = None

    @property
    def has_begun(self) -> bool:
        """True from the first packet of a track on."""
        return self._begun_ns is not None

    def take(self, channel: int, packet: bytes, now_ns: int) -> Found:
        """Take a packet that came at `now_ns`, and return the units that it completes, with their tracks.

        Raises:
            SourceError: bad-data; closed: all senders have said goodbye.
        """
        track = self._by_channel.get(channel)
        if len(packet) > 1 and packet[1] in RTCP:
            self._report(track, packet)
            return []
        if track is None or not track.is_mine(packet):
            # Another channel than the server named, or one for two tracks.
            track = next((one for one in self._tracks if one.is_mine(packet)), None)
            if track is None:
                return []
        if self._begun_ns is None:
            self._begun_ns = now_ns
        try:
            units = track.units(packet, now_ns - self._begun_ns)
        except Late:
            return []
        except Damaged:
            self.hurt(1)
            return []
        if self._damage:
            self._damage -= 1
        return [(track, unit) for unit in units] if units else []

    def hurt(self, count: int) -> None:
        """Count damage that was noticed elsewhere: junk between packets.

        Raises:
            SourceError: bad-data.
        """
        self._damage += count
        if self._damage > MAX_DAMAGE:
            raise ended("bad-data")

    def _report(self, track: RtpTrack | None, packet: bytes) -> None:
        if track is None:
            return
        track.report(packet, self._tracks[0])
        if all(one.is_over for one in self._tracks):
            raise ended("closed")


def ended(reason: str) -> SourceError:
    """Return the error that ends a session."""
    return SourceError(reason, REASONS[reason])
