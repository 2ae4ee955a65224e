"""One live MP4 for all who watch a stream in the same coding: two tracks read once, one muxer, one fragment a packet.

Runs on the event loop. A fragment goes out the moment its packet arrives. The newest group of pictures is kept, so that
who joins has a picture at once. A source that comes back, or comes back as something else, continues the same time line
under a new init segment. It may lose only what came before the first key frame.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from itertools import count
from time import monotonic, monotonic_ns

from framecast.bus import Channel, Record
from framecast.errors import Closed, FramecastError, Invalid, NotFound
from framecast.fanout.persistent import Listener, PersistentSubscriber
from framecast.media.fmp4 import Fmp4Muxer, Fragment, fits
from framecast.model import Subscription, TrackInfo
from framecast.model.subscription import default_policy
from framecast.servers.web.codecs import Choice, Native
from framecast.servers.web.fragments import MAX_KEPT_BYTES, Fragments, Kept
from framecast.servers.web.mp4_viewer import Mp4Viewer
from framecast.servers.web.silence import Silence

# The first init segment waits so long for the sound: a rendition has to start, and most players cannot add sound later.
AUDIO_WAIT_S = 3.0
# Sound that has stopped for so long is left out, because players wait for it before they show anything.
AUDIO_SILENCE_S = 3.0
# Sound waits so long for a picture to share its way; pictures never wait.
GATHER_S = 0.004
CLOCK_S = 1.0

_numbers = count(1)

log = logging.getLogger("framecast.web")


class LiveMp4:
    """Live MP4 of the tracks in `choice`. `muxer` is None until its coding is known."""

    def __init__(self, stream: str, choice: Choice, connect: Callable[[], Channel], silence: Silence) -> None:
        self.stream = stream
        self.choice = choice
        self.number = next(_numbers)
        self.viewers: set[Mp4Viewer] = set()
        self.waiting = 0  # who has not decided yet whether to watch
        self.kept = Kept()
        self.muxer: Fmp4Muxer | None = None
        self.native: Native | None = None  # what the tracks are, as soon as that is known
        self.failure: FramecastError | None = None
        self._news = asyncio.Event()
        self._refusal: Invalid | None = None  # why MP4 cannot hold it
        self._loop = asyncio.get_running_loop()
        self._began_ns = 0
        self._end_ns = 0
        self._is_usable = False  # the muxer is made for what comes now
        self._renew = False  # the next key frame begins a new file, because the sound is another
        self._held: list[Record] = []  # from a key frame on, until the sound is known
        self._held_bytes = 0
        self._captured_ms = 0
        self._silence = silence
        self._clock_at = 0.0
        self._sound: list[Fragment] = []
        self._flush: asyncio.TimerHandle | None = None
        self._video_info: TrackInfo | None = None
        self._audio_info: TrackInfo | None = None
        self._muxed_audio: TrackInfo | None = None  # whose times the muxer knows
        self._audio_at = monotonic()
        self._missing: list[NotFound] = []
        self._readings = [
            PersistentSubscriber(
                Subscription(stream, track, default_policy(track.kind), label="web"), connect, listener
            )
            for track, listener in (
                (choice.video, Listener(self._on_video, self._on_absent_video, self._on_video_info)),
                (choice.audio, Listener(self._on_audio, self._on_absent_audio, self._on_audio_info)),
            )
            if track is not None
        ]
        self._has_video, self._has_audio = choice.video is not None, choice.audio is not None
        self._deadline = self._loop.call_later(AUDIO_WAIT_S, self._stop_waiting)
        self._audio_late = False

    @property
    def is_old(self) -> bool:
        """True where the newest picture, or sound that stands alone, came from the source long ago."""
        return self._silence.is_old(self._silence.since, monotonic())

    @property
    def wanted(self) -> bool:
        """True while somebody watches, or thinks about it."""
        return bool(self.viewers or self.waiting)

    async def described(self) -> Native:
        """Return what the tracks are, when that is known. Cancelling it leaves nothing behind.

        Raises:
            FramecastError: it will never be.
        """
        await self._until(lambda: self.native is not None)
        assert self.native is not None
        return self.native

    async def begun(self) -> Fmp4Muxer:
        """Return the muxer, when its coding is known; cancelling and errors as `described`.

        Raises:
            Invalid: MP4 cannot hold the tracks.
        """
        await self._until(lambda: self.muxer is not None or self._refusal is not None)
        if self.muxer is None:
            assert self._refusal is not None
            raise self._refusal
        return self.muxer

    async def _until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            if self.failure is not None:
                raise self.failure
            self._news.clear()
            await self._news.wait()

    def close(self, why: FramecastError | None = None) -> None:
        """Let go of the tracks and of everybody who watches. Idempotent."""
        for reading in self._readings:
            reading.close()
        for timer in (self._flush, self._deadline):
            if timer is not None:
                timer.cancel()
        self._fail(why or Closed("the server is stopping"))

    # --- tracks

    def _on_video_info(self, info: TrackInfo) -> None:
        if not fits(info):  # nobody will wait for its key frame
            self._video_info = info
            self._try_describe()

    def _on_video(self, record: Record) -> None:
        if record.info is not self._video_info:
            self._video_info, self._is_usable = record.info, False
            self._held.clear()
        if self._is_usable and not (record.is_key and (self._renew or self._is_without_sound())):
            self._mux(record)
        elif fits(record.info):
            self._hold(record)
        self._try_describe()

    def _on_audio_info(self, info: TrackInfo) -> None:
        self._audio_at = monotonic()
        self._audio_info = info
        self._try_begin()
        self._try_describe()

    def _on_audio(self, record: Record) -> None:
        self._audio_at = monotonic()
        self._audio_info = record.info
        if record.info is not self._muxed_audio:
            self._meet_sound(record.info)
        if record.info is self._muxed_audio and self.muxer is not None:
            fragment = self.muxer.mux(record)
            if fragment is not None:
                self._add_sound(fragment, record)
        elif self._held:
            self._try_begin()

    def _meet_sound(self, info: TrackInfo) -> None:
        """Sound of a new connection: the same coding goes on in the same file, another needs a new one."""
        if self._muxed_audio is not None and self.muxer is not None and _is_same(info, self._muxed_audio):
            self.muxer.restart(info.name)
            self._muxed_audio = info
        elif self._has_video:
            self._renew = True
        elif fits(info):
            self._begin(None, info, b"")

    def _on_absent_video(self, error: NotFound) -> None:
        self._has_video = False
        self._miss(error)

    def _on_absent_audio(self, error: NotFound) -> None:
        self._has_audio = False
        self._miss(error)
        self._try_begin()

    def _miss(self, error: NotFound) -> None:
        self._missing.append(error)
        if not self._has_video and not self._has_audio:
            self._fail(self._missing[0])
        self._try_describe()

    def _stop_waiting(self) -> None:
        self._audio_late = True
        self._try_begin()
        self._try_describe()

    # --- the beginning

    def _hold(self, record: Record) -> None:
        """Keep the newest group of pictures until the muxer can begin with it."""
        size = len(record.payload)
        if record.is_key:
            self._held, self._held_bytes = [record], size
        elif self._held and self._held_bytes + size <= MAX_KEPT_BYTES:
            self._held.append(record)
            self._held_bytes += size
        else:
            self._held.clear()
        self._try_begin()

    @property
    def _awaits_audio(self) -> bool:
        return self._has_audio and self._audio_info is None and not self._audio_late

    def _try_begin(self) -> None:
        if not self._held or self._awaits_audio:
            return
        held, self._held = self._held, []
        audio = self._audio_info if self._has_audio else None
        if audio is not None and (not fits(audio) or self._is_without_sound()):
            audio = None
        lead = held[0].pts - held[0].dts
        if self._begin(held[0].info, audio, bytes(held[0].payload), lead):
            for record in held:
                self._mux(record)

    def _begin(self, video: TrackInfo | None, audio: TrackInfo | None, key: bytes, lead: int = 0) -> bool:
        """Begin a file that goes on where the one before has ended; players hear of it where it differs."""
        now_ns = monotonic_ns()
        self._began_ns = self._began_ns or now_ns
        begin_ns = max(self._end_ns, now_ns - self._began_ns)
        try:
            muxer = Fmp4Muxer(video, audio, key, begin_ns, lead)
        except Invalid as error:
            log.warning("%s of %s cannot be muxed: %s", self.choice, self.stream, error)
            self._refusal = error
            self._describe()
            return False
        before, self.muxer = self.muxer, muxer
        self._is_usable, self._renew, self._muxed_audio = True, False, audio
        self._sound.clear()
        if before is None or before.init_segment != muxer.init_segment:
            self.kept.clear()
            self._describe()
            for viewer in tuple(self.viewers):
                viewer.begin()
        return True

    def _try_describe(self) -> None:
        """Say what the tracks are, for who has to choose, although MP4 may not have them."""
        if self.native is not None or self._awaits_audio:
            return
        if self._has_video and (self._video_info is None or fits(self._video_info)):
            return
        if not self._has_video and self._audio_info is None:
            return
        self._describe()

    def _describe(self) -> None:
        video = self._video_info if self._has_video else None
        string = self.muxer.codecs.partition(",")[0] if self.muxer and video else ""
        self.native = Native(video, self._audio_info if self._has_audio else None, string)
        self._news.set()

    # --- fragments

    def _mux(self, record: Record) -> None:
        assert self.muxer is not None
        fragment = self.muxer.mux(record)
        if fragment is None:
            return
        self._note(record)
        self._send((fragment, *self._sound), opens=fragment.is_key)

    def _is_without_sound(self) -> bool:
        """True where sound was announced, but none has come for long."""
        announced = self._muxed_audio is not None
        return announced and monotonic() - self._audio_at > AUDIO_SILENCE_S

    def _add_sound(self, fragment: Fragment, record: Record) -> None:
        self._sound.append(fragment)
        if not self._has_video:
            self._note(record)
            self._send(tuple(self._sound), opens=True)
        elif self._flush is None:
            self._flush = self._loop.call_later(GATHER_S, self._send_sound)

    def _note(self, record: Record) -> None:
        self._captured_ms = record.captured_at // 1_000_000
        self._silence.on_picture(min(monotonic(), record.arrived_ns / 1e9), record.clock)

    def _send_sound(self) -> None:
        self._flush = None
        if self._sound:
            self._send(tuple(self._sound), opens=False)

    def _send(self, items: tuple[Fragment, ...], *, opens: bool) -> None:
        self._sound.clear()
        now = monotonic()
        has_clock = now - self._clock_at >= CLOCK_S
        if has_clock:
            self._clock_at = now
        self._end_ns = max(self._end_ns, *(fragment.end_ns for fragment in items))
        fragments = Fragments(items, self._captured_ms, opens=opens, has_clock=has_clock)
        self.kept.add(fragments)
        for viewer in tuple(self.viewers):
            viewer.show(fragments)

    def _fail(self, error: FramecastError) -> None:
        self.failure = self.failure or error
        self._news.set()
        for viewer in tuple(self.viewers):
            viewer.fail(self.failure)


def _is_same(info: TrackInfo, other: TrackInfo) -> bool:
    """True where two epochs of a track are coded in the same way."""
    return info.at_epoch(0) == other.at_epoch(0)
