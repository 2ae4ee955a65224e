"""What the media libraries of this machine are and can do: versions, codecs, hardware. Asks them, changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

import av
from av.codec.hwaccel import HWAccel, hwdevices_available

from framecast.media.opencv import cv2

_UNKNOWN = av.codec.codec.UnknownCodecError


@dataclass(frozen=True, slots=True)
class HardwareDecoder:
    """A kind of hardware that this FFmpeg knows. `error` is '' if a device of this kind answers."""

    name: str
    error: str = ""


def libraries() -> list[str]:
    """Return `name version` of each media library but FFmpeg's."""
    return [f"OpenCV {cv2.__version__}", f"simplejpeg {version('simplejpeg')}"]


def ffmpeg() -> str:
    """Return FFmpeg's version, and those of its libraries."""
    parts = (f"{name} {'.'.join(map(str, numbers))}" for name, numbers in av.library_versions.items())
    return f"{av.ffmpeg_version_info} ({', '.join(parts)})"


def libavcodec() -> tuple[int, ...]:
    """Return the version of FFmpeg's decoders."""
    return tuple(av.library_versions["libavcodec"])


def opencv() -> tuple[int, ...]:
    """Return OpenCV's version."""
    return (cv2.getVersionMajor(), cv2.getVersionMinor(), cv2.getVersionRevision())


def can_decode(codec: str) -> bool:
    """Return whether FFmpeg has a decoder for `codec`."""
    return _has(codec, "r")


def can_encode(codec: str) -> bool:
    """Return whether FFmpeg has the encoder `codec`."""
    return _has(codec, "w")


def hardware_decoders() -> list[HardwareDecoder]:
    """Return every kind of hardware with which this FFmpeg decodes H.264, each after trying to open a device of it."""
    configs = av.codec.Codec("h264", "r").hardware_configs or ()
    usable = {config.device_type.name for config in configs if config.is_supported}
    return [HardwareDecoder(name, _try(name)) for name in hwdevices_available() if name in usable]


def _has(codec: str, mode: str) -> bool:
    try:
        av.codec.Codec(codec, "w" if mode == "w" else "r")
    except _UNKNOWN:
        return False
    return True


def _try(name: str) -> str:
    try:
        HWAccel(name).create(av.codec.Codec("h264", "r"))
    except (av.error.FFmpegError, NotImplementedError, RuntimeError, ValueError) as error:
        return str(getattr(error, "strerror", "") or error)
    return ""
