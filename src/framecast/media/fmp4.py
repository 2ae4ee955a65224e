"""Fragmented MP4, live: one fragment for each packet, complete the moment the packet is there.

FFmpeg's muxer writes the init segment; it would hold every fragment back until the next packet, so fragments
are written here (ISO/IEC 14496-12, 8.8; a movie fragment with one sample: 3 us). Init and fragments one after the other
are a playable file that begins at zero, with a key frame's picture. Used by readers and by the web server; one thread.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from framecast.clock import NS
from framecast.media import annexb, initsegment
from framecast.media.continuity import Continuity
from framecast.media.segmenter import Placement
from framecast.model import TrackInfo

# Sample flags (8.8.3.1): depends on no other; depends on others and is no sync sample.
_KEY_SAMPLE, _OTHER_SAMPLE = 0x02000000, 0x01010000
_DEFAULT_BASE_IS_MOOF = 0x020000
# Of the run: data offset; duration, size, flags and composition offset of each sample. Version 1: signed offsets.
_RUN = 1 << 24 | 0x000F01
# moof > mfhd, traf > (tfhd, tfdt version 1, trun), and the head of mdat.
_FRAGMENT = struct.Struct(">I4s I4sII I4s I4sII I4sIQ I4sIIiIIIi I4s")
_MDAT_HEAD = 8
# Offset of tfdt's time in a fragment: after the heads of moof and traf, mfhd, tfhd, and its own head.
_TIME_AT = 8 + 16 + 8 + 16 + 12
_TIME = struct.Struct(">Q")
_MOOF = _FRAGMENT.size - _MDAT_HEAD
_SIZES = {"mfhd": 16, "tfhd": 16, "tfdt": 20, "trun": 36}
_TRAF = _SIZES["tfhd"] + _SIZES["tfdt"] + _SIZES["trun"] + 8
# Sound and picture that seem further apart than this have different zeros; their capture times place them then.
_MAX_APART_S = Fraction(1)
_MAX_DURATION_S = 10


class MediaRecord(Protocol):
    """A record of a packets track, as `framecast.bus.Record` is."""

    @property
    def info(self) -> TrackInfo:
        """What it is a record of."""

    @property
    def payload(self) -> NDArray[np.uint8] | bytes:
        """The packet."""

    @property
    def pts(self) -> int:
        """Presentation time in the track's time base."""

    @property
    def dts(self) -> int:
        """Decoding time in the track's time base."""

    @property
    def duration(self) -> int:
        """In the track's time base, 0 if unknown."""

    @property
    def captured_at(self) -> int:
        """UTC nanoseconds."""

    @property
    def is_key(self) -> bool:
        """True if decoding can begin here."""


class Fragment:
    """One fragment in parts, so that viewers with different time lines share all of it but one number.

    `before`, the time as 8 bytes (`at`), `after` and `payload` one after the other are the fragment. Times are ticks of the
    track's `timescale`; `pts` counts from where the muxer began.
    """

    __slots__ = ("after", "before", "dts", "duration", "is_key", "is_video", "payload", "pts", "timescale")

    def __init__(
        self, head: bytes, payload: bytes, times: tuple[int, int, int], track: _Track, is_key: bool
    ) -> None:
        self.before = head[:_TIME_AT]
        self.after = head[_TIME_AT + _TIME.size :]
        self.payload = payload
        self.dts, self.pts, self.duration = times
        self.timescale = track.timescale
        self.is_video = track.is_video
        self.is_key = is_key

    @property
    def size(self) -> int:
        """Bytes of the whole fragment."""
        return _FRAGMENT.size + len(self.payload)

    @property
    def start_ns(self) -> int:
        """When its decoding begins."""
        return self.dts * NS // self.timescale

    @property
    def dts_end_ns(self) -> int:
        """When the decoding of the next one would begin."""
        return (self.dts + self.duration) * NS // self.timescale

    @property
    def end_ns(self) -> int:
        """When its picture or sound is over."""
        return (self.pts + self.duration) * NS // self.timescale

    def at(self, zero_ns: int) -> bytes | None:
        """Return its time on a time line that begins at `zero_ns`; None for what was before."""
        dts = self.dts - (2 * zero_ns * self.timescale + NS) // (2 * NS)
        return _TIME.pack(dts) if dts >= 0 else None

    def whole(self, zero_ns: int = 0) -> bytes:
        """Return the fragment on a time line that begins at `zero_ns`, b'' for what was before."""
        time = self.at(zero_ns)
        return b"".join((self.before, time, self.after, self.payload)) if time is not None else b""


class Fmp4Muxer:
    """Muxes one epoch of a video track, an audio track, or both.

    `first_key` is a key frame of the video: needed if its codec's parameters are only in the packets. It is decoded `lead` (in
    the track's time base) before it is shown. The time line begins at `begin_ns`.

    Raises:
        Invalid: MP4 or browsers cannot have this codec, or its parameters are nowhere.
    """

    def __init__(
        self,
        video: TrackInfo | None,
        audio: TrackInfo | None,
        first_key: bytes = b"",
        begin_ns: int = 0,
        lead: int = 0,
    ) -> None:
        found = [info for info in (video and initsegment.described(video, first_key), audio) if info]
        if audio:
            found[-1] = initsegment.described(audio)
        segment = initsegment.write(found, lead * video.time_base if video else Fraction(0))
        self.init_segment: bytes = segment.payload
        self.codecs: str = ",".join(segment.codecs)
        self.has_video, self.has_audio = video is not None, audio is not None
        self._number = 0
        self._begin_ns = begin_ns
        self._placement: Placement | None = None  # from the first fragment on
        self._tracks: dict[str, _Track] = {}
        for index, (info, given) in enumerate(
            zip(found, [info for info in (video, audio) if info], strict=True)
        ):
            timescale = segment.timescales[index]
            usual = _usual_duration(info, timescale)
            self._tracks[given.name] = _Track(
                number=index + 1,
                scale=info.time_base * timescale,
                time_base=info.time_base,
                usual=usual,
                continuity=Continuity(Fraction(timescale, 1), usual),
                timescale=timescale,
                is_video=given is video,
                rewrite=rewriter(given, info),
                edit=round(lead * info.time_base * timescale) if given is video else 0,
            )

    @property
    def mime(self) -> str:
        """The media type, for MediaSource.isTypeSupported and Content-Type."""
        return f'{"video" if self.has_video else "audio"}/mp4; codecs="{self.codecs}"'

    def fragment(self, record: MediaRecord) -> bytes:
        """Return the fragment of a record; b'' for what comes before the first key frame.

        Raises:
            KeyError: the record is of another track.
        """
        fragment = self.mux(record)
        return fragment.whole() if fragment is not None else b""

    def mux(self, record: MediaRecord) -> Fragment | None:
        """Return the fragment of a record in parts; None for what comes before the first key frame.

        Raises:
            KeyError: the record is of another track.
        """
        track = self._tracks[record.info.name]
        if track.zero is None and not self._place(track, record):
            return None
        # The first picture is shown at the beginning, and not as much later as there are pictures to reorder: browsers would
        # wait for that gap to be filled. The edit list says so; without it offsets are negative (8.8.8, version 1), which
        # FFmpeg takes for a delay of all pictures.
        dts, pts = track.ticks(record.dts) + track.lead, track.ticks(record.pts)
        if dts < 0 and track.last < 0:
            return None
        moved = track.continuity.jump(dts, record.captured_at)
        if moved:
            track.move(moved)
            dts, pts = dts + moved, pts + moved
        if dts <= track.last:
            dts = track.last + 1
        duration = track.lasts(dts, track.span(record.duration))
        track.last = dts
        payload = record.payload if isinstance(record.payload, bytes) else record.payload.tobytes()
        if track.rewrite:
            payload = track.rewrite(payload)
        self._number += 1
        flags = _KEY_SAMPLE if record.is_key else _OTHER_SAMPLE
        head = _head(self._number, track.number, dts, duration, len(payload), flags, pts + track.edit - dts)
        return Fragment(head, payload, (dts, pts, duration), track, record.is_key)

    def restart(self, name: str) -> None:
        """A track's times begin again: its next record is placed by its capture time."""
        self._tracks[name].zero = None
        self._tracks[name].continuity.restart()

    def _place(self, track: _Track, record: MediaRecord) -> bool:
        """Fix the track's zero; False if the file cannot begin with this record."""
        stream_s = record.pts * track.time_base
        if self._placement is None:
            if self.has_video and not (track.is_video and record.is_key):
                return False
            self._placement = Placement(stream_s, record.captured_at, _MAX_APART_S)
            track.lead = track.ticks(record.pts) - track.ticks(record.dts)
        at_s = self._placement.place(stream_s, record.captured_at) + Fraction(self._begin_ns, NS)
        track.zero = round((stream_s - at_s) * track.timescale)
        return True


@dataclass(slots=True)
class _Track:
    """One track of the file. Its times are ticks of `timescale`."""

    number: int
    scale: Fraction  # ticks in a unit of the stream's time base
    time_base: Fraction  # of the stream
    usual: int
    timescale: int
    is_video: bool
    rewrite: Callable[[bytes], bytes] | None
    continuity: Continuity
    zero: int | None = None
    edit: int = 0  # where the edit list begins
    lead: int = 0  # of presentation before decoding, at the first key frame
    last: int = -1
    step: int = 0  # between the last two
    # Of `scale`: twice its numerator, its denominator, twice that.
    doubled: int = field(init=False)
    bottom: int = field(init=False)
    halves: int = field(init=False)

    def __post_init__(self) -> None:
        self.doubled, self.bottom = 2 * self.scale.numerator, self.scale.denominator
        self.halves = 2 * self.bottom

    def move(self, ticks: int) -> None:
        """Add `ticks` to all times from here on."""
        self.zero = (self.zero or 0) - ticks

    def lasts(self, dts: int, given: int) -> int:
        """Return how long a sample that begins at `dts` lasts: `given`, or 0 if it does not say that itself.

        A picture lasts at least as long as the two before: many cameras name another rate than they have, and browsers
        leave out all pictures but key frames if times go ahead by more than two durations (Chromium's FrameProcessor).
        """
        step, before = dts - self.last if self.last >= 0 else 0, self.step
        self.step = step
        duration = given or self.usual or self.timescale // 25
        if self.is_video:
            duration = max(duration, min(step, before, _MAX_DURATION_S * self.timescale))
        return duration

    def ticks(self, time: int) -> int:
        """Return the ticks since the file's zero, rounded."""
        return self.span(time) - (self.zero or 0)

    def span(self, time: int) -> int:
        """Return a time of the stream in ticks, rounded; in whole numbers, which fractions take ten times as long for."""
        return (time * self.doubled + self.bottom) // self.halves


def _head(number: int, track: int, dts: int, duration: int, size: int, flags: int, offset: int) -> bytes:
    return _FRAGMENT.pack(
        *(_MOOF, b"moof"),
        *(_SIZES["mfhd"], b"mfhd", 0, number),
        *(_TRAF, b"traf"),
        *(_SIZES["tfhd"], b"tfhd", _DEFAULT_BASE_IS_MOOF, track),
        *(_SIZES["tfdt"], b"tfdt", 1 << 24, dts),
        *(_SIZES["trun"], b"trun", _RUN, 1, _FRAGMENT.size, duration, size, flags, offset),
        *(_MDAT_HEAD + size, b"mdat"),
    )


def _usual_duration(info: TrackInfo, timescale: int) -> int:
    """How long a sample is that does not say it itself."""
    if info.rate:
        return round(timescale / info.rate)
    if info.codec == "aac" and info.sample_rate:
        return 1024 * timescale // info.sample_rate
    return 0


def rewriter(given: TrackInfo, described: TrackInfo) -> Callable[[bytes], bytes] | None:
    """Return what has to happen to a track's packets on their way into MP4, None if nothing has to."""
    codec = given.codec
    if annexb.is_annex_b(codec, given.extradata):
        return annexb.LengthPrefixer(codec, annexb.parameter_sets(codec, described.extradata))
    if codec == "av1":
        return _without_delimiter
    if codec == "aac" and not given.extradata:
        return without_adts
    return None


def _without_delimiter(payload: bytes) -> bytes:
    """A temporal unit without its delimiter: 'AV1 Codec ISO Media File Format Binding' section 2.4."""
    return payload[2:] if payload[:2] == b"\x12\x00" else payload


def without_adts(payload: bytes) -> bytes:
    """A raw AAC frame: ADTS has a header of 7 bytes, 9 with a checksum (ISO/IEC 13818-7, 6.2)."""
    if payload[:1] != b"\xff" or payload[1] & 0xF6 != 0xF0:
        return payload
    return payload[7:] if payload[1] & 1 else payload[9:]


def fits(info: TrackInfo) -> bool:
    """True if MP4 and browsers know the track's codec."""
    return info.codec in initsegment.CODECS
