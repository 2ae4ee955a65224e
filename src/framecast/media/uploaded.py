"""A file of a stranger as FFmpeg describes it: read by one named demuxer, with the decoders of a list, from one file object. FFmpeg can open nothing else.

Nothing is decoded but what a demuxer must know of a track that its header does not describe, and the pictures and sounds that are asked for. Used by the task `check`, in its process, with one
thread. What is found is a stranger's word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from types import TracebackType
from typing import Any, BinaryIO, Self

import av
import av.error
import av.logging
from av.audio.codeccontext import AudioCodecContext
from av.codec.context import CodecContext
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.subtitles.codeccontext import SubtitleCodecContext
from av.subtitles.stream import SubtitleStream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from framecast.errors import FramecastError
from framecast.media.coding import FFmpegPacket
from framecast.media.display import details_of
from framecast.model import Orientation
from framecast.model.orientation import matrix_of

# Demuxers give up at the second number; the first is what is accepted, and has a sentence of its own.
_STREAMS = 64
_NO_TRACK = frozenset({"data", "attachment", "unknown"})
_STILLS = Disposition.attached_pic | Disposition.timed_thumbnails
_LAST_LOG_LINES = 200
_ENTRIES = 4000
# What a decoder may need before the first picture comes out: an open group, parameters that come later.
_PACKETS_TO_PICTURE = 400


class Unreadable(Exception):
    """FFmpeg cannot read the file; `log` is what it has said."""

    def __init__(self, error: BaseException, log: str) -> None:
        super().__init__(str(error))
        self.log = log


@dataclass(frozen=True, slots=True)
class Allowed:
    """What FFmpeg may use: decoders by their names, and how many pixels a picture may have."""

    decoders: Iterable[str]
    pixels: int


@dataclass(frozen=True, slots=True)
class Track:
    """One track. Fields that do not fit its kind are empty. Times are in seconds."""

    index: int
    kind: str  # video, audio, subtitle, or another one of FFmpeg's
    codec: str  # '' if FFmpeg has no decoder for it
    tag: str = ""
    profile: str = ""
    language: str = ""
    title: str = ""
    is_still: bool = False
    start_s: Fraction | None = None
    duration_s: Fraction | None = None
    width: int = 0
    height: int = 0
    rates: tuple[Fraction | None, ...] = ()  # on average, and the lowest one that has all times
    pixels: str = ""
    bits: int = 0
    transfer: int = 0
    ratio: Fraction = Fraction(1)
    rotation: int = 0
    is_mirrored: bool = False
    sample_rate: int = 0
    channels: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, without its pixels."""

    width: int
    height: int
    at_s: Fraction | None


class UploadedFile:
    """An opened file. Close it, or use it in `with`.

    What the file object raises of FramecastError comes through.

    Raises:
        Unreadable: FFmpeg cannot read it.
    """

    def __init__(self, file: BinaryIO, demuxer: str, allowed: Allowed) -> None:
        self._allowed = allowed
        self._log: list[tuple[int, str, str]] = []
        self._container = self._open(file, demuxer)
        self.tracks = [_track(stream) for stream in self._container.streams if stream.type not in _NO_TRACK]
        self.count = len(self._container.streams)
        self.metadata: Mapping[str, str] = self._container.metadata
        self.is_encrypted = False  # as far as packets have been decoded
        self.chapters = len(self._container.chapters())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    @property
    def log(self) -> str:
        """What FFmpeg has said while it opened the file."""
        return "\n".join(line for _, _, line in self._log[:_LAST_LOG_LINES])

    @property
    def duration_s(self) -> Fraction | None:
        """As the container or its tracks say it; None if they do not."""
        duration = self._container.duration
        return None if duration is None or duration <= 0 else Fraction(duration, av.time_base)

    def times(self, track: Track, most: int) -> list[Fraction]:
        """Return times of pictures in seconds, in their order: of the index of an MP4 file, otherwise of the first `most` packets."""
        stream = self._container.streams[track.index]
        base = stream.time_base or Fraction(1, av.time_base)
        has_all = self._container.format.name.startswith("mov") and len(stream.index_entries) > most
        if has_all:
            found = [entry.timestamp for entry in islice(stream.index_entries, _ENTRIES)]
        else:
            self._seek(stream, None)
            packets = islice(self._packets(stream), most)
            found = [packet.pts for packet in packets if packet.pts is not None]
        return [tick * base for tick in sorted(found)]

    def picture(self, track: Track, at_s: Fraction | None = None) -> Picture | None:
        """Decode the first picture, or the key frame before `at_s`; None if there is none."""
        stream = self._container.streams[track.index]
        context: CodecContext | None = stream.codec_context
        assert isinstance(context, VideoCodecContext)
        if not context.is_open:
            context.options = {"max_pixels": str(self._allowed.pixels)}
            context.thread_count = 1
        self._seek(stream, at_s)
        frame = next(iter(self._decoded(stream, context)), None)
        context.flush_buffers()
        if frame is None:
            return None
        at = None if frame.pts is None or frame.time_base is None else frame.pts * frame.time_base
        return Picture(frame.width, frame.height, at)

    def has_sound(self, track: Track) -> bool:
        """Decode the first sound and return whether there is one."""
        stream = self._container.streams[track.index]
        context: CodecContext | None = stream.codec_context
        assert isinstance(context, AudioCodecContext)
        context.thread_count = 1
        self._seek(stream, None)
        return next(iter(self._decoded(stream, context)), None) is not None

    def last_s(self, track: Track) -> Fraction | None:
        """Read all packets of a track and return when the last one ends: for a file that does not say how long it is."""
        stream = self._container.streams[track.index]
        self._seek(stream, None)
        last = None
        for packet in self._packets(stream):
            if packet.pts is not None:
                end = (packet.pts + (packet.duration or 0)) * (stream.time_base or Fraction(1))
                last = end if last is None else max(last, end)
        return last

    def _open(self, file: BinaryIO, demuxer: str) -> InputContainer:
        """Open the file. Whatever else a demuxer wants to open, it gets an error."""
        options = {
            "format_whitelist": demuxer,
            "protocol_whitelist": "none",
            "codec_whitelist": ",".join(self._allowed.decoders),
            "max_streams": str(_STREAMS),
        } | _OF_DEMUXERS.get(demuxer, {})
        av.logging.set_level(av.logging.WARNING)
        try:
            with av.logging.Capture() as self._log:
                return av.open(
                    file,
                    "r",
                    format=demuxer,
                    options={"max_pixels": str(self._allowed.pixels), "threads": "1"},
                    container_options=options,
                    metadata_errors="replace",
                    io_open=_refuse,
                )
        except FramecastError:  # of the file object
            raise
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise Unreadable(error, self.log) from error

    def _seek(self, stream: Stream, at_s: Fraction | None) -> None:
        """Go to the key frame at or before a time; None is the beginning. A file that cannot be searched stays where it is."""
        base = stream.time_base or Fraction(1, av.time_base)
        ticks = (stream.start_time or 0) if at_s is None else int(at_s / base)
        try:
            self._container.seek(ticks, stream=stream)
        except FramecastError:
            raise
        except (av.error.FFmpegError, OSError, ValueError):
            return

    def _packets(self, stream: Stream) -> Iterator[FFmpegPacket]:
        """Yield the packets of a track; a file that cannot be read any further ends there."""
        packets = self._container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except FramecastError:
                raise
            except (av.error.FFmpegError, IndexError, ValueError):
                return
            if packet is None:
                return
            if packet.size:
                yield packet

    def _decoded(self, stream: Stream, context: VideoCodecContext | AudioCodecContext) -> Iterator[Any]:
        """Yield what the decoder of a track gives, from the next key frame on; at most the first packets are tried."""
        has_key = not isinstance(stream, VideoStream)
        for packet in islice(self._packets(stream), _PACKETS_TO_PICTURE):
            has_key = has_key or packet.is_keyframe
            self.is_encrypted = self.is_encrypted or packet.has_sidedata("encryption_info")
            if has_key:
                yield from _tried(context.decode, packet)
        yield from _tried(context.decode, None)


def decoders_of(codecs: Iterable[str]) -> list[str]:
    """Return the names of FFmpeg's decoders for these codecs, as far as it has them; a codec may have several."""
    names = []
    for codec in codecs:
        for name in (codec, *_OTHER_DECODERS.get(codec, ())):
            try:
                names.append(av.codec.Codec(name, "r").name)
            except av.codec.codec.UnknownCodecError:
                continue
    return names


# PyAV would import these at the first file that has subtitles, when the process can open no file any more.
LOADED = (SubtitleStream, SubtitleCodecContext)
# FFmpeg's first decoder of a codec may have another name than the codec.
_OTHER_DECODERS = {"av1": ("libdav1d",), "mp3": ("mp3float",), "vp8": ("libvpx",), "vp9": ("libvpx-vp9",)}
# Absolute paths and references to other files are off by default; a new default changes nothing here.
_OF_DEMUXERS = {"mov": {"enable_drefs": "0", "use_absolute_path": "0"}}


def _refuse(address: str, _flags: int, _options: Mapping[str, str]) -> BinaryIO:
    raise PermissionError(f"an uploaded file may open nothing else, and wants to open {address!r}")


def _tried(decode: Callable[[Any], list[Any]], packet: FFmpegPacket | None) -> list[Any]:
    try:
        return decode(packet)
    except (av.error.FFmpegError, ValueError) as error:
        if isinstance(error, MemoryError):
            raise
        return []


def _track(stream: Stream) -> Track:
    base = stream.time_base or Fraction(1, av.time_base)
    context: CodecContext | None = stream.codec_context
    common: dict[str, Any] = {
        "index": stream.index,
        "kind": stream.type,
        "codec": "" if context is None else context.codec.canonical_name,
        "tag": "" if context is None else context.codec_tag,
        "profile": (context.profile or "") if context is not None else "",
        "language": stream.language or "",
        "title": stream.metadata.get("title", ""),
        "is_still": bool(stream.disposition & _STILLS),
        "start_s": None if stream.start_time is None else stream.start_time * base,
        "duration_s": None if stream.duration is None else stream.duration * base,
    }
    if isinstance(stream, VideoStream) and isinstance(context, VideoCodecContext):
        return Track(**common, **_of_video(stream, context))
    if isinstance(context, AudioCodecContext):
        return Track(**common, sample_rate=context.sample_rate, channels=context.channels)
    return Track(**common)


def _of_video(stream: VideoStream, context: VideoCodecContext) -> dict[str, Any]:
    orientation = Orientation.of(matrix_of(details_of(stream).get("display_matrix", "")))
    components = context.format.components if context.format is not None else ()
    return {
        "width": context.width,
        "height": context.height,
        "rates": (stream.average_rate, stream.base_rate),
        "pixels": context.pix_fmt or "",
        "bits": max((component.bits for component in components), default=0),
        "transfer": context.color_trc,
        "ratio": stream.sample_aspect_ratio or Fraction(1),
        "rotation": orientation.rotation,
        "is_mirrored": orientation.is_mirrored,
    }
