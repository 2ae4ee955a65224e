"""Opening an address by FFmpeg's demuxers, quickly or patiently, and learning from its log why it cannot be opened.

Runs in the thread of the source. FFmpeg sees only what its caller names in `Opening`: protocols, formats, time limits. It prints
nothing: its messages may hold passwords. They are read for the cause of a failure only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic

import av
import av.error
import av.logging
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from framecast.errors import SourceError
from framecast.media import calls
from framecast.media.failure import source_error

# FFmpeg stops its analysis as soon as possible; what it knows then comes from the session description or the head of the file.
_HASTY = {"analyzeduration": "1", "fpsprobesize": "0"}
# If a camera says nothing in advance, FFmpeg reads until the parameters have come.
_PATIENT = {"analyzeduration": "5000000", "fpsprobesize": "0"}
_GENPTS = 1
# The process has one log level, and two sources may open at a time in one program.
_listening = threading.Lock()


@dataclass(frozen=True, slots=True)
class Opening:
    """How FFmpeg may open an address: only what is named here is allowed."""

    address: str
    protocols: str  # comma-separated, as FFmpeg's protocol_whitelist
    formats: str  # comma-separated, as FFmpeg's format_whitelist
    open_timeout_s: float
    read_timeout_s: float
    format: str | None = None
    audio: bool = True
    hasty: bool = False  # True if the analysis would cost pictures: live sources
    options: Mapping[str, str] = field(default_factory=dict)
    opener: Callable[[str, int, Mapping[str, str]], object] | None = None  # opens every URL in FFmpeg's place


def open_complete(opening: Opening) -> InputContainer:
    """Open quickly; if the tracks are still unknown then, open again and analyse longer."""
    begun = monotonic()
    if opening.hasty:
        container = _open(replace(opening, options={**opening.options, **_HASTY}))
        if _complete(container, opening):
            return container
        container.close()
    left = max(1.0, opening.open_timeout_s - (monotonic() - begun))
    analysis = {} if not opening.hasty else _PATIENT
    container = _open(replace(opening, open_timeout_s=left, options={**opening.options, **analysis}))
    if _complete(container, opening):
        return container
    named = len(container.streams)
    container.close()
    if not named:
        raise SourceError("unsupported", "the source has neither video nor audio")
    silent = monotonic() - begun >= 0.9 * opening.open_timeout_s
    raise SourceError("timeout" if silent else "bad-data", "the source does not describe its video or audio")


def _complete(container: InputContainer, opening: Opening) -> bool:
    videos = container.streams.video
    sounds = container.streams.audio if opening.audio else ()
    if not videos and not sounds:
        return False
    return (not videos or any(map(is_known, videos))) and all(map(is_known, sounds))


def is_known(stream: VideoStream | AudioStream) -> bool:
    """True also for a codec that FFmpeg cannot decode: waiting does not help."""
    context: CodecContext | None = stream.codec_context
    if isinstance(context, VideoCodecContext):
        return bool(context.width and context.height)
    return bool(context.sample_rate) if isinstance(context, AudioCodecContext) else True


def _open(opening: Opening) -> InputContainer:
    """Open the address, and find the cause of a failure in FFmpeg's log of this call."""
    options = {
        "protocol_whitelist": opening.protocols,
        "format_whitelist": opening.formats,
        **opening.options,
    }
    begun = monotonic()
    with _listening:
        before = av.logging.get_level()
        av.logging.set_level(av.logging.WARNING)
        av.logging.set_skip_repeated(False)  # the second cut-off file says the same as the first
        log: list[tuple[int, str, str]] = []
        try:
            with av.logging.Capture() as log:
                calls.running.begin(calls.OPENING, opening.open_timeout_s)
                return _configured(opening, options)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            timed_out = monotonic() - begun >= 0.95 * opening.open_timeout_s
            raise source_error(error, (line[2] for line in log), timed_out) from None
        finally:
            calls.running.end()
            av.logging.set_level(before)


def _configured(opening: Opening, options: dict[str, str]) -> InputContainer:
    container = av.open(
        opening.address,
        "r",
        format=opening.format,
        container_options=options,
        timeout=(opening.open_timeout_s, opening.read_timeout_s),
        metadata_errors="replace",
        io_open=opening.opener,
    )
    if opening.hasty:
        # Times that are missing are repaired here without waiting for later packets.
        container.flags &= ~_GENPTS
    return container
