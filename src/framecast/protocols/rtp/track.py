"""One track of a sender: RTP and RTCP packets in, encoded packets with their times out.

Runs in the thread of its receiver. It keeps one access unit that is not complete, and a few packets while it is not clear which of two
senders the track follows.
"""

from __future__ import annotations

from collections.abc import Sequence

from framecast.model import EncodedPacket
from framecast.protocols.rtp.clock import TrackClock
from framecast.protocols.rtp.header import Numbering, parse
from framecast.protocols.rtp.order import DecodeOrder
from framecast.protocols.rtp.rtcp import has_goodbye, report_of, sender_of
from framecast.protocols.rtp.senders import Senders
from framecast.protocols.rtp.unit import Damaged, Depacketiser, Unit


class RtpTrack:
    """Depacketises one track. `order` is the decoding order of video; audio has none: it is decoded in the order of its times.

    `index` is the number of the track in its packets; `ssrc` is the sender that the server names, if it names one.
    """

    def __init__(
        self,
        payload_type: int,
        rate: int,
        depacketiser: Depacketiser,
        index: int,
        ssrc: int | None = None,
    ) -> None:
        self.index = index
        self.clock = TrackClock(rate)
        self.order: DecodeOrder | None = None
        self.is_over = False  # the sender has said goodbye
        self.lost = 0  # packets that never came
        self._payload_type = payload_type
        self._depacketiser = depacketiser
        self._numbers = Numbering()
        self._senders = Senders(ssrc)
        self._is_new = False  # another sender has taken over

    @property
    def sender(self) -> int:
        """The SSRC of the sender, 0 before its first packet."""
        return self._senders.ssrc or 0

    def begin_at(self, timestamp: int) -> None:
        """Set the time stamp of the moment zero that all tracks share (RTP-Info)."""
        self.clock.begin_at(timestamp)

    def is_mine(self, packet: bytes) -> bool:
        """True for a packet of this track's payload type."""
        return len(packet) > 1 and packet[1] & 0x7F == self._payload_type

    def units(self, packet: bytes, since_begin_ns: int) -> Sequence[Unit]:
        """Return the access units that an RTP packet completes.

        Raises:
            Damaged: it is not an RTP packet, it is out of sequence, or its payload is damaged.
        """
        _, marker, number, timestamp, ssrc, begin, end = parse(packet)
        senders = self._senders
        if ssrc != senders.ssrc:
            return self._meet(packet, ssrc, number, since_begin_ns)
        missing = self._numbers.lost(number)
        self.lost += missing
        is_cut = missing > 0 or self._is_new
        self._is_new = False
        ticks = self.clock.ticks(timestamp, since_begin_ns)
        units = self._depacketiser.take(packet[begin:end], ticks, marker, is_cut)
        senders.heard_ns = since_begin_ns
        return units

    def _meet(self, packet: bytes, ssrc: int, number: int, since_begin_ns: int) -> Sequence[Unit]:
        """A packet of another sender than before."""
        senders = self._senders
        is_first = senders.ssrc is None and self._numbers.following is None
        found = senders.meet(packet, ssrc, number == self._numbers.following, since_begin_ns)
        if not found:
            return ()
        if not is_first:
            self._numbers, self._is_new = Numbering(), True
            self.clock.restart()
        units: list[Unit] = []
        last = len(found) - 1  # the packet itself
        for index, (one, at_ns) in enumerate(found):
            try:
                units += self.units(one, at_ns)
            except Damaged:
                if index == last:
                    raise
        return units

    def packet(self, unit: Unit) -> EncodedPacket:
        """Return a unit as a packet."""
        clock, ticks = self.clock, unit.ticks
        pts = ticks + clock.shift
        dts = pts if self.order is None else self.order.dts(pts)
        return EncodedPacket(
            unit.payload,
            self.index,
            pts,
            dts,
            unit.duration,
            unit.is_key,
            unit.is_corrupt,
            wall_ns=clock.wall_ns(ticks),
        )

    def report(self, packet: bytes, video: RtpTrack) -> None:
        """Take an RTCP packet; the times of audio then follow the video of the same sender."""
        senders = self._senders
        if has_goodbye(packet):
            if senders.has_rivals:
                if sender_of(packet) == senders.ssrc:
                    senders.leave()
            else:
                self.is_over = True
        report = report_of(packet)
        if report is None or (senders.has_rivals and report.ssrc != senders.ssrc):
            return
        self.clock.heard(report)
        if video is not self:
            self.clock.follow(video.clock)
