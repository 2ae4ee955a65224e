"""Framecast: live video from any source to any number of Python programs and browsers.

    with framecast.open("front-door") as camera:
        for frame in camera:
            print(frame.bgr.shape, frame.age_s)

These are the public names; docs/reference/python.md explains each. They are imported at their first use, so that
Framecast's own processes, which need few of them, stay small.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from framecast.client.array import FrameArray
    from framecast.client.capture import VideoCapture
    from framecast.client.data import Item
    from framecast.client.fmp4 import Fragment
    from framecast.client.frame import Frame
    from framecast.client.matched import Matched, matched
    from framecast.client.node_client import NodeClient, list_streams
    from framecast.client.opening import open, snapshot
    from framecast.client.packet import Packet
    from framecast.client.reader import Reader
    from framecast.client.room import Room, list_rooms, room
    from framecast.client.room_values import Playback, RoomAuthor, RoomEvent, RoomInfo, RoomMessage
    from framecast.client.samples import Samples
    from framecast.client.writer import Writer, publish
    from framecast.control.changes import Change
    from framecast.errors import (
        Broken,
        BusError,
        Closed,
        Conflict,
        Denied,
        Ended,
        ForkedView,
        FramecastError,
        Invalid,
        NodeUnavailable,
        NoSpace,
        NotEnoughMemory,
        NotFound,
        ProtocolMismatch,
        ReadOnlyFrame,
        SourceError,
        StreamError,
        WouldBlock,
    )
    from framecast.model import State, TrackInfo
    from framecast.model.status import Status

__version__ = "0.1.0"

_HOMES = {
    "framecast.client.array": ("FrameArray",),
    "framecast.client.capture": ("VideoCapture",),
    "framecast.client.data": ("Item",),
    "framecast.client.fmp4": ("Fragment",),
    "framecast.client.frame": ("Frame",),
    "framecast.client.matched": ("Matched", "matched"),
    "framecast.client.node_client": ("NodeClient", "list_streams"),
    "framecast.client.opening": ("open", "snapshot"),
    "framecast.client.packet": ("Packet",),
    "framecast.client.reader": ("Reader",),
    "framecast.client.room": ("Room", "list_rooms", "room"),
    "framecast.client.room_values": ("Playback", "RoomAuthor", "RoomEvent", "RoomInfo", "RoomMessage"),
    "framecast.client.samples": ("Samples",),
    "framecast.client.writer": ("Writer", "publish"),
    "framecast.control.changes": ("Change",),
    "framecast.errors": (
        "Broken",
        "BusError",
        "Closed",
        "Conflict",
        "Denied",
        "Ended",
        "ForkedView",
        "FramecastError",
        "Invalid",
        "NoSpace",
        "NodeUnavailable",
        "NotEnoughMemory",
        "NotFound",
        "ProtocolMismatch",
        "ReadOnlyFrame",
        "SourceError",
        "StreamError",
        "WouldBlock",
    ),
    "framecast.model": ("State", "TrackInfo"),
    "framecast.model.status": ("Status",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Broken",
    "BusError",
    "Change",
    "Closed",
    "Conflict",
    "Denied",
    "Ended",
    "ForkedView",
    "Fragment",
    "Frame",
    "FrameArray",
    "FramecastError",
    "Invalid",
    "Item",
    "Matched",
    "NoSpace",
    "NodeClient",
    "NodeUnavailable",
    "NotEnoughMemory",
    "NotFound",
    "Packet",
    "Playback",
    "ProtocolMismatch",
    "ReadOnlyFrame",
    "Reader",
    "Room",
    "RoomAuthor",
    "RoomEvent",
    "RoomInfo",
    "RoomMessage",
    "Samples",
    "SourceError",
    "State",
    "Status",
    "StreamError",
    "TrackInfo",
    "VideoCapture",
    "WouldBlock",
    "Writer",
    "__version__",
    "list_rooms",
    "list_streams",
    "matched",
    "open",
    "publish",
    "room",
    "snapshot",
]


def __getattr__(name: str) -> object:
    """Import a public name at its first use (PEP 562)."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'framecast' has no attribute {name!r}")
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
