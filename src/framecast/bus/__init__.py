"""The bus: shared memory and sockets that carry tracks to other processes of this host. The only way a frame moves.

Writing: `Publisher` -> `TrackWriter` (its `Pool`, one `Outlet` for each reader).
Reading: `Subscriber` -> `Connection` to one publisher -> `Record` on a `Lease`.
The node introduces the two over a `Channel` and is then out of the way. See docs/bus-protocol.md.

Imported at their first use: the node only needs channels, and no NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from framecast.bus.channel import Channel, Message, pair
    from framecast.bus.lent import LentTrack
    from framecast.bus.patient import Deserted, Patience, PatientTrack, Sought, tell_all
    from framecast.bus.pool import Slot
    from framecast.bus.publisher import Callbacks, Publisher
    from framecast.bus.seeking import SeekingSubscriber
    from framecast.bus.status import StreamStatus, SubscriberStats
    from framecast.bus.subscriber import Subscriber, to_node
    from framecast.bus.track import TrackWriter
    from framecast.bus.view import Record

__all__ = [
    "Callbacks",
    "Channel",
    "Deserted",
    "LentTrack",
    "Message",
    "Patience",
    "PatientTrack",
    "Publisher",
    "Record",
    "SeekingSubscriber",
    "Slot",
    "Sought",
    "StreamStatus",
    "Subscriber",
    "SubscriberStats",
    "TrackWriter",
    "pair",
    "tell_all",
    "to_node",
]

_HOMES = {
    "Channel": "framecast.bus.channel",
    "Message": "framecast.bus.channel",
    "pair": "framecast.bus.channel",
    "LentTrack": "framecast.bus.lent",
    "Deserted": "framecast.bus.patient",
    "Patience": "framecast.bus.patient",
    "PatientTrack": "framecast.bus.patient",
    "Sought": "framecast.bus.patient",
    "tell_all": "framecast.bus.patient",
    "Slot": "framecast.bus.pool",
    "Callbacks": "framecast.bus.publisher",
    "Publisher": "framecast.bus.publisher",
    "SeekingSubscriber": "framecast.bus.seeking",
    "StreamStatus": "framecast.bus.status",
    "SubscriberStats": "framecast.bus.status",
    "Subscriber": "framecast.bus.subscriber",
    "to_node": "framecast.bus.subscriber",
    "TrackWriter": "framecast.bus.track",
    "Record": "framecast.bus.view",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
