"""Records one stream into a file that can be played while it grows.

Runs on the event loop: the shell of `Mp4Timeline` and `GrowingFile`. The disk has a thread of its own, and what waits for it is bounded. It begins
with what the bus keeps of the stream, its newest group of pictures, and reads the stream's own tracks; sound that MP4 cannot hold comes as AAC, and
pictures as H.264. A source that comes back continues the recording. If it comes back in another coding, which one file cannot hold, the recording ends.
Data of the stream, and of streams about it, is recorded beside it (`DataTracks`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

from framecast.bus import Channel, Record
from framecast.clock import NS
from framecast.errors import Conflict, FramecastError, NotFound, WouldBlock
from framecast.fanout.coding import AAC, AUDIO, H264, NATIVE, VIDEO, Choice, Native
from framecast.fanout.growing_file import GrowingFile
from framecast.fanout.mp4_outputs import Described, Init, Muxed, Output, Refused, Rules
from framecast.fanout.mp4_timeline import SOUND_WAIT_S, Mp4Timeline
from framecast.fanout.persistent import Listener, PersistentSubscriber
from framecast.media.fmp4 import Fragment, fits
from framecast.model import Subscription, TrackInfo
from framecast.model.subscription import default_policy
from framecast.servers.library.data_tracks import DataTracks
from framecast.servers.library.recording_files import MAIN, Progress, RecordingFiles, Write

_RULES = Rules(32 << 20, is_shared=True)
# What may wait for the disk; beyond it the recording ends, because the memory of the machine would.
MAX_WAITING_BYTES = 128 << 20
# A longer recording ends, because its playlist gets too long for players.
MAX_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Listeners:
    """What a recorder calls, on the loop. `on_end` once: without an error the recording was stopped, or the stream was removed."""

    on_progress: Callable[[Progress], None]
    on_end: Callable[[FramecastError | OSError | None], None]


class StreamRecorder:
    """Records `stream` into `folder`, which is there and empty, with the data of the streams `about` it. It runs until `stop`, or until `on_end` is called."""

    def __init__(
        self,
        stream: str,
        connect: Callable[[], Channel],
        folder: Path,
        listeners: Listeners,
        about: Sequence[str] = (),
    ) -> None:
        self.stream = stream
        self._connect = connect
        self._listeners = listeners
        self._disk = RecordingFiles(folder)
        self._file = GrowingFile(MAIN)
        self._data = DataTracks(stream, about, connect)
        self._zero_ns: int | None = None  # of the muxer: the first picture in the file
        self._native: Native | None = None
        self._size = (0, 0)  # of the pictures in the file
        self._choice = NATIVE
        self._tracks: list[PersistentSubscriber] = []
        self._deadline: asyncio.TimerHandle | None = None
        self._absent = 0
        self._is_over = False
        self._error: FramecastError | OSError | None = None
        self._changed = asyncio.Event()
        self._work: deque[Write] = deque()
        self._waiting = 0  # bytes of it
        self._writer = asyncio.get_running_loop().create_task(self._write(), name=f"record {stream}")
        self._open(NATIVE)

    async def stop(self) -> None:
        """End the recording, and return when the file is whole. Idempotent."""
        self._end(None)
        await asyncio.gather(self._writer, return_exceptions=True)

    # --- the tracks

    def _open(self, choice: Choice) -> None:
        self._close_tracks()
        self._choice, self._absent = choice, 0
        self._timeline: Mp4Timeline[Record] = Mp4Timeline(
            _RULES, monotonic(), video=choice.video is not None, audio=choice.audio is not None
        )
        self._tracks = [
            PersistentSubscriber(
                Subscription(self.stream, track, default_policy(track.kind), label="recording"),
                self._connect,
                Listener(self._on_record, partial(self._on_absent, audio), self._on_info),
            )
            for track, audio in ((choice.video, False), (choice.audio, True))
            if track is not None
        ]
        self._deadline = asyncio.get_running_loop().call_later(SOUND_WAIT_S, self._on_deadline)

    def _close_tracks(self) -> None:
        for track in self._tracks:
            track.close()
        self._tracks = []
        if self._deadline is not None:
            self._deadline.cancel()

    def _on_record(self, record: Record) -> None:
        self._take(self._timeline.record(record, monotonic()))

    def _on_info(self, info: TrackInfo) -> None:
        self._take(self._timeline.info(info, monotonic()))

    def _on_deadline(self) -> None:
        self._take(self._timeline.tick(monotonic()))

    def _on_absent(self, audio: bool, error: NotFound) -> None:
        self._absent += 1
        if self._absent == len(self._tracks):
            self._end(None if self._file.has_begun else error)
            return
        self._take(self._timeline.absent(audio=audio, now=monotonic()))

    # --- what comes of them

    def _take(self, outputs: list[Output[Record]]) -> None:
        for output in outputs:
            if self._is_over:
                return
            if isinstance(output, Muxed):
                self._add(output)
            elif isinstance(output, Init):
                self._begin(output.muxer.init_segment, output.muxer.codecs)
            elif isinstance(output, Described):
                self._describe(output.native)
            else:
                self._refuse(output)

    def _refuse(self, output: Refused) -> None:
        """What the stream has by itself may be refused: renditions of it follow."""
        if not self._file.has_begun and self._choice != NATIVE:
            self._end(output.error)

    def _describe(self, native: Native) -> None:
        """Take renditions of what MP4 cannot hold, once it is known what the stream has."""
        self._native = native
        if self._choice != NATIVE or self._file.has_begun:
            return
        video, audio = native.video, native.audio
        choice = Choice(
            None if video is None else VIDEO if fits(video) else H264,
            None if audio is None else AUDIO if fits(audio) else AAC,
        )
        if choice.video == H264 or choice.audio == AAC:
            # Not now: this is called by a subscriber that would be closed.
            asyncio.get_running_loop().call_soon(self._reopen, choice)

    def _reopen(self, choice: Choice) -> None:
        if not self._is_over and not self._file.has_begun and self._choice == NATIVE:
            self._open(choice)

    def _begin(self, init: bytes, codecs: str) -> None:
        if self._file.has_begun:
            self._end(
                Conflict(f"{self.stream} continues in another coding or size, which one file cannot hold")
            )
            return
        video = self._native.video if self._native is not None else None
        if video is not None:
            self._size = video.orientation.size(video.width, video.height)
        data = self._file.begin(init, codecs)
        self._put(Write(data, self._file.head, None))

    def _add(self, output: Muxed[Record]) -> None:
        muxer, fragment = self._timeline.muxer, output.fragment
        assert muxer is not None
        opens = fragment.is_key and fragment.is_video if muxer.has_video else True
        if fragment.is_video or not muxer.has_video:
            self._note_time(fragment, output.record.captured_at, opens=opens)
        whole = self._file.add(fragment, opens=opens)
        if whole:
            self._put(self._write_of(whole))
            if self._file.seconds >= MAX_S:
                self._end(Conflict(f"the recording of {self.stream} is {MAX_S // 3600} hours long"))

    def _note_time(self, fragment: Fragment, captured_at: int, *, opens: bool) -> None:
        """Data finds its place by the pictures; without pictures by the sound."""
        at_ns = fragment.pts * NS // fragment.timescale
        if self._zero_ns is None and opens:
            self._zero_ns = at_ns
        if self._zero_ns is not None:
            self._data.picture(captured_at, at_ns - self._zero_ns)

    def _write_of(self, data: bytes, *, is_last: bool = False) -> Write:
        assert self._file.newest is not None
        tracks, file = self._data.take(is_last=is_last), self._file
        progress = Progress(file.seconds, file.size, *self._size, file.codecs, self._data.counts)
        return Write(data, self._file.lines(self._file.newest), progress, tracks)

    # --- the disk

    def _put(self, item: Write) -> None:
        if self._waiting + item.size > MAX_WAITING_BYTES:
            self._end(WouldBlock(f"the disk takes the recording of {self.stream} too slowly"))
            return
        self._append(item)

    def _append(self, item: Write) -> None:
        self._work.append(item)
        self._waiting += item.size
        self._changed.set()

    def _end(self, error: FramecastError | OSError | None) -> None:
        if self._is_over:
            return
        self._is_over, self._error = True, error
        self._close_tracks()
        self._data.close()
        last = self._file.finish()
        if last:
            self._append(self._write_of(last, is_last=True))
        self._changed.set()

    async def _write(self) -> None:
        try:
            await asyncio.to_thread(self._disk.open)
            while self._work or not self._is_over:
                if not self._work:
                    self._changed.clear()
                    await self._changed.wait()
                    continue
                item = self._work.popleft()
                await asyncio.to_thread(self._disk.append, item)
                self._waiting -= item.size
                if item.progress is not None:
                    self._listeners.on_progress(item.progress)
            await asyncio.to_thread(self._disk.finish)
        except OSError as error:
            self._is_over, self._error = True, error
            self._close_tracks()
            self._data.close()
            self._work.clear()
        finally:
            await asyncio.to_thread(self._disk.close)
        self._listeners.on_end(self._error)
