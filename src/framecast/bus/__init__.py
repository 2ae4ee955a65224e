"""The bus: shared memory and sockets that carry tracks to other processes of this host. The only way a frame moves.

Writing: `Publisher` -> `TrackWriter` (its `Pool`, one `Outlet` for each reader).
Reading: `Subscriber` -> `Connection` to one publisher -> `Record` on a `Lease`.
The node introduces the two over a `Channel` and is then out of the way. See docs/bus-protocol.md.
"""

from framecast.bus.channel import Channel, Message, pair
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
