"""One time line of fragmented MP4: packets of a video and a sound track in, init segments and fragments out.

Pure: time is an argument, the caller reads and sends; one thread. `Fmp4Reader` (client) and `LiveMp4` (web server) are
shells around it. It guarantees:

* An init segment comes first, then a key frame. A fragment comes out with its packet: no picture waits for another one.
* The first init segment waits up to `SOUND_WAIT_S` for the sound to be known, because most players cannot add sound later.
* A new init segment comes if the parameters of the video change, and at the next key frame if the sound comes late, changes
  its coding, or was refused. A track that restarts in the same coding (a new connection of the source) continues.
* Sound that MP4 cannot hold is left out; so is sound that was silent for `SILENCE_S` when a file begins.

It loses what comes before the first key frame, and what `Rules` say of a group of pictures that is too large to hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic

from framecast.clock import NS
from framecast.errors import Invalid
from framecast.fanout.coding import Native
from framecast.fanout.mp4_outputs import Described, Init, Muxed, Output, R, Refused, Rules
from framecast.media.fmp4 import Fmp4Muxer, fits
from framecast.model import TrackInfo

# Pictures wait this long for the sound to be known: its rendition may have to start.
SOUND_WAIT_S = 3.0
# Sound that has stopped for this long is left out, because players wait for it before they show anything.
SILENCE_S = 3.0


@dataclass(slots=True)
class _Video:
    expected: bool
    info: TrackInfo | None = None  # the newest
    is_muxed: bool = False  # the muxer is made for what comes now


@dataclass(slots=True)
class _Sound:
    expected: bool
    at: float  # when it was heard last, or the beginning
    info: TrackInfo | None = None  # the newest
    muxed: TrackInfo | None = None  # whose times the muxer knows
    refused: TrackInfo | None = None  # MP4 cannot hold it, although its codec is known

    def hear(self, info: TrackInfo, now: float) -> None:
        self.info, self.at = info, now

    def is_silent(self, now: float) -> bool:
        return now - self.at > SILENCE_S

    def holds(self, info: TrackInfo) -> bool:
        return fits(info) and info is not self.refused

    def choice(self, now: float) -> TrackInfo | None:
        """Return the sound for a file that begins now."""
        info = self.info
        usable = self.expected and info is not None and self.holds(info) and not self.is_silent(now)
        return info if usable else None


@dataclass(slots=True)
class _Group(Generic[R]):
    """The newest group of pictures and the sound beside it, until a file can begin with it."""

    max_bytes: int
    records: list[R] = field(default_factory=list)
    size: int = 0

    def begin(self, record: R) -> None:
        self.records, self.size = [record], len(record.payload)

    def add(self, record: R) -> None:
        self.records.append(record)
        self.size += len(record.payload)

    def take(self) -> list[R]:
        records, self.records = self.records, []
        return records

    @property
    def is_full(self) -> bool:
        return self.size > self.max_bytes


class Mp4Timeline(Generic[R]):
    """Events in, a list of outputs out, in their order. `video` and `audio` say which tracks may come."""

    def __init__(self, rules: Rules, now: float, *, video: bool, audio: bool) -> None:
        self.muxer: Fmp4Muxer | None = None  # None before the first init segment
        self._is_shared = rules.is_shared
        self._video = _Video(video)
        self._sound = _Sound(audio, now)
        self._group: _Group[R] = _Group(rules.max_held_bytes)
        self._wait_until = now + SOUND_WAIT_S
        self._began: float | None = None
        self._end_ns = 0
        self._renew = False  # the next key frame begins a new file, because the sound is another
        self._native: Native | None = None  # as it was described last
        self._out: list[Output[R]] = []

    @property
    def is_waiting(self) -> bool:
        """True before the first init segment, and while pictures are held for the sound."""
        return self.muxer is None or bool(self._group.records)

    def record(self, record: R, now: float) -> list[Output[R]]:
        """A packet has come, in the order of the source."""
        if is_sound(record.info):
            self._on_sound(record, now)
        else:
            self._on_video(record, now)
        return self._taken()

    def info(self, info: TrackInfo, now: float) -> list[Output[R]]:
        """The description of a track is known; its packets may come later."""
        if is_sound(info):
            self._sound.hear(info, now)
            self._try_begin(now)
            self._describe_if_known(now)
        elif not fits(info):  # nobody has to wait for its key frame
            self._video.info, self._video.is_muxed = info, False
            self._describe_if_known(now)
        return self._taken()

    def absent(self, *, audio: bool, now: float) -> list[Output[R]]:
        """The stream has no such track, or the track has ended."""
        (self._sound if audio else self._video).expected = False
        self._try_begin(now)
        self._describe_if_known(now)
        return self._taken()

    def tick(self, now: float) -> list[Output[R]]:
        """Time has passed: wait for the sound no longer than `SOUND_WAIT_S`."""
        self._try_begin(now)
        self._describe_if_known(now)
        return self._taken()

    def end(self, now: float) -> list[Output[R]]:
        """Nothing more will come: what is held begins a file as it is."""
        if self._group.records:
            self._begin(now)
        return self._taken()

    def _taken(self) -> list[Output[R]]:
        out, self._out = self._out, []
        return out

    # --- tracks

    def _on_video(self, record: R, now: float) -> None:
        video = self._video
        if record.info is not video.info:
            video.info, video.is_muxed = record.info, False
            self._group.take()
        if video.is_muxed and record.is_key and self._needs_new_file(now):
            video.is_muxed = False
        if video.is_muxed:
            self._mux(record)
            return
        if fits(record.info):
            self._hold_video(record, now)
        self._describe_if_known(now)

    def _on_sound(self, record: R, now: float) -> None:
        info, sound = record.info, self._sound
        sound.hear(info, now)
        if self._group.records:
            if sound.holds(info):
                self._group.add(record)
            self._begin_if_ready(now)
        elif info is sound.muxed:
            self._mux(record)
        elif sound.holds(info):
            self._meet_sound(record, now)
        if self._native is None:
            self._describe_if_known(now)

    def _meet_sound(self, record: R, now: float) -> None:
        """Sound that is new: the same coding continues in the same file, another one needs a new file."""
        info, sound = record.info, self._sound
        if self.muxer is not None and sound.muxed is not None and _is_same(info, sound.muxed):
            self.muxer.restart(info.name)
            sound.muxed = info
            self._mux(record)
        elif self._video.expected:
            self._renew = True
        elif self._open(record, None, now):
            self._mux(record)

    # --- the beginning of a file

    def _needs_new_file(self, now: float) -> bool:
        sound = self._sound
        has_stopped = self._is_shared and sound.muxed is not None and sound.is_silent(now)
        return self._renew or has_stopped

    def _hold_video(self, record: R, now: float) -> None:
        group = self._group
        if record.is_key:
            if not group.records and not self._is_shared:
                self._wait_until = now + SOUND_WAIT_S
            group.begin(record)
        elif group.records:
            group.add(record)
        else:
            return
        self._begin_if_ready(now)

    def _begin_if_ready(self, now: float) -> None:
        if not self._awaits_sound(now) or (self._group.is_full and not self._is_shared):
            self._begin(now)
        elif self._group.is_full:
            self._group.take()

    def _try_begin(self, now: float) -> None:
        if self._group.records and not self._awaits_sound(now):
            self._begin(now)

    def _awaits_sound(self, now: float) -> bool:
        sound = self._sound
        is_heard = sound.info is not None and not sound.is_silent(now)
        return sound.expected and not is_heard and now < self._wait_until

    def _begin(self, now: float) -> None:
        """A new file: its init segment, and the fragments of what was held."""
        records = self._group.take()
        first = records[0]
        if not self._open(first, first.info, now):
            return
        self._video.is_muxed = True
        for record in records:
            if record.info is first.info or record.info is self._sound.muxed:
                self._mux(record)

    def _open(self, first: R, video: TrackInfo | None, now: float) -> bool:
        """Make the muxer of a new file; False if MP4 cannot hold it."""
        try:
            muxer = self._muxer_for(first, video, now)
        except Invalid as error:
            self._out.append(Refused(error))
            self._describe()
            return False
        before, self.muxer = self.muxer, muxer
        self._renew = False
        if not self._is_shared or before is None or before.init_segment != muxer.init_segment:
            self._describe()
            self._out.append(Init(muxer, first))
        return True

    def _muxer_for(self, first: R, video: TrackInfo | None, now: float) -> Fmp4Muxer:
        """Return a muxer for the video and the sound that is heard now; without the sound if MP4 cannot hold it after all."""
        sound, begin_ns = self._sound, self._begin_ns(now)
        key, lead = (bytes(first.payload), first.pts - first.dts) if video else (b"", 0)
        chosen = sound.choice(now)
        try:
            muxer = Fmp4Muxer(video, chosen, key, begin_ns, lead)
        except Invalid:
            if chosen is None or video is None:
                sound.refused = chosen
                raise
            muxer = Fmp4Muxer(video, None, key, begin_ns, lead)
            sound.refused, chosen = chosen, None
        sound.muxed = chosen
        return muxer

    def _begin_ns(self, now: float) -> int:
        """Return where a new file begins: at zero, or where the one before has ended and not before its time."""
        if not self._is_shared:
            return 0
        if self._began is None:
            self._began = now
        return max(self._end_ns, int((now - self._began) * NS))

    # --- what comes out

    def _describe_if_known(self, now: float) -> None:
        """Say what the tracks are, for a player that has to choose, although MP4 may not hold them."""
        video = self._video
        if self._awaits_sound(now):
            return
        if video.expected and (video.info is None or fits(video.info)):
            return  # its first key frame shows the rest
        if not video.expected and self._sound.info is None:
            return
        if self._native is None or self._native.video is not (video.info if video.expected else None):
            self._describe()

    def _describe(self) -> None:
        video = self._video.info if self._video.expected else None
        string = self.muxer.codecs.partition(",")[0] if self.muxer and video else ""
        self._native = Native(video, self._sound.info if self._sound.expected else None, string)
        self._out.append(Described(self._native))

    def _mux(self, record: R) -> None:
        assert self.muxer is not None
        fragment = self.muxer.mux(record)
        if fragment is not None:
            if self._is_shared:
                self._end_ns = max(self._end_ns, fragment.end_ns)
            self._out.append(Muxed(fragment, record))


def is_sound(info: TrackInfo) -> bool:
    """True for a track of sound: `audio`, `audio/aac`."""
    return info.name.startswith("audio")


def _is_same(info: TrackInfo, other: TrackInfo) -> bool:
    """True if two epochs of a track are coded in the same way."""
    return info.at_epoch(0) == other.at_epoch(0)
