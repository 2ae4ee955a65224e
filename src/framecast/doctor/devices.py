"""Hardware that Framecast uses where it is there: decoders of graphics cards, video devices."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from framecast.doctor.finding import Finding, Level
from framecast.media import inventory

DEV = Path("/dev")
# Device nodes of graphics cards. If one exists and no decoder answers, a driver or library is missing between the two.
_GRAPHICS = ("nvidia[0-9]*", "dri/renderD*")


def check_hardware_decoders() -> Iterator[Finding]:
    """Which hardware decoders answer."""
    topic = "hardware decoding"
    known = inventory.hardware_decoders()
    works = [decoder.name for decoder in known if not decoder.error]
    cards = [str(path) for pattern in _GRAPHICS for path in sorted(DEV.glob(pattern))]
    if works:
        yield Finding(topic, Level.OK, f"{', '.join(works)}: use it with hwaccel={works[0]}")
    elif cards:
        errors = (
            "; ".join(f"{decoder.name}: {decoder.error}" for decoder in known) or "this FFmpeg knows none"
        )
        mend = "nvidia-smi   # the driver must answer here, in a container too: docker run --gpus all ..."
        yield Finding(
            topic, Level.WARNING, f"{', '.join(cards)} is there, but no decoder works ({errors})", mend
        )
    else:
        names = ", ".join(decoder.name for decoder in known) or "none"
        yield Finding(topic, Level.NOTE, f"no graphics card here; this FFmpeg knows {names}")


def check_video_devices() -> Iterator[Finding]:
    """Which video devices there are, and whether this user may read them."""
    found = sorted(DEV.glob("video[0-9]*"))
    if not found:
        yield Finding("video devices", Level.NOTE, "none")
    for path in found:
        name = _device_name(path)
        if os.access(path, os.R_OK | os.W_OK):
            yield Finding("video devices", Level.OK, f"{path} {name}".strip())
        else:
            mend = "sudo usermod -aG video $USER   # then log in again"
            yield Finding("video devices", Level.WARNING, f"{path} {name} may not be read by this user", mend)


def _device_name(path: Path) -> str:
    try:
        return Path(f"/sys/class/video4linux/{path.name}/name").read_text().strip()
    except OSError:
        return ""
