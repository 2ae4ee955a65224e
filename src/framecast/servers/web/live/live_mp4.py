"""One live MP4 for all viewers of a stream in the same coding: each track is read once and muxed once.

Runs on the event loop: the asynchronous shell of `Mp4Timeline`, which says what comes when. A fragment goes out the moment its
packet arrives; one pass hands the same buffers to all viewers. The newest group of pictures is kept, so that a viewer who
joins has a picture at once. A source that comes back continues the same time line, under a new init segment if its coding is
another one. It may lose only what comes before the first key frame.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from itertools import count
from time import monotonic

from framecast.bus import Channel, Record
from framecast.errors import Closed, FramecastError, Invalid, NotFound
from framecast.fanout.coding import Choice, Native
from framecast.fanout.log import Limits, Log
from framecast.fanout.mp4_outputs import Described, Init, Muxed, Output, Refused, Rules
from framecast.fanout.mp4_timeline import SOUND_WAIT_S, Mp4Timeline
from framecast.fanout.persistent import Listener, PersistentSubscriber
from framecast.media.fmp4 import Fmp4Muxer, Fragment, fits
from framecast.model import Subscription, TrackInfo
from framecast.model.subscription import default_policy
from framecast.servers.web.live.fragments import Fragments
from framecast.servers.web.live.mp4_viewer import Mp4Viewer
from framecast.servers.web.live.silence import Silence

# Sound waits at most this long for a picture to share its way, which at 25 pictures a second is the next one: 47 blocks of AAC a second,
# each sent alone, were 42 % of what a viewer costs. Pictures never wait, and no time is changed.
GATHER_S = 0.045
CLOCK_S = 1.0

# Kept of a group of pictures for viewers who join; of a larger one only its key frame. Below what a viewer may hold.
_MAX_KEPT_BYTES = 3 << 20
_RULES = Rules(_MAX_KEPT_BYTES, is_shared=True)
_LIMITS = Limits(0, 0, _MAX_KEPT_BYTES, keeps_start=True)
_numbers = count(1)

log = logging.getLogger("framecast.web")


class LiveMp4:
    """Live MP4 of the tracks in `choice`. `muxer` is None until its coding is known."""

    def __init__(self, stream: str, choice: Choice, connect: Callable[[], Channel], silence: Silence) -> None:
        self.stream = stream
        self.choice = choice
        self.number = next(_numbers)
        self.viewers: set[Mp4Viewer] = set()
        self.joining = 0  # viewers that do not know yet whether they can play it
        self.log: Log[Fragments] = Log(_LIMITS)  # the newest group of pictures
        self.native: Native | None = None  # what the tracks are, as soon as that is known
        self.failure: FramecastError | None = None
        self._changed = asyncio.Event()
        self._refusal: Invalid | None = None  # why MP4 cannot hold it
        self._loop = asyncio.get_running_loop()
        self._silence = silence
        self._clock_at = 0.0
        self._captured_ms = 0
        self._sound: list[Fragment] = []  # that waits for a picture
        self._flush: asyncio.TimerHandle | None = None
        self._timeline: Mp4Timeline[Record] = Mp4Timeline(
            _RULES, monotonic(), video=choice.video is not None, audio=choice.audio is not None
        )
        self._missing: list[NotFound] = []
        self._tracks = [
            PersistentSubscriber(
                Subscription(stream, track, default_policy(track.kind), label="web"),
                connect,
                Listener(self._on_record, partial(self._on_absent, audio), self._on_info),
            )
            for track, audio in ((choice.video, False), (choice.audio, True))
            if track is not None
        ]
        self._deadline = self._loop.call_later(SOUND_WAIT_S, self._on_deadline)

    @property
    def muxer(self) -> Fmp4Muxer | None:
        """Has the init segment and the codec strings of what comes now."""
        return self._timeline.muxer

    @property
    def holds_video(self) -> bool:
        """False if the source has changed to a codec that MP4 cannot hold: nothing comes until it changes back."""
        video = self.native.video if self.native is not None else None
        return video is None or fits(video)

    @property
    def is_old(self) -> bool:
        """True if the newest picture, or sound that stands alone, came from the source long ago."""
        return self._silence.is_old(self._silence.since, monotonic())

    @property
    def wanted(self) -> bool:
        """True while it has viewers, or one is about to join."""
        return bool(self.viewers or self.joining)

    async def described(self) -> Native:
        """Return what the tracks are, when that is known. Cancelling it leaves nothing behind.

        Raises:
            FramecastError: it will never be known.
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

    async def _until(self, is_true: Callable[[], bool]) -> None:
        while not is_true():
            if self.failure is not None:
                raise self.failure
            self._changed.clear()
            await self._changed.wait()

    def close(self, why: FramecastError | None = None) -> None:
        """Let go of the tracks and of all viewers. Idempotent."""
        for track in self._tracks:
            track.close()
        for timer in (self._flush, self._deadline):
            if timer is not None:
                timer.cancel()
        self._fail(why or Closed("the server is stopping"))

    # --- events of the tracks

    def _on_record(self, record: Record) -> None:
        self._take(self._timeline.record(record, monotonic()))

    def _on_info(self, info: TrackInfo) -> None:
        self._take(self._timeline.info(info, monotonic()))

    def _on_absent(self, audio: bool, error: NotFound) -> None:
        self._missing.append(error)
        if len(self._missing) == len(self._tracks):
            self._fail(self._missing[0])
        self._take(self._timeline.absent(audio=audio, now=monotonic()))

    def _on_deadline(self) -> None:
        self._take(self._timeline.tick(monotonic()))

    # --- what comes of them

    def _take(self, outputs: list[Output[Record]]) -> None:
        for output in outputs:
            if isinstance(output, Muxed):
                self._add(output.fragment, output.record)
            elif isinstance(output, Described):
                self._describe(output.native)
            elif isinstance(output, Init):
                self._begin()
            elif isinstance(output, Refused):
                self._refuse(output.error)

    def _describe(self, native: Native) -> None:
        self.native = native
        self._changed.set()
        if not self.holds_video:  # no init segment will come that its viewers could wait for
            self._begin_viewers()

    def _begin(self) -> None:
        self._refusal = None
        self._sound.clear()
        self.log.clear()
        self._changed.set()
        self._begin_viewers()

    def _begin_viewers(self) -> None:
        for viewer in tuple(self.viewers):
            viewer.begin()

    def _refuse(self, error: Invalid) -> None:
        if self._refusal is None:
            log.warning("%s of %s cannot be muxed: %s", self.choice, self.stream, error)
        self._refusal = error
        self._changed.set()

    def _add(self, fragment: Fragment, record: Record) -> None:
        """Send a picture at once, with the sound that waits; sound waits a moment for a picture."""
        has_video = self.muxer is not None and self.muxer.has_video
        if fragment.is_video or not has_video:
            self._captured_ms = record.captured_at // 1_000_000
            self._silence.on_picture(min(monotonic(), record.arrived_ns / 1e9), record.clock)
            self._send((fragment, *self._sound), opens=fragment.is_key or not has_video)
            return
        self._sound.append(fragment)
        if self._flush is None:
            self._flush = self._loop.call_later(GATHER_S, self._send_sound)

    def _send_sound(self) -> None:
        if self._sound:
            self._send(tuple(self._sound), opens=False)

    def _send(self, items: tuple[Fragment, ...], *, opens: bool) -> None:
        self._sound.clear()
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        now = monotonic()
        has_clock = now - self._clock_at >= CLOCK_S
        if has_clock:
            self._clock_at = now
        fragments = Fragments(items, self._captured_ms, opens=opens, has_clock=has_clock)
        self.log.add(fragments, fragments.size, starts=opens)
        for viewer in tuple(self.viewers):
            viewer.show(fragments)

    def _fail(self, error: FramecastError) -> None:
        self.failure = self.failure or error
        self._changed.set()
        for viewer in tuple(self.viewers):
            viewer.fail(self.failure)
