"""How much memory tracks take."""

from __future__ import annotations

import pytest

from framecast.bus.growth import MiB, check_room, segment_bytes
from framecast.errors import NotEnoughMemory
from framecast.model import Kind, Picture, Policy, Subscription, TrackInfo, TrackName

PICTURE = Picture("bgr", 1920, 1080)
FRAMES = TrackInfo("frames", Kind.FRAMES, picture=PICTURE, width=1920, height=1080)


def wish(policy: str) -> Subscription:
    return Subscription("camera", TrackName.parse("frames"), Policy.parse(policy))


@pytest.mark.parametrize(
    ("kind", "record", "pool", "size"),
    [
        (Kind.PACKETS, 1000, 0, MiB),
        (Kind.PACKETS, 1000, 4 * MiB, 4 * MiB),
        (Kind.PACKETS, 1000, 400 * MiB, 16 * MiB),
        (Kind.PACKETS, 20 * MiB, 0, 40 * MiB + 4096),
        (Kind.SAMPLES, 1000, 0, MiB // 4),
        (Kind.DATA, 1000, 400 * MiB, 64 * MiB),
        (Kind.FRAMES, 6 * MiB, 0, 4 * (6 * MiB + 4096)),
    ],
)
def test_a_new_segment_holds_several_records(kind: Kind, record: int, pool: int, size: int) -> None:
    assert segment_bytes(kind, record, pool) == size


def test_a_queue_that_does_not_fit_beside_the_others_is_refused() -> None:
    limit = (2 * wish("queue(8)").policy.credits + 4) * PICTURE.layout.size_bytes
    check_room(FRAMES, [wish("queue(8)")], wish("queue(8)"), limit)
    with pytest.raises(NotEnoughMemory, match="ask for a shorter queue"):
        check_room(FRAMES, [wish("queue(9)")], wish("queue(8)"), limit)


def test_only_of_pictures_the_number_decides() -> None:
    packets = TrackInfo("video", Kind.PACKETS, picture=PICTURE)
    check_room(packets, [], wish("queue(512)"), 1)
    check_room(TrackInfo("frames", Kind.FRAMES), [], wish("queue(512)"), 1)
