"""The first playable form of a stored file: one fragmented MP4 of H.264 and AAC, its packets copied where players know them, encoded where not.

Both tracks are decided apart: a video that fits is copied although its sound is encoded. A copy that turns out to be impossible (hidden pictures, times that run
backwards, a coding that changes) begins again as an encode. Only these two tracks are written: no data, no text, no metadata. One thread, with one more if pictures are
encoded; memory holds some seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from av.video.frame import VideoFrame

from framecast.errors import Invalid
from framecast.media.coding import FFmpegPacket
from framecast.media.fragmentfile import FragmentFile, Segment
from framecast.media.packetcopy import NotCopyable, SoundCopy, VideoCopy, sound_fits, video_fits
from framecast.media.picturedecoder import MAX_RATE, PictureDecoder
from framecast.media.picturefilter import PictureFilter
from framecast.media.queued import Queued
from framecast.media.soundtrack import SoundEncoder
from framecast.media.storedencoder import Rung, StoredVideoEncoder
from framecast.media.storedfile import Input, StoredFile

Report = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written, as a playlist describes it. Without video its sides and rate are 0."""

    name: str
    size: int
    init_size: int
    segments: tuple[Segment, ...]
    codecs: tuple[str, ...]
    width: int
    height: int
    rate: Fraction
    duration_s: Fraction
    has_audio: bool


@dataclass(frozen=True, slots=True)
class Encoding:
    """How pictures are encoded if they have to be: FFmpeg's encoder, its preset, its threads."""

    rung: Rung
    encoder: str
    preset: str
    threads: int


class _Track(Protocol):
    def add(self, packet: FFmpegPacket) -> None: ...


def write_main(
    given: Input, out: Path, encoding: Callable[[StoredFile], Encoding], report: Report
) -> tuple[Written, bool]:
    """Write `out`; returns what it is, and whether its pictures were copied.

    Raises:
        Invalid: the file cannot be read, or nothing of it can be decoded.
    """
    with StoredFile(given) as source:
        if source.video is not None and not video_fits(source.video):
            return _write(source, out, encoding(source), report), False
        try:
            return _write(source, out, None, report), source.video is not None
        except NotCopyable:
            if source.video is None:
                raise
    with StoredFile(given) as source:
        return _write(source, out, encoding(source), report), False


def _write(source: StoredFile, out: Path, encoding: Encoding | None, report: Report) -> Written:
    source.find_zero()
    with out.open("wb", buffering=0) as opened:
        file = FragmentFile(opened, tracks=sum(one is not None for one in (source.video, source.audio)))
        if source.video is None:
            _write_sound(source, file, report)
        elif encoding is None:
            _copy_video(source, file, report)
        else:
            _encode_video(source, file, encoding, report)
        file.finish()
    if not file.segments:
        raise Invalid("no picture and no sound of the file can be decoded: it is damaged")
    return described(out.name, file, source, encoding.rung if encoding else None)


def described(name: str, file: FragmentFile, source: StoredFile | None, rung: Rung | None) -> Written:
    """Return what a finished file is."""
    width, height, rate = 0, 0, Fraction(0)
    if file.tracks and any(track.is_video for track in file.tracks):
        rate = min(source.rate, Fraction(MAX_RATE)) if source else Fraction(0)
        width, height = (rung.width, rung.height) if rung else source.shown_size if source else (0, 0)
    return Written(
        name,
        file.size,
        file.init_size,
        tuple(file.segments),
        file.codecs,
        width,
        height,
        rate,
        file.duration_s,
        any(not track.is_video for track in file.tracks),
    )


def _copy_video(source: StoredFile, file: FragmentFile, report: Report) -> None:
    assert source.video is not None
    if source.first_key is None:
        raise NotCopyable("no key frame")
    video = VideoCopy(file, source.video, source.first_key, source.zero_s)
    sound = _sound(source, file, threading.Lock())
    for number, packet in enumerate(source.packets()):
        if not packet.size:
            continue
        if packet.stream_index == source.video.index:
            video.add(packet)
        elif sound is not None:
            sound.add(packet)
        if not number & 255:
            report(source.progress)
    video.finish()
    _finish(sound)


def _write_sound(source: StoredFile, file: FragmentFile, report: Report) -> None:
    sound = _sound(source, file, threading.Lock())
    assert sound is not None
    for number, packet in enumerate(source.packets()):
        if packet.size:
            sound.add(packet)
        if not number & 255:
            report(source.progress)
    _finish(sound)


def _encode_video(source: StoredFile, file: FragmentFile, encoding: Encoding, report: Report) -> None:
    """Pictures are encoded by a thread; the sound waits until their track stands in the file."""
    assert source.video is not None
    lock, stands = threading.Lock(), threading.Event()
    pictures = _PictureStage(source, file, encoding, lock, stands)
    sound = _LateSound(source, file, lock, stands)
    for number, packet in enumerate(source.packets()):
        if packet.stream_index == source.video.index:
            pictures.add(packet)
        elif packet.size:
            sound.add(packet)
        if not number & 15:
            report(source.progress)
    pictures.finish()
    sound.finish()


class _LateSound:
    """Keeps packets of sound until the track of the pictures stands in the file: the first track leads."""

    def __init__(
        self, source: StoredFile, file: FragmentFile, lock: threading.Lock, stands: threading.Event
    ) -> None:
        self._source, self._file, self._lock, self._stands = source, file, lock, stands
        self._sound: _Track | None = None
        self._waiting: list[FFmpegPacket] = []

    def add(self, packet: FFmpegPacket) -> None:
        self._waiting.append(packet)
        if not self._stands.is_set():
            return
        self._sound = self._sound or _sound(self._source, self._file, self._lock)
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if self._sound is not None:
                self._sound.add(one)

    def finish(self) -> None:
        """Take what waits. The pictures have finished."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            self.add(one)
        _finish(self._sound)


def _sound(source: StoredFile, file: FragmentFile, lock: threading.Lock) -> _Track | None:
    if source.audio is None:
        return None
    if sound_fits(source.audio):
        with lock:
            return _LockedCopy(SoundCopy(file, source.audio, source.zero_s), lock)
    return SoundEncoder(file, source.audio, source.zero_s, lock=lock)


def _finish(sound: _Track | None) -> None:
    if isinstance(sound, SoundEncoder):
        sound.finish()


class _LockedCopy:
    """A copied sound in a file to which another thread writes pictures."""

    def __init__(self, copy: SoundCopy, lock: threading.Lock) -> None:
        self._copy, self._lock = copy, lock

    def add(self, packet: FFmpegPacket) -> None:
        with self._lock:
            self._copy.add(packet)


class _PictureStage:
    """Decodes in the thread of the caller; filters and encodes in another."""

    def __init__(
        self,
        source: StoredFile,
        file: FragmentFile,
        encoding: Encoding,
        lock: threading.Lock,
        stands: threading.Event,
    ) -> None:
        rung = encoding.rung
        self._decoder = PictureDecoder(source)
        self._filter = PictureFilter((rung.width, rung.height), source.orientation)
        self._encoder = StoredVideoEncoder(
            file,
            rung,
            source.rate,
            encoder=encoding.encoder,
            preset=encoding.preset,
            threads=encoding.threads,
            lock=lock,
        )
        self._stands = stands
        self._queued: Queued[VideoFrame] = Queued(self._take, self._finish, "encode")

    def add(self, packet: FFmpegPacket) -> None:
        """Decode a packet and hand over its pictures."""
        for frame in self._decoder.decode(packet):
            self._queued.put(frame)

    def finish(self) -> None:
        self._queued.finish()

    def _take(self, frame: VideoFrame) -> None:
        for one in self._filter.push(frame):
            self._encoder.encode(one)
            self._stands.set()

    def _finish(self) -> None:
        for one in self._filter.finish():
            self._encoder.encode(one)
        self._encoder.finish()
        if not self._stands.is_set():
            raise Invalid("no picture of the file can be decoded: it is damaged")
