"""What is kept for readers that come later."""

from __future__ import annotations

import numpy as np
import pytest

from framecast.bus import kept as kept_module
from framecast.bus.kept import Kept
from framecast.bus.outlet import Item
from framecast.bus.pool import Segment, Slot
from tests.bus.switch import meta

SEGMENT = Segment(0, 4096, "test")


def item(seq: int, *, key: bool = False, size: int = 64) -> Item:
    return Item(seq, 0, Slot(SEGMENT, 0, size, np.empty(size, np.uint8)), size, meta(seq, key), 0)


@pytest.fixture
def released() -> list[int]:
    return []


def kept_of(released: list[int], *, whole_groups: bool) -> Kept:
    return Kept(lambda one: released.append(one.seq), whole_groups=whole_groups)


def test_a_group_of_pictures_is_kept_whole(released: list[int]) -> None:
    kept = kept_of(released, whole_groups=True)
    for seq in range(5, 12):
        kept.add(item(seq, key=seq in (6, 9)))
    assert [one.seq for one in kept] == [9, 10, 11]
    assert (kept.first(99), kept.first_key(99), kept.at(10).seq) == (9, 9, 10)
    assert released == [5, 6, 7, 8]
    kept.clear()
    assert (kept.first(99), kept.first_key(99), released[-3:]) == (99, 99, [9, 10, 11])


def test_of_all_else_the_newest_is_kept(released: list[int]) -> None:
    kept = kept_of(released, whole_groups=False)
    for seq in range(3):
        kept.add(item(seq))
    assert ([one.seq for one in kept], kept.first(99), kept.first_key(99), released) == ([2], 2, 99, [0, 1])


def test_a_group_without_end_is_cut_at_its_old_end(
    released: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_module, "GOP_LIMIT_BYTES", 300)
    kept = kept_of(released, whole_groups=True)
    for seq in range(6):
        kept.add(item(seq, key=not seq, size=100))
    assert ([one.seq for one in kept], kept.first_key(99), released) == ([3, 4, 5], 99, [0, 1, 2])
    kept.add(item(6, size=1000))  # the newest stays, whatever its size
    assert [one.seq for one in kept] == [6]
