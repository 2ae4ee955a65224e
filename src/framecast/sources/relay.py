"""From a demuxer or a receiver to the bus: each packet is stamped, published, and then decoded if there are readers of pictures.

One thread, the source's. The packet is copied once, into the pool; a packet without memory for it is lost, and its
readers go on at the next key frame. The state becomes live with the first packet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial

from framecast.bus import PatientTrack, Publisher
from framecast.clock import NS, monotonic_ns, utc_ns
from framecast.errors import NotEnoughMemory
from framecast.media.coding import Coding
from framecast.media.parameters import is_extradata, probe, signature
from framecast.model import EncodedPacket, Meta, StreamSpec, TrackInfo
from framecast.sources.carried import PATIENCE, Carried
from framecast.sources.discipline import Discipline
from framecast.sources.pacing import Paced, Pacing, Unpaced
from framecast.sources.pictures import Pictures
from framecast.sources.sound import Sound
from framecast.sources.stamps import GAP_NS, Shift, Stamp, Stamps
from framecast.sources.standing import Standing
from framecast.sources.tracks import Tracks
from framecast.sources.unpublished import RAW, Unpublished

_MICROSECONDS = Fraction(1, 1_000_000)
_VIDEO, _AUDIO = 0, 1
_PACKETS_OF_SOUND = 50  # a second, usually
# Packets without any time at the very beginning that may wait for the first one with a time.
_MAX_HELD = 3
# The arrival of a packet that has waited here for less shows how good the time stamps of the source are.
_FRESH_NS = NS // 4
_USELESS_CLOCK = "the source's time stamps do not keep time; pictures and sound are timed by their arrival"


class Relay:
    """Publishes the tracks of a source. `timeless` sources have no times of their own: arrival counts.

    A gap in the time stamps of up to `gap_ns` is believed; `end_ns` is the end of the last packet.
    """

    def __init__(
        self,
        publisher: Publisher,
        spec: StreamSpec,
        pacing: Pacing,
        *,
        timeless: bool = False,
        gap_ns: int = GAP_NS,
        pictures: Callable[..., Pictures] = Pictures,
    ) -> None:
        self._publisher = publisher
        self._spec = spec
        self.pacing = pacing
        self._timeless = timeless
        self._tracks: Tracks | None = None
        self.shared = Shift(gap_ns=gap_ns, is_paced=isinstance(pacing, Paced | Unpaced))
        self.end_ns = 0
        self.newest: tuple[int, int] | None = (
            None  # when the newest picture is shown and was captured; without pictures the sound
        )
        self._make_pictures = pictures
        self.by_index: dict[int, Carried] = {}
        self._coding: Coding | None = None
        self.parameters = b""
        self.standing = Standing(publisher, self._clock)
        self.pictures: Pictures | None = None
        self.sound: Sound | None = None

    def bind(self, tracks: Tracks) -> None:
        """Publish these tracks from now on: announce them, or continue those that exist."""
        old = {track.writer.info.name: track for track in self.by_index.values()}
        self.by_index, self._tracks = {}, tracks
        if tracks.video is not None:
            self.by_index[tracks.video_index] = self._bind_video(tracks, tracks.video, old.get("video"))
        if tracks.audio is not None:
            self.by_index[tracks.audio_index] = self._bind_audio(tracks, tracks.audio, old.get("audio"))
        for index, track in self.by_index.items():
            track.writer.lost_packets = partial(tracks.lost_packets, index)

    def begin(self, shift: Fraction) -> None:
        """Add `shift` seconds to all times from here on, exactly."""
        for track in self.by_index.values():
            track.stamps.begin(shift)

    def restart(self) -> None:
        """Go on at another place of the source: the next packets do not follow those before."""
        for track in self.by_index.values():
            track.stamps.restart()
            track.held.clear()
        if self.sound is not None:
            self.sound.restart()

    def placed(self, index: int, raw: int) -> int:
        """Return a time stamp of the source as it is published."""
        return self.by_index[index].stamps.placed(raw)

    @property
    def is_usual(self) -> bool:
        """True if each packet is stamped and published as it comes, and nothing is decoded."""
        return (
            self.standing.is_usual
            and all(track.is_usual for track in self.by_index.values())
            and (self.pictures is None or self.pictures.is_resting)
            and (self.sound is None or self.sound.is_resting)
        )

    @property
    def shift(self) -> Fraction:
        """What was added to the source's times at its beginning, in seconds."""
        return Fraction(self.shared.ns or 0, NS)

    def take(self, packet: EncodedPacket) -> bool:
        """Publish a packet; False if the source was stopped while the packet waited for its time."""
        track = self.by_index.get(packet.track)
        if track is None:
            return True
        arrived = monotonic_ns()
        stamp = self._stamp(track, packet, arrived)
        if stamp is not None:
            return self._carry(track, packet, stamp, arrived)
        track.held.append(packet)
        if len(track.held) < _MAX_HELD:
            return True
        held, track.held = track.held, []
        return all(self._carry(track, one, track.stamps.number(arrived), arrived) for one in held)

    def finish(self, show: Callable[[int], bool] | None = None) -> None:
        """Publish the pictures inside the decoder: the source begins again or ends.

        `show` waits until a picture's time (ns) has come; False from it ends the waiting.
        """
        if self.pictures is not None:
            self.pictures.finish(show)

    # --- announcing

    def _bind_video(self, tracks: Tracks, info: TrackInfo, track: Carried | None) -> Carried:
        if self._timeless:
            info = replace(info, time_base=_MICROSECONDS)
        self._coding = tracks.coding
        if track is None or replace(track.writer.info, epoch=0) != info:
            self.parameters = signature(info.codec, memoryview(info.extradata))
            track = self._new_track(_VIDEO, info, track, self._decode_video)
        if self.pictures is None:
            self._publisher.note(decoder=f"{info.codec} (when somebody wants pictures)")
            patience_ns = round(self._spec.stall_s * NS)
            self.pictures = self._make_pictures(
                self._publisher, track.writer, self._spec.hwaccel, patience_ns
            )
        self.pictures.announce(info, tracks.coding)
        return track

    def _bind_audio(self, tracks: Tracks, info: TrackInfo, track: Carried | None) -> Carried:
        if track is None or replace(track.writer.info, epoch=0) != info:
            track = self._new_track(_AUDIO, info, track, self._decode_audio)
        if self.sound is None:
            self.sound = Sound(self._publisher)
        self.sound.announce(info, tracks.audio_context)
        return track

    def _new_track(
        self,
        number: int,
        info: TrackInfo,
        old: Carried | None,
        consume: Callable[[EncodedPacket, Meta, Stamp], None],
    ) -> Carried:
        writer = Unpublished(info) if info.codec == RAW else self._publisher.track(info)
        if old is not None and old.stamps.time_base == info.time_base:
            return replace(old, writer=writer)
        step = round(1 / ((info.rate or _PACKETS_OF_SOUND) * info.time_base))
        stamps = Stamps(info.time_base, step, self.shared)
        steered = self.pacing.is_live and not self._timeless
        discipline = Discipline(info.time_base, stamps.ns(step)) if steered else None
        return Carried(
            number, writer, stamps, consume, self._timeless, [], discipline, waiting=number == _VIDEO
        )

    # --- carrying

    def _stamp(self, track: Carried, packet: EncodedPacket, arrived: int) -> Stamp | None:
        if track.timeless:
            ticks = arrived // 1000
            return track.stamps.repair(ticks, ticks, None, arrived)
        stamp = track.stamps.repair(packet.pts, packet.dts, packet.duration, arrived)
        if stamp is not None and track.held:
            return self._release(track, packet, stamp, arrived)
        return stamp

    def _release(self, track: Carried, packet: EncodedPacket, first: Stamp, arrived: int) -> Stamp | None:
        """The packets that waited came just before the first one with a time."""
        held, track.held = track.held, []
        for index, one in enumerate(held):
            back = (len(held) - index) * first.duration
            earlier = Stamp(first.pts - back, first.dts - back, first.duration, False)
            if not self._carry(track, one, earlier, arrived):
                return None
        return first

    def _carry(self, track: Carried, packet: EncodedPacket, stamp: Stamp, arrived: int) -> bool:
        pacing = self.pacing
        stamps = track.stamps
        if track.discipline is not None:
            stamp = track.discipline.steady(stamp, arrived, fresh=self._queued_ns(arrived) < _FRESH_NS)
        capture = pacing.meet(packet, stamps.ns(stamp.pts), stamps.ns(stamp.dts), track.number)
        if capture is None:
            return False
        is_key = packet.is_key
        if track.number == _VIDEO or len(self.by_index) == 1:
            self.newest = (stamps.ns(stamp.pts), capture.at_ns)
        self.standing.packet()
        if track.waiting and not is_key and track.patience:
            track.patience -= 1
            self.standing.wait(arrived)
            return True
        if is_key and track.number == _VIDEO:
            self.standing.see()
            self._notice(packet, track)
        meta = Meta(
            stamp.pts,
            capture.at_ns,
            arrived,
            capture.clock,
            stamp.dts,
            stamp.duration,
            track.flags(packet, stamp),
        )
        self.end_ns = max(self.end_ns, stamps.ns(stamp.pts + stamp.duration))
        # Audio before a cut only prepares the decoder; as packets each is independent.
        if (packet.is_hidden and track.number == _AUDIO) or self._send(track, packet, _here(meta, stamps)):
            track.consume(packet, meta, stamp)
        return True

    def _send(self, track: Carried, packet: EncodedPacket, meta: Meta) -> bool:
        try:
            track.writer.send(packet.payload, meta)
        except NotEnoughMemory as error:
            if not track.lost:
                self._publisher.note(memory=str(error))
            track.waiting = track.lost = True
            return False
        track.waiting = track.lost = False
        track.patience = PATIENCE
        return True

    def _clock(self) -> str:
        return _USELESS_CLOCK if self._follows else self.pacing.note

    @property
    def _follows(self) -> bool:
        """True while the time stamps of a track are not usable."""
        return any(
            track.discipline is not None and track.discipline.follows for track in self.by_index.values()
        )

    def _queued_ns(self, arrived: int) -> int:
        """How long packets may have waited here, at most."""
        tracks = self._tracks
        return arrived - tracks.waited_at_ns if tracks is not None and tracks.waited_at_ns else 0

    def _lag_ns(self, arrived: int) -> int:
        """How far this process is behind. A packet that comes late although we wait for it is late at the source or on its way."""
        tracks = self._tracks
        if tracks is None or not tracks.waited_at_ns:
            return self.pacing.lag_ns
        queued_ns = self._queued_ns(arrived)
        return queued_ns if self._follows else min(queued_ns, self.pacing.lag_ns)

    def _decode_video(self, packet: EncodedPacket, meta: Meta, _stamp: Stamp) -> None:
        assert self.pictures is not None
        self.pictures.take(packet, meta, self._lag_ns(meta.arrived_ns))

    def _decode_audio(self, packet: EncodedPacket, meta: Meta, stamp: Stamp) -> None:
        assert self.sound is not None
        self.sound.take(packet, meta, self.by_index[packet.track].stamps.ns(stamp.pts))

    # --- parameters that change midway

    def _notice(self, packet: EncodedPacket, track: Carried) -> None:
        """A key frame of other parameters begins a new epoch of video and frames."""
        info = track.writer.info
        if info.codec == "mjpeg" and isinstance(track.writer, PatientTrack) and not track.writer.wanted:
            return  # every picture is a key frame; what is decoded shows its size by itself
        payload, extradata = packet.payload, packet.extradata
        # A first byte of 1 is the form for containers (ISO 14496-15), whose packets carry no parameters.
        is_boxed = is_extradata(info.codec) and info.extradata[:1] == b"\x01"
        found = extradata if is_boxed else extradata or signature(info.codec, memoryview(payload))
        if not found or found == self.parameters:
            return
        first, self.parameters = not self.parameters, found
        if extradata or is_extradata(info.codec):
            extradata = found
        elif first:
            return  # the size is known from the source's head
        self._change(track, extradata or info.extradata, bytes(payload))

    def _change(self, track: Carried, extradata: bytes, key_frame: bytes) -> None:
        assert self._coding is not None
        assert self.pictures is not None
        coding = replace(self._coding, extradata=extradata, width=0, height=0)
        picture = probe(coding, key_frame)
        if picture is None:
            return
        width, height = coding.orientation.size(picture.width, picture.height)
        self._coding = replace(coding, width=width, height=height)
        info = replace(track.writer.info, extradata=extradata, picture=picture, width=width, height=height)
        track.writer = self._publisher.track(info)
        self.pictures.announce(info, self._coding)


def _here(meta: Meta, stamps: Stamps) -> Meta:
    """A packet that comes long before its picture, which follows a gap, was captured by now at the latest."""
    if meta.dts is None or stamps.ns(meta.pts - meta.dts) <= NS:
        return meta
    return replace(meta, captured_at=min(meta.captured_at, utc_ns()))
