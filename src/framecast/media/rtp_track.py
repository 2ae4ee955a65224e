"""One track of a source: RTP packets in, packets for the bus and for FFmpeg's decoders out."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av
from av.stream import Stream

from framecast.media import wallclock
from framecast.media.coding import Packet
from framecast.protocols.rtp.clock import TrackClock
from framecast.protocols.rtp.header import Numbering, parse
from framecast.protocols.rtp.order import DecodeOrder
from framecast.protocols.rtp.rtcp import has_goodbye, report_of, sender_of
from framecast.protocols.rtp.senders import Senders
from framecast.protocols.rtp.unit import Damaged, Depacketiser, Unit


class Numbers:
    """The numbers of tracks: PyAV lets a packet have one only as that of a stream, so there are streams that lead nowhere."""

    def __init__(self, count: int) -> None:
        self._container = av.open("nowhere", "w", format="null")
        self.streams: list[Stream] = [self._container.add_stream("rawvideo") for _ in range(count)]


class Lane:
    """Depacketises one track. `order` is that of pictures; sound has none: it is decoded as it is heard.

    `ssrc` is the sender that the server names, if it does.
    """

    def __init__(
        self,
        payload_type: int,
        rate: int,
        depacketiser: Depacketiser,
        stream: Stream,
        ssrc: int | None = None,
    ) -> None:
        self.clock = TrackClock(rate)
        self.order: DecodeOrder | None = None
        self.is_over = False  # the sender has said goodbye
        self.lost = 0  # packets that never came
        self._payload_type = payload_type
        self._time_base = Fraction(1, rate)
        self._depacketiser = depacketiser
        self._stream = stream
        self._numbers = Numbering()
        self._senders = Senders(ssrc)
        self._is_new = False  # another sender has taken over

    @property
    def index(self) -> int:
        """What its packets bear as the index of their stream."""
        return self._stream.index

    @property
    def sender(self) -> int:
        """The SSRC that is heard, 0 before the first packet."""
        return self._senders.ssrc or 0

    def is_mine(self, packet: bytes) -> bool:
        """True for a packet of this track's payload type."""
        return len(packet) > 1 and packet[1] & 0x7F == self._payload_type

    def units(self, packet: bytes, since_begin_ns: int) -> Sequence[Unit]:
        """Return the access units that an RTP packet completes.

        Raises:
            Damaged: it is none, or comes out of sequence, or its payload is damaged.
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
        for one, at_ns in found:
            try:
                units += self.units(one, at_ns)
            except Damaged:
                if one is packet:
                    raise
        return units

    def packet(self, unit: Unit) -> Packet:
        """Return a unit as a packet."""
        packet: Packet = av.Packet(unit.payload)
        packet.stream = self._stream
        packet.time_base = self._time_base
        pts = unit.ticks + self.clock.shift
        packet.pts = pts
        packet.dts = pts if self.order is None else self.order.dts(pts)
        if unit.duration:
            packet.duration = unit.duration
        if unit.is_key:
            packet.is_keyframe = True
        if unit.is_corrupt:
            packet.is_corrupt = True
        wall_ns = self.clock.wall_ns(unit.ticks)
        if wall_ns is not None:
            wallclock.tell(packet, wall_ns)
        return packet

    def report(self, packet: bytes, picture: Lane) -> None:
        """Take an RTCP packet; sound then follows the picture of the same source."""
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
        if picture is not self:
            self.clock.follow(picture.clock)
