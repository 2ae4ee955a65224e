"""Python, the libraries, and what the FFmpeg in them can code and decode."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from framecast import native
from framecast.doctor.finding import Finding, Level
from framecast.media import inventory

OLDEST_PYTHON = (3, 11)
# What cameras and files bring, and what Framecast codes itself.
DECODERS = ("h264", "hevc", "mjpeg", "av1", "vp8", "vp9", "aac", "opus", "pcm_alaw", "pcm_mulaw", "mp3")
ENCODERS = ("libx264", "aac")
REINSTALL = f"{sys.executable} -m pip install --force-reinstall --no-cache-dir"


def check_python() -> Iterator[Finding]:
    """Which Python this is, and whether it is new enough."""
    found = f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}"
    if sys.platform != "linux":
        yield Finding("Python", Level.FAILURE, f"{found} on {sys.platform}", "run Framecast on Linux")
    elif sys.version_info < OLDEST_PYTHON:
        yield Finding("Python", Level.FAILURE, found, "apt install python3.11 python3.11-venv")
    else:
        yield Finding("Python", Level.OK, found)


def check_libraries() -> Iterator[Finding]:
    """Which versions are installed, and which are not."""
    missing = [name for name in _required() if not _version(name)]
    if missing:
        command = f"{sys.executable} -m pip install {' '.join(missing)}"
        yield Finding("libraries", Level.FAILURE, f"missing: {', '.join(missing)}", command)
    ours = f"framecast {_version('framecast') or 'not installed as a package'}"
    shown = [f"{name} {_version(name)}" for name in ("av", "numpy", "fastapi", "uvicorn") if _version(name)]
    yield Finding("libraries", Level.OK, ", ".join([ours, *shown, *inventory.libraries()]))
    yield Finding("FFmpeg", Level.OK, inventory.ffmpeg())


def check_native() -> Iterator[Finding]:
    """Whether the optional package in Rust is used; without it, packets of cameras take more of the processor."""
    found = native.look()
    if found.module is not None:
        yield Finding(native.NAME, Level.OK, f"{found.module.VERSION} receives RTSP")
    elif found.is_wrong:
        yield Finding(native.NAME, Level.WARNING, f"not used: {found.why}", "make native")
    else:
        yield Finding(native.NAME, Level.NOTE, f"not used: {found.why}; Python receives RTSP", "")


def check_codecs() -> Iterator[Finding]:
    """Whether FFmpeg was built with what Framecast needs."""
    missing = [
        *(f"decoder {name}" for name in DECODERS if not inventory.can_decode(name)),
        *(f"encoder {name}" for name in ENCODERS if not inventory.can_encode(name)),
    ]
    if missing:
        yield Finding(
            "codecs", Level.WARNING, f"FFmpeg was built without {', '.join(missing)}", f"{REINSTALL} av"
        )
    else:
        yield Finding("codecs", Level.OK, f"decodes {', '.join(DECODERS)}; codes {', '.join(ENCODERS)}")


def _required() -> list[str]:
    """The distributions that the package itself asks for."""
    try:
        wanted = requires("framecast") or []
    except PackageNotFoundError:
        return []
    plain = [requirement.partition(";")[0] for requirement in wanted if "extra ==" not in requirement]
    ends = str.maketrans(dict.fromkeys("[<>=!~(", " "))
    return [requirement.translate(ends).split()[0] for requirement in plain]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
