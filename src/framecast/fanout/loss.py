"""What a client that reads too slowly loses. Pure."""

from __future__ import annotations

from enum import Enum

from framecast.model import Kind, TrackName


class Loss(Enum):
    """The loss policy of one track, or of the log of several."""

    NEWEST = "newest"  # everything but the newest record
    GROUPS = "groups"  # whole groups of pictures: what follows a gap begins with a key frame
    QUEUE = "queue"  # the oldest records


def loss_of(track: TrackName) -> Loss:
    """Return the policy that suits a track: the newest picture, whole groups of video packets, a queue of everything else."""
    if track.kind is Kind.FRAMES or track.base == "jpeg":
        return Loss.NEWEST
    return Loss.GROUPS if track.base == "video" else Loss.QUEUE
