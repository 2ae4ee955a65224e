"""All renditions of a video from one decode: each rendition a file of pictures, the sound a file of its own (CMAF).

Each rendition has a thread. It scales the pictures of the next larger one, hands them on, and encodes them: the largest is scaled from the decoded pictures, once. The
sound has another thread. Queues hold a few pictures, so memory does not grow with the video. The groups of pictures of all renditions begin at the same times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.video.frame import VideoFrame

from framecast.errors import Invalid
from framecast.media.coding import FFmpegPacket
from framecast.media.fragmentfile import FragmentFile
from framecast.media.mainfile import Written, described
from framecast.media.picturedecoder import PictureDecoder
from framecast.media.picturefilter import PictureFilter
from framecast.media.queued import Queued
from framecast.media.soundtrack import Samples, SoundEncoder
from framecast.media.storedencoder import Rung, StoredVideoEncoder
from framecast.media.storedfile import Input, StoredFile
from framecast.media.storyboard import Board, Storyboard, Waveform, interval_of

Report = Callable[[float], None]
AUDIO = "audio.mp4"


@dataclass(frozen=True, slots=True)
class How:
    """FFmpeg's encoder, its preset, and how many threads work on all renditions together."""

    encoder: str
    preset: str
    threads: int


@dataclass(frozen=True, slots=True)
class Ladder:
    """What was written. `waveform` is the seconds of each value and the values; `encoder` is the one that was used."""

    videos: tuple[Written, ...]
    audio: Written | None
    board: Board | None
    waveform: tuple[float, list[int]] | None
    encoder: str


def write_ladder(
    given: Input, folder: Path, rungs: Callable[[StoredFile], Sequence[Rung]], how: How, report: Report
) -> Ladder:
    """Write `vSIDE.mp4` for each rung, `audio.mp4` and the sheets of the storyboard into `folder`.

    Raises:
        Invalid: the file cannot be read, or nothing of it can be decoded.
    """
    with StoredFile(given) as source, ExitStack() as files:
        source.find_zero()
        pictures = _Pictures(source, folder, rungs(source), how, files) if source.video is not None else None
        sound = _Sound(source, folder, files) if source.audio is not None else None
        for number, packet in enumerate(source.packets()):
            if source.video is not None and packet.stream_index == source.video.index:
                assert pictures is not None
                pictures.add(packet)
            elif sound is not None:
                sound.add(packet)
            if not number & 15:
                report(source.progress)
        videos, board, encoder = pictures.finish() if pictures is not None else ((), None, "")
        audio, waveform = sound.finish() if sound is not None else (None, None)
    if not videos and audio is None:
        raise Invalid("no picture and no sound of the file can be decoded: it is damaged")
    return Ladder(videos, audio, board, waveform, encoder)


class _Pictures:
    """Decodes in the thread of its caller, and ends in the threads of the renditions."""

    def __init__(
        self, source: StoredFile, folder: Path, rungs: Sequence[Rung], how: How, files: ExitStack
    ) -> None:
        self._source = source
        self._decoder = PictureDecoder(source)
        smallest = rungs[-1]
        board = Storyboard(folder, (smallest.width, smallest.height), interval_of(source.duration_s))
        shares = _shares(rungs, how.threads)
        self._stages: list[_Stage] = []
        after: _Stage | Storyboard = board
        for rung, threads in reversed(list(zip(rungs, shares, strict=True))):
            is_first = rung is rungs[0]
            after = _Stage(source, folder, rung, how, threads, after, files, turns=is_first)
            self._stages.insert(0, after)
        self._board = board

    def add(self, packet: FFmpegPacket) -> None:
        for frame in self._decoder.decode(packet):
            self._stages[0].add(frame)

    def finish(self) -> tuple[tuple[Written, ...], Board | None, str]:
        written = tuple(stage.finish() for stage in self._stages)
        duration_s = max(float(one.duration_s) for one in written)
        return written, self._board.finish(duration_s), self._stages[0].encoder.used


class _Stage:
    """The thread of one rendition. `after` gets its pictures, too."""

    def __init__(
        self,
        source: StoredFile,
        folder: Path,
        rung: Rung,
        how: How,
        threads: int,
        after: _Stage | Storyboard,
        files: ExitStack,
        *,
        turns: bool,
    ) -> None:
        self._source, self._rung, self._after = source, rung, after
        self._name = f"v{min(rung.width, rung.height)}.mp4"
        opened = files.enter_context((folder / self._name).open("wb", buffering=0))
        self._file = FragmentFile(opened, Fraction(0))
        orientation = source.orientation if turns else None
        self._filter = PictureFilter((rung.width, rung.height), orientation)
        self.encoder = StoredVideoEncoder(
            self._file, rung, source.rate, encoder=how.encoder, preset=how.preset, threads=threads
        )
        self._count = 0
        self._queued: Queued[VideoFrame] = Queued(self._take, self._finish, self._name)

    def add(self, frame: VideoFrame) -> None:
        """Take a picture; waits while the thread is behind."""
        self._queued.put(frame)

    def finish(self) -> Written:
        """Wait for the thread. The stage before has finished."""
        self._queued.finish()
        return described(self._name, self._file, self._source, self._rung)

    def _take(self, frame: VideoFrame) -> None:
        for one in self._filter.push(frame):
            self._put(one)

    def _put(self, frame: VideoFrame) -> None:
        self.encoder.place(frame)
        self._after.add(frame)
        self.encoder.encode(frame)
        self._count += 1

    def _finish(self) -> None:
        for one in self._filter.finish():
            self._put(one)
        self.encoder.finish()
        self._file.finish()
        if not self._count:
            raise Invalid("no picture of the file can be decoded: it is damaged")


class _Sound:
    """The thread of the sound."""

    def __init__(self, source: StoredFile, folder: Path, files: ExitStack) -> None:
        assert source.audio is not None
        self._source = source
        opened = files.enter_context((folder / AUDIO).open("wb", buffering=0))
        self._file = FragmentFile(opened)
        self._encoder = SoundEncoder(self._file, source.audio, source.zero_s, on_samples=self._hear)
        self._waveform = Waveform(self._encoder.sample_rate)
        self._queued: Queued[FFmpegPacket] = Queued(self._encoder.add, self._finish, AUDIO, ahead=200)

    def add(self, packet: FFmpegPacket) -> None:
        self._queued.put(packet)

    def finish(self) -> tuple[Written | None, tuple[float, list[int]] | None]:
        self._queued.finish()
        if not self._file.segments:
            return None, None
        return described(AUDIO, self._file, None, None), self._waveform.peaks()

    def _hear(self, samples: Samples) -> None:
        self._waveform.add(samples)

    def _finish(self) -> None:
        self._encoder.finish()
        self._file.finish()


def _shares(rungs: Sequence[Rung], threads: int) -> list[int]:
    """The threads of each rendition's encoder: by its pixels, at least one."""
    pixels = [rung.width * rung.height for rung in rungs]
    return [max(1, round(threads * one / sum(pixels))) for one in pixels]
