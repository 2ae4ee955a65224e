"""Segments and the allocator."""

from __future__ import annotations

import mmap
import os
import random
from pathlib import Path

import numpy as np
import pytest

from framecast.bus import memory
from framecast.bus.pool import Pool, Slot
from framecast.errors import NotEnoughMemory

MiB = 1 << 20


@pytest.fixture
def pool() -> Pool:
    made = Pool("test", 16 * MiB)
    made.grow(MiB)
    return made


def test_slots_never_overlap_however_they_are_taken_and_given_back(pool: Pool) -> None:
    chance = random.Random(7)
    held: list[tuple[Slot, int]] = []
    for number in range(3000):
        if held and chance.random() < 0.5:
            slot, mark = held.pop(chance.randrange(len(held)))
            assert (slot.view == mark).all()
            pool.give_back(slot)
        elif (slot_or_none := pool.take(chance.randint(1, 90_000))) is not None:
            slot_or_none.view[:] = number % 251
            held.append((slot_or_none, number % 251))
    for slot, mark in held:
        assert (slot.view == mark).all()
        pool.give_back(slot)
    assert pool.used_bytes == 0
    assert pool.take(MiB) is not None, "free pieces must have joined again"


def test_a_full_pool_says_so_without_an_error(pool: Pool) -> None:
    assert pool.take(MiB) is not None
    assert pool.take(1) is None


def test_growing_beyond_the_limit_is_refused_with_both_numbers(pool: Pool) -> None:
    with pytest.raises(NotEnoughMemory, match="limit is 16 MiB"):
        pool.grow(16 * MiB)


def test_a_pool_larger_than_the_free_memory_is_refused_before_it_is_made() -> None:
    huge = Pool("huge", 1 << 62)
    with pytest.raises(NotEnoughMemory, match="are free"):
        huge.grow(memory.free_bytes() + MiB)
    assert huge.size_bytes == 0


def test_a_readers_descriptor_cannot_map_for_writing_nor_change_the_size(pool: Pool) -> None:
    segment = pool.segments[0]
    with pytest.raises(PermissionError):
        mmap.mmap(segment.fd, segment.size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
    with pytest.raises(PermissionError):
        os.ftruncate(segment.fd, 1)
    with pytest.raises(PermissionError):
        os.write(segment.fd, b"x")
    readable = mmap.mmap(segment.fd, segment.size, mmap.MAP_SHARED, mmap.PROT_READ)
    slot = pool.take(4)
    assert slot is not None
    slot.view[:] = (1, 2, 3, 4)
    assert readable[slot.offset : slot.offset + 4] == bytes((1, 2, 3, 4))


def test_a_retired_segment_lives_until_its_last_slot_is_back(pool: Pool) -> None:
    slot = pool.take(100)
    assert slot is not None
    assert pool.retire() == []
    assert pool.take(1) is None
    assert pool.give_back(slot) is slot.segment
    assert pool.size_bytes == 0


def test_views_outlive_the_pool(pool: Pool) -> None:
    slot = pool.take(10)
    assert slot is not None
    slot.view[:] = 5
    pool.close()
    assert np.array_equal(slot.view, np.full(10, 5, np.uint8))


def test_memory_in_a_container_is_what_its_cgroup_leaves(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 100 kB\nMemAvailable:   8192 kB\n")
    group = tmp_path / "cgroup"
    assert memory.free_bytes(tmp_path, group) == 8 * MiB
    group.mkdir()
    (group / "memory.max").write_text(str(6 * MiB))
    (group / "memory.current").write_text(str(5 * MiB))
    (group / "memory.stat").write_text(f"anon 1\ninactive_file {MiB}\n")
    assert memory.free_bytes(tmp_path, group) == 2 * MiB
    (group / "memory.max").write_text("max")
    assert memory.free_bytes(tmp_path, group) == 8 * MiB
