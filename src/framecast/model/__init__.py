"""Frozen values that every floor shares: streams, tracks, records and source addresses.

No I/O and no threads; everything here can be sent to another process as JSON.
"""

from framecast.model.orientation import UPRIGHT, Orientation
from framecast.model.packet import EncodedPacket
from framecast.model.picture import FORMATS, Layout, Picture, Plane, layout
from framecast.model.record import LATENCY_EDGES_NS, Flag, Meta
from framecast.model.source import Source
from framecast.model.spec import PACES, StreamSpec
from framecast.model.stream import REASONS, State, StreamName, check_name, in_words
from framecast.model.subscription import Policy, Subscription
from framecast.model.track import Kind, TrackInfo, TrackName

__all__ = [
    "FORMATS",
    "LATENCY_EDGES_NS",
    "PACES",
    "REASONS",
    "UPRIGHT",
    "EncodedPacket",
    "Flag",
    "Kind",
    "Layout",
    "Meta",
    "Orientation",
    "Picture",
    "Plane",
    "Policy",
    "Source",
    "State",
    "StreamName",
    "StreamSpec",
    "Subscription",
    "TrackInfo",
    "TrackName",
    "check_name",
    "in_words",
    "layout",
]
