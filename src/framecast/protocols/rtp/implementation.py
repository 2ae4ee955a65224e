"""The two implementations of RTP with one interface, that of the Python classes: `PYTHON`, and `framecast-native` if it is there.

The Python one is the reference: `tests/native` compares both byte for byte. Any thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from framecast import native
from framecast.protocols.rtp.h264 import H264
from framecast.protocols.rtp.h265 import H265
from framecast.protocols.rtp.order import DecodeOrder
from framecast.protocols.rtp.reception import Reception
from framecast.protocols.rtp.sound import G711, Aac, AacMode, Opus
from framecast.protocols.rtp.track import RtpTrack
from framecast.protocols.rtp.unit import Depacketiser


@dataclass(frozen=True, slots=True)
class Implementation:
    """The classes of one implementation. `name` is what the fact `receiver` of a stream shows."""

    name: str
    h264: Callable[[], Depacketiser]
    h265: Callable[[], Depacketiser]
    opus: Callable[[], Depacketiser]
    g711: Callable[[int], Depacketiser]
    aac: Callable[[AacMode], Depacketiser]
    order: type[DecodeOrder]
    track: type[RtpTrack]
    reception: type[Reception]


PYTHON = Implementation("Python", H264, H265, Opus, G711, Aac, DecodeOrder, RtpTrack, Reception)


def of(module: ModuleType) -> Implementation:
    """Return the implementation of `framecast-native`."""
    return Implementation(
        f"native {module.VERSION}",
        module.H264,
        module.H265,
        module.Opus,
        module.G711,
        module.Aac,
        module.DecodeOrder,
        module.RtpTrack,
        module.Reception,
    )


def chosen() -> Implementation:
    """Return the native implementation if it is usable, else the one in Python."""
    module = native.look().module
    return PYTHON if module is None else of(module)
