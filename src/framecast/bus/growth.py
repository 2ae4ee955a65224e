"""How much shared memory a track may take: by what it carries, and for whom."""

from __future__ import annotations

from collections.abc import Iterable

from framecast.errors import NotEnoughMemory
from framecast.model import Kind, Subscription, TrackInfo

MiB = 1 << 20
DEFAULT_LIMIT_BYTES = 2048 * MiB
# Bytes that one reader may hold, by kind; of frames its credits decide.
READER_BYTES = {Kind.PACKETS: 8 * MiB, Kind.SAMPLES: 4 * MiB, Kind.DATA: 64 * MiB, Kind.FRAMES: 1 << 62}
# The first segment, by kind; later ones double up to the second number.
_SEGMENT_BYTES = {
    Kind.PACKETS: (1 * MiB, 16 * MiB),
    Kind.SAMPLES: (MiB // 4, 4 * MiB),
    Kind.DATA: (MiB // 4, 64 * MiB),
}
_FRAMES_A_SEGMENT = 4
_EDGE_BYTES = 4096  # a record is rounded up to a page


def segment_bytes(kind: Kind, record_bytes: int, pool_bytes: int) -> int:
    """Return the size of a new segment: one for several records of which the next has `record_bytes`."""
    if kind is Kind.FRAMES:
        return (record_bytes + _EDGE_BYTES) * _FRAMES_A_SEGMENT
    least, most = _SEGMENT_BYTES[kind]
    return max(min(max(least, pool_bytes), most), 2 * record_bytes + _EDGE_BYTES)


def check_room(
    info: TrackInfo, wishes: Iterable[Subscription], newcomer: Subscription, limit_bytes: int
) -> None:
    """Refuse a reader whose pictures could not all be held beside those of the others, so that the writer never lacks a slot.

    Raises:
        NotEnoughMemory: says how much all of them may need.
    """
    picture = info.picture
    if info.kind is not Kind.FRAMES or picture is None:
        return
    credits = sum(wish.policy.credits for wish in wishes) + newcomer.policy.credits
    needed = (credits + _FRAMES_A_SEGMENT) * picture.layout.size_bytes
    if needed > limit_bytes:
        raise NotEnoughMemory(
            f"{newcomer.policy} of {picture.width} x {picture.height} pictures may need {needed >> 20} MiB of shared "
            f"memory for all readers, but the limit of a track is {limit_bytes >> 20} MiB: "
            "ask for a shorter queue or a smaller size, or raise memory_limit_mb"
        )
