"""One JPEG track for all its viewers: one subscriber, one `JpegPicture` for each record, any number of viewers.

Runs on the event loop; a "no signal" picture is drawn in a thread. It is open while it has viewers; it may lose
every picture but the newest.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from time import monotonic

from framecast.bus import Channel, Record
from framecast.clock import NS, monotonic_ns, utc_ns
from framecast.errors import Closed, Ended, FramecastError, NotFound
from framecast.fanout.persistent import Listener, PersistentSubscriber
from framecast.media import nosignal
from framecast.model import Policy, Subscription, TrackName
from framecast.servers.web.live.jpeg_picture import JpegPicture
from framecast.servers.web.live.mjpeg_viewer import MjpegViewer, ViewerStats
from framecast.servers.web.live.silence import Silence

# How often a live JPEG looks after its viewers and its signal.
TICK_S = 0.25
# After this silence, what draws the "no signal" picture is imported, so that it is there when the picture is shown.
DRAWER_S = 0.5
# A "no signal" picture is sent again this often: proxies and players want to see something.
REPEAT_S = 2.0
# The size of a "no signal" picture for a stream that has not shown any.
_DEFAULT_SIZE = (1280, 720)

log = logging.getLogger("framecast.web")


class LiveJpeg:
    """The newest picture of `track`, and all viewers that wait for one."""

    def __init__(
        self,
        stream: str,
        track: TrackName,
        connect: Callable[[], Channel],
        silence: Silence,
        stats: ViewerStats,
    ) -> None:
        self.stream = stream
        self.track = track
        self.stats = stats
        self.newest: JpegPicture | None = None
        self.last: JpegPicture | None = None  # the newest real picture, however old
        self.viewers: set[MjpegViewer] = set()
        self.failure: FramecastError | None = None  # set if it can never be served
        self._waiting: set[asyncio.Future[JpegPicture]] = set()
        self._silence = silence
        self._size = _size_for(track)
        self._can_draw = False
        self._shown_words = ""
        self._repeated_at = 0.0
        self._task = asyncio.create_task(self._run(), name=f"live JPEG {stream} {track}")
        listener = Listener(self._take, self._on_absent, on_status=silence.on_status, on_ended=self._on_ended)
        subscription = Subscription(stream, track, Policy(), label="web")
        self._subscriber = PersistentSubscriber(subscription, connect, listener)

    @property
    def wanted(self) -> bool:
        """True while it has viewers, or a call waits."""
        return bool(self.viewers or self._waiting)

    @property
    def has_failed(self) -> bool:
        """True if "no signal" is shown because the source has failed."""
        return self._silence.lost and self._silence.has_failed

    def is_stalled(self, stall_s: float) -> bool:
        """True if there was a picture, and no fresh one for `stall_s`, or longer than this stream's usual pause."""
        now = monotonic()
        return self.last is not None and self._silence.is_lost(now) and now - self._silence.since > stall_s

    def is_slow(self, stall_s: float) -> bool:
        """True if pictures usually come less often than every `stall_s`, and the newest is fresh for that."""
        now = monotonic()
        return self._silence.every_s() > stall_s and not self._silence.is_lost(now)

    @property
    def words(self) -> str:
        """Why there is no picture, for people."""
        return self._silence.words

    @property
    def size(self) -> tuple[int, int]:
        """How large its pictures are, or are expected to be."""
        return self._size

    async def next(self, *, live: bool) -> JpegPicture:
        """Return the next picture; with `live` the next real picture. Cancelling it leaves nothing behind.

        Raises:
            FramecastError: there will never be one.
        """
        while True:
            if self.failure is not None:
                raise self.failure
            future: asyncio.Future[JpegPicture] = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                found = await future
            finally:
                self._waiting.discard(future)
            if found.live or not live:
                return found

    def close(self, why: FramecastError | None = None) -> None:
        """Let go of the track, of every viewer and of every waiting call; `why` is their reason."""
        self._task.cancel()
        self._subscriber.close()
        self._fail(why or Closed("the server is stopping"))

    # --- pictures

    async def _run(self) -> None:
        try:
            await self._look_after()
        except Exception:  # a task's edge
            log.exception("the view of %s failed", self.stream)
            self._fail(FramecastError("this view failed"))

    def _on_absent(self, error: NotFound) -> None:
        self._task.cancel()
        self._fail(error)

    def _on_ended(self, error: FramecastError) -> None:
        """The subscription has ended, and is tried again."""
        self._silence.failure = "" if isinstance(error, Ended) else str(error)

    def _take(self, record: Record) -> None:
        jpeg = record.payload
        assert isinstance(jpeg, bytes)
        if record.info.width and record.info.height:
            self._size = (record.info.width, record.info.height)
        now_ns = monotonic_ns()
        arrived_ns = min(now_ns, record.arrived_ns or now_ns)
        self.last = JpegPicture(jpeg, record.captured_at, now_ns, arrived_ns=arrived_ns)
        if self._silence.is_old(arrived_ns / NS, now_ns / NS):
            return  # it was kept: a program that sends only while somebody reads begins now, else "no signal" follows
        seen_ns = (
            arrived_ns if self._silence.is_slow else now_ns
        )  # the newest of a slow stream was kept, and is fresh
        self._silence.on_picture(seen_ns / NS, record.clock)
        self._shown_words = ""
        self._show(self.last)

    def _show(self, picture: JpegPicture) -> None:
        self.newest = picture
        for viewer in tuple(self.viewers):
            viewer.show(picture)
        for future in self._waiting:
            if not future.done():
                future.set_result(picture)

    def _show_again(self, last: JpegPicture) -> None:
        self._shown_words = ""
        self._show(JpegPicture(last.jpeg, last.captured_at, monotonic_ns(), arrived_ns=last.arrived_ns))

    # --- no picture

    async def _look_after(self) -> None:
        """Cut viewers that do not read, and show "no signal" if no picture comes."""
        while True:
            await asyncio.sleep(TICK_S)
            for viewer in tuple(self.viewers):
                viewer.check()
            if not self._can_draw and monotonic() - self._silence.since > DRAWER_S:
                await asyncio.to_thread(nosignal.load)
                self._can_draw = True
            if self._silence.is_lost(monotonic()):
                await self._show_no_signal()
            elif self.newest is not None and self.last is not None and not self.newest.live:
                self._show_again(self.last)  # it is known by now that pictures come seldom

    async def _show_no_signal(self) -> None:
        """Draw it if its text is new, and send it again now and then."""
        words, now = self._silence.words, monotonic()
        if words != self._shown_words or self.newest is None:
            jpeg = await asyncio.to_thread(nosignal.no_signal, *self._size, self.stream, words)
            if not self._silence.lost:  # a picture has come meanwhile
                return
        elif now - self._repeated_at >= REPEAT_S:
            jpeg = self.newest.jpeg
        else:
            return
        self._shown_words, self._repeated_at = words, now
        self._show(JpegPicture(jpeg, utc_ns(), monotonic_ns(), live=False))

    def _fail(self, error: FramecastError) -> None:
        self.failure = error
        for future in self._waiting:
            if not future.done():
                future.set_exception(error)
        for viewer in tuple(self.viewers):
            viewer.close()


def _size_for(track: TrackName) -> tuple[int, int]:
    """Return how large a picture of a track is expected, before one has come."""
    width, height = track.size or _DEFAULT_SIZE
    wide, high = _DEFAULT_SIZE
    return (width or height * wide // high, height or width * high // wide)
